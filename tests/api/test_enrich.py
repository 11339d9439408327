"""Gene sets on a result: Python and command line agree, nothing is downloaded, the truth is found."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from scipy import stats as scipy_stats

import foldwise as fw
from foldwise.annotate import enrichment
from foldwise.cli.app import cli
from foldwise.errors import FoldwiseWarning, InputError, UsageError

N = 600


@pytest.fixture(scope="module")
def data() -> tuple[pd.DataFrame, pd.DataFrame, dict[str, list[str]]]:
    """Counts in which the first 40 genes rise and the next 40 fall; sets of them, and of others."""
    rng = np.random.default_rng(0)
    fold = np.ones(N)
    fold[:40], fold[40:80] = 4.0, 0.25
    mean = rng.uniform(50, 500, N)
    rate = mean[:, None] * np.where(np.arange(10) < 5, 1.0, fold[:, None])
    counts = rng.negative_binomial(10, 10 / (10 + rate))
    genes = [f"g{k}" for k in range(N)]
    names = [f"s{k}" for k in range(10)]
    sheet = pd.DataFrame({"group": ["a"] * 5 + ["b"] * 5}, index=names)
    sets = {
        "up": genes[:30],
        "down": genes[40:70],
        "mixed": genes[20:60],
        "none": genes[200:240],
        "all": genes[100:500:4],
        "tiny": genes[300:303],
    }
    return pd.DataFrame(counts, index=genes, columns=names), sheet, sets


@pytest.fixture(scope="module")
def results(data):
    counts, sheet, _ = data
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FoldwiseWarning)
        return fw.de(counts, sheet, "~ group", contrast="group:b:a")


def gmt(path: Path, sets: dict[str, list[str]]) -> Path:
    path.write_text("".join(f"{name}\tx\t" + "\t".join(genes) + "\n" for name, genes in sets.items()))
    return path


def test_over_representation_finds_the_truth_and_equals_the_hypergeometric(results, data) -> None:
    found = fw.enrich(results, data[2])
    assert tuple(found.columns) == enrichment.COLUMNS
    assert len(found) == 2 * len(data[2])
    row = found.set_index(["gene_set", "direction"])
    assert row.loc[("up", "up"), "padj"] < 1e-10
    assert row.loc[("down", "down"), "padj"] < 1e-10
    assert row.loc[("none", "up"), "pvalue"] > 0.01
    assert row.loc[("up", "down"), "n_found"] == 0
    assert row.loc[("up", "down"), "pvalue"] == 1
    table = results.table
    tested = table[table["pvalue"].notna()]
    called = set(tested.index[(tested["padj"] < 0.05) & (tested["log2_fold_change"] > 0)])
    members = set(data[2]["mixed"]) & set(tested.index)
    expected = scipy_stats.hypergeom.sf(len(members & called) - 1, len(tested), len(members), len(called))
    assert row.loc[("mixed", "up"), "pvalue"] == pytest.approx(expected, rel=1e-8)
    assert row.loc[("mixed", "up"), "n_found"] == len(members & called)
    assert set(row.loc[("mixed", "up"), "genes"].split(";")) == members & called


@pytest.mark.parametrize("method", ["prerank", "ulm"])
def test_rankings_find_the_truth(results, data, method: str) -> None:
    found = fw.enrich(results, data[2], method).set_index("gene_set")
    assert "tiny" not in found.index
    assert found.loc["up", "direction"] == "up"
    assert found.loc["down", "direction"] == "down"
    assert found.loc[["up", "down"], "padj"].max() < 0.01
    assert found.loc["none", "pvalue"] > 0.01
    again = fw.enrich(results, data[2], method).set_index("gene_set")
    pd.testing.assert_frame_equal(found, again)


def test_names_in_place_of_ids(data, results) -> None:
    symbols = {name: [f"SYM{g[1:]}" for g in genes] for name, genes in data[2].items()}
    with pytest.raises(InputError) as caught:
        fw.enrich(results, symbols)
    assert caught.value.id == "E-ANNOT-001"
    versioned = data[0].set_axis([f"{g}.7" for g in data[0].index])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FoldwiseWarning)
        other = fw.de(versioned, data[1], "~ group", contrast="group:b:a")
    by_stem, by_id = fw.enrich(other, data[2]), fw.enrich(results, data[2])
    pd.testing.assert_frame_equal(by_stem.drop(columns="genes"), by_id.drop(columns="genes"))


def test_some_names_give_a_warning(data, results) -> None:
    with pytest.warns(FoldwiseWarning, match="W-ANNOT-001"):
        fw.enrich(results, {"a": [*data[2]["up"][:10], *(f"x{k}" for k in range(10))]})


def test_other_methods_are_refused(results, data) -> None:
    with pytest.raises(UsageError, match="ora") as caught:
        fw.enrich(results, data[2], "oraa")
    assert caught.value.id == "E-USAGE-001"


@pytest.mark.parametrize(("method", "module"), [("ora", "gseapy"), ("prerank", "gseapy"), ("ulm", "decoupler")])
def test_b101_without_the_extra(results, data, method: str, module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UsageError) as caught:
        fw.enrich(results, data[2], method)
    assert caught.value.id == "E-EXTRA-001"
    assert "pip install 'foldwise[enrich]'" in caught.value.fix


# urllib3, which gseapy imports, makes a local socket to see whether IPv6 works; nothing may be connected or sent.
NO_NETWORK = """
import sys
NETWORK = ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname")
def hook(event, arguments):
    if event in NETWORK:
        raise SystemExit(f"the network was asked: {event} {arguments}")
sys.addaudithook(hook)
import numpy as np
from foldwise.annotate.enrichment import linear_model, over_representation, pre_ranked
from foldwise.annotate.gene_sets import GeneSets
genes = [f"g{k}" for k in range(300)]
sets = GeneSets({"a": tuple(genes[:40]), "b": tuple(genes[100:160])}, {})
score = np.linspace(3, -3, 300)
assert over_representation(sets, genes[:50], genes)["pvalue"].iloc[0] < 1e-6
assert len(pre_ranked(sets, genes, score)) == len(linear_model(sets, genes, score)) == 2
print("quiet")
"""


def test_s6_the_network_is_not_asked() -> None:
    done = subprocess.run([sys.executable, "-c", NO_NETWORK], capture_output=True, text=True, timeout=300, check=False)
    assert done.stdout.strip().endswith("quiet"), done.stderr[-2000:]


def test_m13_the_command_line_gives_the_same(data, results, tmp_path: Path) -> None:
    counts, sheet, sets = data
    counts.to_csv(tmp_path / "counts.tsv", sep="\t")
    sheet.to_csv(tmp_path / "samples.tsv", sep="\t", index_label="sample")
    path, out = gmt(tmp_path / "x.gmt", sets), tmp_path / "out"
    runner = CliRunner()
    for style in ("canonical", "deseq2"):
        run = ["run", str(tmp_path / "counts.tsv"), str(tmp_path / "samples.tsv"), "--design", "~ group", "--contrast",
               "group:b:a", "-q", "--yes", "--no-report", "--style", style, "--force", "-o", str(out)]  # fmt: skip
        done = runner.invoke(cli, run, prog_name="foldwise")
        assert done.exit_code == 0, done.output
        done = runner.invoke(
            cli, ["enrich", str(out), "--gene-sets", str(path), "--json", "--force"], prog_name="foldwise"
        )
        assert done.exit_code == 0, done.output
        answer = json.loads(done.stdout.strip().splitlines()[-1])
        assert answer["files"] == ["enrichment/group_b_vs_a.ora.tsv"]
        written = pd.read_csv(out / answer["files"][0], sep="\t", keep_default_na=False)
        mine = fw.enrich(results, path)
        mine["genes"] = mine["genes"].astype(str)
        pd.testing.assert_frame_equal(written, mine, check_dtype=False, rtol=1e-12)
    again = runner.invoke(cli, ["enrich", str(out), "--gene-sets", str(path)], prog_name="foldwise")
    assert again.exit_code == 2
    assert "--force" in again.output
    forced = runner.invoke(cli, ["enrich", str(out), "--gene-sets", str(path), "--force"], prog_name="foldwise")
    assert forced.exit_code == 0
    nothing = runner.invoke(cli, ["enrich", str(tmp_path), "--gene-sets", str(path)], prog_name="foldwise")
    assert nothing.exit_code == 3


@pytest.mark.parametrize("method", ["limma-voom", "edger-ql"])
def test_m13_tests_on_the_fit_from_a_directory_and_from_python(data, tmp_path: Path, method: str) -> None:
    counts, sheet, sets = data
    counts.to_csv(tmp_path / "counts.tsv", sep="\t")
    sheet.to_csv(tmp_path / "samples.tsv", sep="\t", index_label="sample")
    path, out = gmt(tmp_path / "x.gmt", sets), tmp_path / "out"
    runner = CliRunner()
    run = ["run", str(tmp_path / "counts.tsv"), str(tmp_path / "samples.tsv"), "--design", "~ group", "--contrast",
           "group:b:a", "-q", "--yes", "--no-report", "--method", method, "-o", str(out)]  # fmt: skip
    assert runner.invoke(cli, run, prog_name="foldwise").exit_code == 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FoldwiseWarning)
        results = fw.de(counts, sheet, "~ group", contrast="group:b:a", method=method)

    def enrich(*more: str) -> object:
        return runner.invoke(cli, ["enrich", str(out), "--gene-sets", str(path), *more], prog_name="foldwise")

    for test, more in (("camera", ["--correlation", "estimate"]), ("fry", []), ("roast", []), ("camera-pr", [])):
        done = enrich("--test", test, *more)
        assert done.exit_code == 0, done.output
        correlation = {"correlation": None} if more else {}
        mine = fw.enrich(results, path, test=test, **correlation)
        written = pd.read_csv(out / "enrichment" / f"group_b_vs_a.{test}.tsv", sep="\t")
        pd.testing.assert_frame_equal(written, mine, check_dtype=False, rtol=1e-12)
        assert "up  30 genes" in done.output
    (tmp_path / "moved").mkdir()
    for name in ("counts.tsv", "samples.tsv"):
        (tmp_path / name).rename(tmp_path / "moved" / name)
    gone = enrich("--test", "fry", "--force")
    assert gone.exit_code == 3
    assert "E-FILE-011" in gone.output
    moved = [str(tmp_path / "moved" / name) for name in ("counts.tsv", "samples.tsv")]
    found = runner.invoke(cli, ["enrich", str(out), *moved, "--gene-sets", str(path), "--test", "fry", "--force"])
    assert found.exit_code == 0, found.output
    for wrong in (["--test", "fry", "--method", "ora"], ["--correlation", "much", "--test", "camera"]):
        assert enrich(*wrong).exit_code == 2
    left = runner.invoke(cli, ["enrich", str(out), *moved, "--gene-sets", str(path)])
    assert left.exit_code == 2
    assert "takes no counts" in left.output


@pytest.fixture(scope="module")
def run_with_sets(data, tmp_path_factory):
    """A run that tests gene sets on the way: its folder, and its inputs."""
    counts, sheet, sets = data
    folder = tmp_path_factory.mktemp("run_sets")
    counts.to_csv(folder / "counts.tsv", sep="\t", index_label="gene_id")
    sheet.to_csv(folder / "samples.tsv", sep="\t", index_label="sample")
    lines = ["\t".join([name, "", *genes]) for name, genes in sets.items()]
    (folder / "sets.gmt").write_text("\n".join(lines) + "\n")
    words = ["run", str(folder / "counts.tsv"), str(folder / "samples.tsv"), "--design", "~ group"]
    words += ["--contrast", "group:b:a", "--gene-sets", str(folder / "sets.gmt"), "-o", str(folder / "out")]
    done = CliRunner().invoke(cli, words, prog_name="foldwise")
    assert done.exit_code == 0, done.stderr
    return folder, words


def test_a_run_with_gene_sets_writes_what_enrich_writes(run_with_sets):
    folder, _ = run_with_sets
    out = folder / "out"
    table = out / "enrichment" / "group_b_vs_a.ora.tsv"
    found = table.read_bytes()
    assert "up" in found.decode()
    facts = json.loads((out / "run.json").read_text())
    assert "enrichment/group_b_vs_a.ora.tsv" in [entry["name"] for entry in facts["files"]]
    assert "sets.gmt" in [entry["name"] for entry in facts["inputs"]]
    assert "group_b_vs_a.ora.tsv" in (out / "report.html").read_text()
    report = (out / "report.html").read_bytes()
    for again in (["enrich", str(out), "--gene-sets", str(folder / "sets.gmt"), "--force"], ["report", str(out)]):
        assert CliRunner().invoke(cli, again, prog_name="foldwise").exit_code == 0
    assert table.read_bytes() == found
    assert (out / "report.html").read_bytes() == report
    assert CliRunner().invoke(cli, ["verify", str(out)], prog_name="foldwise").exit_code == 0
    config = ["run", "--config", str(out / "run.toml"), "-o", str(folder / "again"), "-q"]
    assert CliRunner().invoke(cli, config, prog_name="foldwise").exit_code == 0
    assert (folder / "again" / "enrichment" / "group_b_vs_a.ora.tsv").read_bytes() == found


def test_gene_sets_of_a_run_are_read_before_the_fit(run_with_sets, monkeypatch, tmp_path):
    _, words = run_with_sets
    place = words.index("--gene-sets") + 1
    gone = [*words[:place], str(tmp_path / "gone.gmt"), "-o", str(tmp_path / "out")]
    done = CliRunner().invoke(cli, gone, prog_name="foldwise")
    assert done.exit_code == 3
    assert "E-FILE-007" in done.stderr
    assert "Reading" not in done.stderr
    monkeypatch.setitem(sys.modules, "gseapy", None)
    done = CliRunner().invoke(cli, [*words, "-o", str(tmp_path / "out")], prog_name="foldwise")
    assert done.exit_code == 2
    assert "pip install 'foldwise[enrich]'" in done.stderr
    assert not (tmp_path / "out").exists()


def test_sets_that_share_some_genes_only_are_warned_of_in_a_run(run_with_sets, data, tmp_path):
    _, words = run_with_sets
    half = "\n".join(f"set{k}\t\t" + "\t".join([f"g{k}{j}" for j in range(9)] + [f"x{k}{j}" for j in range(9)])
                     for k in range(1, 5))  # fmt: skip
    (tmp_path / "half.gmt").write_text(half + "\n")
    place = words.index("--gene-sets") + 1
    again = [*words[:place], str(tmp_path / "half.gmt"), "-o", str(tmp_path / "out")]
    done = CliRunner().invoke(cli, again, prog_name="foldwise")
    assert done.exit_code == 0, done.stderr
    assert "W-ANNOT-001" in done.stderr
