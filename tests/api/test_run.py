"""``foldwise run`` through click's runner: what it says, what it writes, how it ends."""

from __future__ import annotations

import json
import tomllib

import jsonschema
import pandas as pd
import pytest
from click.testing import CliRunner

from foldwise.cli.app import cli
from foldwise.cli.schemas import SCHEMAS
from foldwise.names import RESULT_COLUMNS

MODEL = ("--design", "~ group", "--contrast", "group:treated:control")
TABLE = "results/group_treated_vs_control.tsv"
FILES = [
    "certificate.json",
    "citations.bib",
    "counts/normalized.tsv.gz",
    "counts/size_factors.tsv",
    "counts/vst.tsv.gz",
    "interpretation.md",
    "methods.md",
    "multiqc/foldwise_mqc.json",
    "multiqc/foldwise_samples_mqc.json",
    "report.html",
    "results/group_treated_vs_control.rnk",
    "results/group_treated_vs_control.significant.tsv",
    TABLE,
    "run.json",
    "run.toml",
]


def foldwise(*arguments: object, code: int = 0):
    done = CliRunner().invoke(cli, [str(item) for item in arguments], prog_name="foldwise")
    assert done.exit_code == code, done.stderr
    assert "Traceback" not in done.output
    return done


def files_in(folder) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def finished(inputs, tmp_path_factory):
    """One finished run: (output directory, what the terminal said)."""
    out = tmp_path_factory.mktemp("run") / "out"
    done = foldwise("run", inputs / "counts.tsv.gz", inputs / "samples.tsv", *MODEL, "-o", out)
    return out, done


def test_writes_the_documented_files_and_says_where(finished):
    out, done = finished
    assert files_in(out) == FILES
    assert done.stdout == ""
    for section in ("Reading", "Matching", "Design", "Fitting", "Result", "Wrote", "Again"):
        assert f"\n{section:<10}" in f"\n{done.stderr}"
    assert "up = higher in treated" in done.stderr
    assert f"foldwise run --config {out}/run.toml --force" in done.stderr


def test_result_table_has_canonical_columns_in_order(finished):
    table = pd.read_csv(finished[0] / TABLE, sep="\t", keep_default_na=False, dtype=str)
    order = [quantity.name for quantity in RESULT_COLUMNS]
    positions = [order.index(name) for name in table.columns]
    assert positions == sorted(positions)
    assert len(table) == 800
    assert set(table["status"]) <= {"ok", "all_zero", "low_count", "count_outlier", "not_converged", "not_estimable"}


def test_padj_is_missing_exactly_where_the_status_says_so(finished):
    table = pd.read_csv(finished[0] / TABLE, sep="\t")
    without = table["status"].isin(["all_zero", "low_count", "count_outlier", "not_estimable"])
    assert (table["padj"].isna() == without).all()


def test_significant_table_is_the_called_part(finished, simulation):
    whole = pd.read_csv(finished[0] / TABLE, sep="\t", index_col=0)
    called = pd.read_csv(finished[0] / TABLE.replace(".tsv", ".significant.tsv"), sep="\t", index_col=0)
    assert set(called.index) == set(whole.index[whole["padj"] < 0.05])
    assert called["padj"].is_monotonic_increasing
    assert len(called) > 30


def test_run_json_follows_its_schema_and_notes_every_file(finished):
    from foldwise.provenance import file_digest

    out, _ = finished
    facts = json.loads((out / "run.json").read_text())
    jsonschema.validate(facts, SCHEMAS["run"]())
    assert [entry["name"] for entry in facts["files"]] == [name for name in FILES if name != "run.json"]
    for entry in facts["files"]:
        assert file_digest(out / entry["name"])["sha256"] == entry["sha256"]
    assert [item["name"] for item in facts["inputs"]] == ["counts.tsv.gz", "samples.tsv"]
    assert facts["contrasts"][0]["direction"] == "up = higher in treated"
    assert facts["design"]["design_source"] == "given"
    assert facts["options"]["method"]["name"] == "deseq2"
    assert facts["seed"] == 1


def test_run_toml_follows_the_config_schema(finished, inputs):
    out, _ = finished
    config = tomllib.loads((out / "run.toml").read_text())
    jsonschema.validate(config, SCHEMAS["config"]())
    assert (out / config["input"]["counts"][0]).resolve() == (inputs / "counts.tsv.gz").resolve()
    assert config["output"]["directory"] == "."
    assert config["design"]["contrasts"] == ["group:treated:control"]


def test_s7_b121_no_name_of_user_host_or_folder_is_left(inputs, tmp_path, monkeypatch):
    import gzip

    secrets = {"USER": "marie.curie", "LOGNAME": "marie.curie", "HOME": "/home/marie.curie", "API_TOKEN": "hunter2"}
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("socket.gethostname", lambda: "radium-laptop")
    monkeypatch.setattr("platform.node", lambda: "radium-laptop")
    out = tmp_path / "out"
    foldwise("run", inputs / "counts.tsv.gz", inputs / "samples.tsv", *MODEL, "-o", out)
    for name in FILES:
        data = (out / name).read_bytes()
        text = (gzip.decompress(data) if name.endswith(".gz") else data).decode()
        for secret in ("marie.curie", "hunter2", "radium-laptop", str(tmp_path), str(inputs)):
            assert secret not in text, (name, secret)


def test_direction_stands_in_words_everywhere(finished):
    out, done = finished
    assert "higher in treated" in done.stderr
    for name in ("methods.md", "run.json", "report.html"):
        assert "higher in treated" in (out / name).read_text(), name


def test_json_is_one_object_and_a_line_per_event(inputs, tmp_path):
    done = foldwise("run", inputs / "counts.tsv.gz", inputs / "samples.tsv", *MODEL, "-o", tmp_path / "o", "--json")
    answer = json.loads(done.stdout)
    jsonschema.validate(answer, SCHEMAS["result"]())
    for line in done.stderr.splitlines():
        jsonschema.validate(json.loads(line), SCHEMAS["event"]())
    table = pd.read_csv(tmp_path / "o" / TABLE, sep="\t")
    called = table[table["padj"] < 0.05]
    (contrast,) = answer["contrasts"]
    assert contrast["n_tested"] == table["padj"].notna().sum()
    assert contrast["n_up"] == (called["log2_fold_change"] > 0).sum()
    assert contrast["n_down"] == (called["log2_fold_change"] < 0).sum()
    assert answer["files"] == FILES
    assert answer["warnings"][0]["code"].startswith("W-")


def test_json_of_an_error_follows_the_schema(inputs, tmp_path):
    arguments = ("run", inputs / "counts.tsv.gz", inputs / "samples.tsv", "--design", "~ grup", "-o", tmp_path / "o")
    done = foldwise(*arguments, "--json", "-q", code=3)
    answer = json.loads(done.stdout)
    jsonschema.validate(answer, SCHEMAS["result"]())
    assert answer["error"]["code"] == "E-SHEET-004"
    assert not (tmp_path / "o").exists()
    (event,) = map(json.loads, done.stderr.splitlines())
    assert event["code"] == "E-SHEET-004"
    assert "group" in event["data"]["fix"] + event["data"]["found"]


def test_guessed_design_is_said_and_noted(inputs, tmp_path):
    done = foldwise("run", inputs / "counts.tsv.gz", inputs / "samples.tsv", "-o", tmp_path / "o", "--no-report")
    assert "~ group      (guessed)" in done.stderr
    facts = json.loads((tmp_path / "o" / "run.json").read_text())
    assert facts["design"]["design_source"] == "guessed"
    assert "report.html" not in files_in(tmp_path / "o")
    config = tomllib.loads((tmp_path / "o" / "run.toml").read_text())
    assert config["design"]["formula"] == "~ group"


def test_m13_rerun_of_run_toml_gives_the_same_bytes(finished, tmp_path):
    out, _ = finished
    foldwise("run", "--config", out / "run.toml", "-o", tmp_path / "again", "-q")
    for name in FILES:
        if name.startswith(("results/", "counts/")):
            assert (out / name).read_bytes() == (tmp_path / "again" / name).read_bytes(), name
    verified = foldwise("verify", tmp_path / "again")
    assert "the same" in verified.stderr


@pytest.mark.parametrize("style", ["deseq2", "edger", "limma", "scanpy"])
def test_m67_styles_hold_the_same_numbers(finished, inputs, tmp_path, style):
    from foldwise.names import style_columns

    arguments = ("run", inputs / "counts.tsv.gz", inputs / "samples.tsv", *MODEL, "-o", tmp_path, "-q", "--no-report")
    foldwise(*arguments, "--style", style)
    canonical = pd.read_csv(finished[0] / TABLE, sep="\t", dtype=str, keep_default_na=False)
    styled = pd.read_csv(tmp_path / TABLE, sep="\t", dtype=str, keep_default_na=False)
    columns = style_columns(style, list(canonical.columns), "z")
    assert list(styled.columns) == [shown for _, shown in columns]
    for name, shown in columns:
        assert (styled[shown].replace("NA", "") == canonical[name]).all(), name


def test_one_table_on_stdout(finished, inputs):
    done = foldwise("run", inputs / "counts.tsv.gz", inputs / "samples.tsv", *MODEL, "-o", "-")
    assert done.stdout_bytes == (finished[0] / TABLE).read_bytes()
    many = ("--contrast", "group:treated:control", "--contrast", "group:control:treated")
    refused = foldwise(
        "run", inputs / "counts.tsv.gz", inputs / "samples.tsv", *many, "--design", "~group", "-o", "-", code=2
    )
    assert "E-USAGE-002" in refused.stderr


def test_strict_counts_warnings_but_not_advice(inputs, tmp_path):
    arguments = ("run", inputs / "counts.tsv.gz", inputs / "samples.tsv", *MODEL, "-q", "--no-report", "--strict")
    advice = foldwise(*arguments, "-o", tmp_path / "a")
    assert "W-DESIGN-007" in advice.stderr
    counts = pd.read_csv(inputs / "counts.tsv.gz", sep="\t", index_col=0)
    counts["S2"] = counts["S1"]
    counts.to_csv(tmp_path / "twins.tsv", sep="\t")
    done = foldwise(
        "run", tmp_path / "twins.tsv", inputs / "samples.tsv", *MODEL, "-q", "--strict", "-o", tmp_path / "b", code=4
    )
    assert "W-COUNT-002" in done.stderr
    assert (tmp_path / "b" / "run.json").exists()


def test_dry_run_writes_nothing(inputs, tmp_path):
    arguments = ("run", inputs / "counts.tsv.gz", inputs / "samples.tsv", *MODEL, "-o", tmp_path / "o", "--dry-run")
    assert "800 genes" in foldwise(*arguments).stderr
    assert not (tmp_path / "o").exists()


def test_command_line_beats_config_beats_default(inputs, tmp_path):
    (tmp_path / "c.toml").write_text("[correction]\nfdr = 0.2\n[output]\nstyle = 'deseq2'\nreport = false\n")
    arguments = ("run", inputs / "counts.tsv.gz", inputs / "samples.tsv", *MODEL, "-q", "--config", tmp_path / "c.toml")
    foldwise(*arguments, "--fdr", "0.1", "-o", tmp_path / "o")
    config = tomllib.loads((tmp_path / "o" / "run.toml").read_text())
    assert config["correction"]["fdr"] == 0.1
    assert config["output"]["style"] == "deseq2"


def test_b131_no_gene_called_is_a_result(tmp_path):
    from foldwise.api.simulate import simulate, write_simulation

    write_simulation(simulate(400, 8, seed=5, share_changed=0.0), tmp_path)
    arguments = ("run", tmp_path / "counts.tsv.gz", tmp_path / "samples.tsv", *MODEL, "-o", tmp_path / "o")
    done = foldwise(*arguments, "--fdr", "1e-9")
    assert "No gene is called" in done.stderr
    significant = (tmp_path / "o" / TABLE.replace(".tsv", ".significant.tsv")).read_text()
    assert significant.startswith("gene_id\t")
    assert significant.count("\n") == 1


def test_demo_runs_offline_and_says_the_line(tmp_path, monkeypatch):
    import socket

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.chdir(tmp_path)
    done = foldwise("demo")
    assert '$ foldwise run demo/counts.tsv.gz demo/samples.tsv --design "~ cell + dex"' in done.stderr
    assert "64,102 genes × 8 samples" in done.stderr
    assert (tmp_path / "demo" / "foldwise_out" / "report.html").exists()
    again = foldwise("demo", code=2)
    assert "E-IO-003" in again.stderr


def test_simulated_demo_states_the_realised_rates(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = foldwise("demo", "--simulated")
    assert "of the calls are false" in done.stderr
    report = (tmp_path / "demo-simulated" / "foldwise_out" / "report.html").read_text()
    assert "of the true changes were called" in report
    facts = json.loads((tmp_path / "demo-simulated" / "foldwise_out" / "run.json").read_text())
    assert any("true changes" in item["msg"] for item in facts["messages"])


def test_simulate_is_the_same_for_the_same_seed(tmp_path):
    for name, seed in (("a", 4), ("b", 4), ("c", 5)):
        foldwise("simulate", tmp_path / name, "--genes", 50, "--samples", 4, "--seed", seed)
    read = {name: (tmp_path / name / "counts.tsv.gz").read_bytes() for name in "abc"}
    assert read["a"] == read["b"] != read["c"]
    assert "E-IO-003" in foldwise("simulate", tmp_path / "a", code=2).stderr


def test_check_tells_the_design(inputs):
    done = foldwise("check", inputs / "samples.tsv", "--design", "~ group", "--reference", "group=control")
    assert "treated vs control" in done.stderr
    whole = foldwise("check", inputs / "counts.tsv.gz", inputs / "samples.tsv")
    assert "800 genes" in whole.stderr
    wrong = foldwise("check", inputs / "samples.tsv", "--design", "~ batch", code=3)
    assert "E-SHEET-004" in wrong.stderr


def test_report_is_built_again(finished, inputs, tmp_path):
    import shutil

    out = tmp_path / "out"  # the report names the directory
    shutil.copytree(finished[0], out)
    before = (out / "report.html").read_bytes()
    (out / "report.html").unlink()
    moved = ("report", out, inputs / "counts.tsv.gz", inputs / "samples.tsv")
    foldwise(*moved)
    assert files_in(out) == FILES
    assert (out / "report.html").read_bytes() == before
    assert foldwise("verify", *moved[1:]).exit_code == 0


def test_verify_finds_a_changed_number(finished, inputs, tmp_path):
    import shutil

    out = tmp_path / "copy"
    shutil.copytree(finished[0], out)
    text = (out / TABLE).read_text()
    lines = text.splitlines(keepends=True)
    gene = lines[7].split("\t")[0]
    lines[7] = lines[7].replace("\tok", "\tall_zero") if "\tok" in lines[7] else lines[7].replace("low_count", "ok")
    (out / TABLE).write_text("".join(lines))
    done = foldwise("verify", out, inputs / "counts.tsv.gz", inputs / "samples.tsv", code=6)
    assert "E-VERIFY-001" in done.stderr
    assert gene in done.stderr
    assert "status" in done.stderr


def test_b139_inputs_gone_or_changed(finished, inputs, tmp_path):
    gone = foldwise("verify", finished[0], tmp_path / "nowhere.tsv", inputs / "samples.tsv", code=3)
    assert "E-FILE-011" in gone.stderr
    (tmp_path / "counts.tsv").write_text("gene_id\tS1\tS2\tS3\tS4\tS5\tS6\tS7\tS8\ng\t1\t2\t3\t4\t5\t6\t7\t8\n")
    changed = foldwise("verify", finished[0], tmp_path / "counts.tsv", inputs / "samples.tsv", code=3)
    assert "E-FILE-011" in changed.stderr
    assert "COUNTS SAMPLES" in changed.stderr


def test_verbose_tells_times_files_and_memory(inputs, tmp_path):
    arguments = ("run", inputs / "counts.tsv.gz", inputs / "samples.tsv", *MODEL, "-o", tmp_path / "o")
    plain = foldwise(*arguments)
    done = foldwise(*arguments, "--force", "-v")
    assert set(plain.stderr.splitlines()[:5]) <= set(done.stderr.splitlines())
    for word in (". fit: ", ". normalize: ", "results/group_treated_vs_control.rnk  ", "MiB", "bytes"):
        assert word in done.stderr
        assert word not in plain.stderr
    events = [json.loads(line) for line in foldwise(*arguments, "--force", "-v", "--json").stderr.splitlines()]
    assert {"fit", "test"} <= {event["data"].get("stage") for event in events}


def test_verbose_says_what_is_logged(monkeypatch):
    import logging

    from foldwise.cli.session import Session

    for verbose in (True, False):
        session = Session(["-v"] if verbose else [])
        said: list[str] = []
        monkeypatch.setattr(session, "_write", said.append)
        with session.listening():
            logging.getLogger("foldwise.stats.x").debug("thought about it\x1b[31m")
        assert ("thought about it" in "".join(said)) == verbose
        assert "\x1b[31m" not in "".join(said)
    assert logging.getLogger("foldwise").handlers == []
