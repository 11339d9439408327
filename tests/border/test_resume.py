"""Rows B107 and B111, relation M69: a run that was stopped anywhere goes on with --resume and leaves the same bytes."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from foldwise.api.simulate import simulate, write_simulation
from foldwise.cli.app import cli
from foldwise.io import checkpoints
from foldwise.io.checkpoints import FOLDER, Checkpoints
from foldwise.io.value_archive import Damaged, NotPackable, pack, unpack
from foldwise.method import METHODS

MODEL = ("--design", "~ group", "--contrast", "group:treated:control", "--reference", "group=control")
# Points at which a run is killed: a few here, 200 before a release
N_KILLS = int(os.environ.get("FOLDWISE_KILLS", "4"))


@pytest.fixture(scope="module")
def inputs(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("inputs")
    write_simulation(simulate(300, 14, seed=2), folder)
    return folder


@pytest.fixture
def keep_all(monkeypatch):
    monkeypatch.setattr(checkpoints, "LEAST_SECONDS", 0.0)


def arguments(inputs: Path, out: Path, *more: str) -> list[str]:
    """A run without a certificate, unless it is asked for: null runs take longer than what these tests are about."""
    words = more if "--certificate" in more else ("--certificate", "off", *more)
    return ["run", str(inputs / "counts.tsv.gz"), str(inputs / "samples.tsv"), *MODEL, *words, "-o", str(out)]


def call(words: list[str], code: int = 0):
    done = CliRunner().invoke(cli, words, prog_name="foldwise")
    assert done.exit_code == code, done.output
    assert "Traceback" not in done.output
    return done


def contents(folder: Path) -> dict[str, bytes]:
    """All files; of run.json what is no time, and no digest of files that are compared themselves."""
    found = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    facts = json.loads(found["run.json"])
    for key in ("stage_seconds", "resources"):
        facts.pop(key)
    found["run.json"] = json.dumps(facts).encode()
    return found


def stop_after(monkeypatch, step: str) -> None:
    """Interrupt the run when this step has been kept."""
    whole = Checkpoints.__call__

    def stopping(self, name, known, compute):
        value = whole(self, name, known, compute)
        if name == step:
            raise KeyboardInterrupt
        return value

    monkeypatch.setattr(Checkpoints, "__call__", stopping)


def undisturbed(inputs: Path, out: Path, *more: str) -> dict[str, bytes]:
    call(arguments(inputs, out, *more))
    found = contents(out)
    for path in sorted(out.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    out.rmdir()
    return found


@pytest.mark.parametrize("method", list(METHODS))
@pytest.mark.parametrize("step", ["fit", "transform"])
def test_m69_a_stopped_run_goes_on_to_the_same_bytes(inputs, tmp_path, monkeypatch, keep_all, method, step):
    out = tmp_path / "out"
    more = ("--method", method)
    expected = undisturbed(inputs, out, *more)
    with monkeypatch.context() as patch:
        stop_after(patch, step)
        said = call(arguments(inputs, out, *more), code=130).stderr
    assert "with --resume continues it" in said
    assert not (out / "run.json").exists()
    done = call([*arguments(inputs, out, *more), "--resume"])
    taken = next(line for line in done.stderr.splitlines() if line.startswith("Resume"))
    assert "fit" in taken
    assert contents(out) == expected


@pytest.mark.parametrize(
    "more",
    [("--shrink", "apeglm"), ("--engine", "exact"), ("--test", "lrt", "--reduced", "~ 1"), ("--trend", "local"),
     ("--method", "limma-voom", "--structural-zeros"), ("--method", "edger-ql", "--robust"),
     ("--correction", "ihw"), ("--contrast", "group:control:treated")],
    ids=" ".join,
)  # fmt: skip
def test_m69_with_other_settings(inputs, tmp_path, monkeypatch, keep_all, more):
    out = tmp_path / "out"
    expected = undisturbed(inputs, out, *more)
    with monkeypatch.context() as patch:
        stop_after(patch, "transform")
        call(arguments(inputs, out, *more), code=130)
    done = call([*arguments(inputs, out, *more), "--resume"])
    assert "fit, test0" in done.stderr
    assert contents(out) == expected


@pytest.mark.parametrize("method", ["deseq2", "edger-ql", "limma-voom"])
def test_m69_with_gene_lengths(inputs, tmp_path, monkeypatch, keep_all, method):
    data = simulate(300, 6, seed=2)
    folder, rng = tmp_path / "rsem", np.random.default_rng(1)
    folder.mkdir()
    for sample in data.counts.columns:
        length = rng.uniform(500, 3000, len(data.counts)).round(2)
        counts = data.counts[sample].to_numpy()
        table = {"gene_id": data.counts.index, "transcript_id(s)": data.counts.index, "length": length + 100,
                 "effective_length": length, "expected_count": counts, "TPM": counts / length,
                 "FPKM": counts / length}  # fmt: skip
        pd.DataFrame(table).to_csv(folder / f"{sample}.genes.results", sep="\t", index=False)
    data.samples.to_csv(tmp_path / "samples.tsv", sep="\t")
    out = tmp_path / "out"
    words = ["run", str(folder), str(tmp_path / "samples.tsv"), *MODEL, "--method", method, "-o", str(out)]
    words += ["--certificate", "off"]
    call(words)
    expected = contents(out)
    with monkeypatch.context() as patch:
        stop_after(patch, "transform")
        call([*words, "--force"], code=130)
    assert "fit, test0" in call([*words, "--resume"]).stderr
    assert contents(out) == expected


def test_m69_with_a_contrasts_file_of_two_models(inputs, tmp_path, monkeypatch, keep_all):
    rows = "a,group,control,treated,\nb,group,control,treated,half\n"
    (tmp_path / "contrasts.csv").write_text(f"id,variable,reference,target,blocking\n{rows}")
    sheet = pd.read_csv(inputs / "samples.tsv", sep="\t")
    sheet["half"] = ["x", "x", "y", "y"] * 3 + ["x", "y"]
    sheet.to_csv(tmp_path / "samples.tsv", sep="\t", index=False)
    out = tmp_path / "out"
    words = ["run", str(inputs / "counts.tsv.gz"), str(tmp_path / "samples.tsv"), "-o", str(out)]
    words += ["--contrasts", str(tmp_path / "contrasts.csv"), "--certificate", "off"]
    call(words)
    tables = {path: path.read_bytes() for path in out.rglob("*.tsv")}
    assert len(tables) > 4
    shutil.rmtree(out)
    with monkeypatch.context() as patch:
        stop_after(patch, "transform")
        call(words, code=130)
    call([*words, "--resume"])
    assert {path: path.read_bytes() for path in out.rglob("*.tsv")} == tables
    assert not list(out.rglob(".foldwise.*"))


KILLED = """
from foldwise.io import checkpoints
checkpoints.LEAST_SECONDS = 0.0
from foldwise.cli import main
main()
"""


def test_r3_m69_b107_a_run_killed_at_any_moment_goes_on(inputs, tmp_path):
    out = tmp_path / "out"
    start = time.monotonic()
    command = [sys.executable, "-c", KILLED, *arguments(inputs, out, "-q")]
    subprocess.run(command, check=True, capture_output=True)
    whole = time.monotonic() - start
    expected = contents(out)
    moments = random.Random(7)
    for _ in range(N_KILLS):
        for path in sorted(out.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            time.sleep(whole * moments.uniform(0.3, 1.0))
            process.kill()
        assert not list(out.rglob("*.part.npz"))
        subprocess.run([*command, "--resume"], check=True, capture_output=True)
        assert contents(out) == expected


def test_b111_checkpoints_of_other_options_or_cut_off_are_computed_anew(inputs, tmp_path, monkeypatch, keep_all):
    out = tmp_path / "out"
    expected = undisturbed(inputs, out)
    for more, reason in (
        (("--trend", "local"), "belongs to other inputs, options or versions"),
        ((), "is damaged"),
    ):
        with monkeypatch.context() as patch:
            stop_after(patch, "fit")
            call(arguments(inputs, out, *more), code=130)
        (kept,) = (out / FOLDER).glob("fit.*.npz")
        if not more:
            kept.write_bytes(kept.read_bytes()[:-1000])
        done = call([*arguments(inputs, out), "--resume"])
        assert "[W-IO-001]" in done.stderr
        assert reason in done.stderr
        assert contents(out) == expected
        for path in sorted(out.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()


def test_b111_other_counts_are_seen_whatever_their_file_is_called(inputs, tmp_path, monkeypatch, keep_all):
    (tmp_path / "in").mkdir()
    for name in ("counts.tsv.gz", "samples.tsv"):
        (tmp_path / "in" / name).write_bytes((inputs / name).read_bytes())
    with monkeypatch.context() as patch:
        stop_after(patch, "fit")
        call(arguments(tmp_path / "in", tmp_path / "out"), code=130)
    write_simulation(simulate(300, 14, seed=3), tmp_path / "in")
    done = call([*arguments(tmp_path / "in", tmp_path / "out"), "--resume"])
    assert "[W-IO-001]" in done.stderr
    call(["verify", str(tmp_path / "out")])


def test_without_resume_a_stopped_run_begins_anew(inputs, tmp_path, monkeypatch, keep_all):
    out = tmp_path / "out"
    with monkeypatch.context() as patch:
        stop_after(patch, "fit")
        call(arguments(inputs, out), code=130)
    assert (out / FOLDER).is_dir()
    done = call(arguments(inputs, out))
    assert "Resume" not in done.stderr
    assert not (out / FOLDER).exists()


def test_short_steps_are_not_kept(inputs, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(checkpoints, "LEAST_SECONDS", 1e9)
        stop_after(patch, "transform")
        call(arguments(inputs, tmp_path / "out"), code=130)
    assert not (tmp_path / "out").exists()


def test_a_finished_run_is_left_as_it_is(inputs, tmp_path):
    out = tmp_path / "out"
    call(arguments(inputs, out))
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    done = call([*arguments(inputs, out), "--resume", "--json"])
    answer = json.loads(done.stdout)
    assert answer["contrasts"][0]["n_tested"] > 0
    assert "run.json" in answer["files"]
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before
    refused = call([*arguments(inputs, out, "--fdr", "0.1"), "--resume"], code=2)
    assert "E-IO-003" in refused.stderr
    assert "other settings" in refused.stderr
    (out / "methods.md").write_text("mine")
    call([*arguments(inputs, out), "--resume"])
    call(["verify", str(out)])


def test_files_of_others_are_not_taken_for_a_stopped_run(inputs, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "report.html").write_text("mine")
    done = call([*arguments(inputs, tmp_path / "out"), "--resume"], code=2)
    assert "E-IO-003" in done.stderr
    assert (tmp_path / "out" / "report.html").read_text() == "mine"


class Other:
    """A type that archives do not know."""


def test_archives_hold_values_and_no_objects(tmp_path):
    path = tmp_path / "a.npz"
    known = {"thing": Other()}
    value = {"a": np.arange(3), "b": (1.5, None, "x", [True]), "c": np.float64(0.1), "d": known["thing"]}
    pack(path, value, known)
    again = unpack(path, known)
    np.testing.assert_array_equal(again.pop("a"), [0, 1, 2])
    assert again == {"b": (1.5, None, "x", [True]), "c": 0.1, "d": known["thing"]}
    assert type(again["c"]) is np.float64
    with pytest.raises(NotPackable):
        pack(tmp_path / "b.npz", Other(), {})
    with pytest.raises(NotPackable):
        pack(tmp_path / "c.npz", np.array([Other()], dtype=object), {})


@pytest.mark.parametrize(
    "tree",
    [
        {"type": "Popen", "fields": {"args": "touch pwned"}},
        {"type": "os.system", "fields": {}},
        {"type": "Fit", "fields": {"method": "x"}},
        {"known": "nothing"},
        {"array": "a7"},
        {"eval": "1"},
    ],
    ids=str,
)
def test_b116_archives_make_nothing_else(tmp_path, monkeypatch, tree):
    monkeypatch.chdir(tmp_path)
    np.savez(tmp_path / "a.npz", tree=np.frombuffer(json.dumps(tree).encode(), dtype=np.uint8))
    with pytest.raises(Damaged):
        unpack(tmp_path / "a.npz", {})
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]


def test_b116_a_pickled_array_in_an_archive_is_not_loaded(tmp_path):
    tree = np.frombuffer(json.dumps({"array": "a0"}).encode(), dtype=np.uint8)
    np.savez(tmp_path / "a.npz", tree=tree, a0=np.array([{"a": 1}], dtype=object))
    with pytest.raises(Damaged):
        unpack(tmp_path / "a.npz", {})
