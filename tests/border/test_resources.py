"""Rows B103 to B105 at their sources: memory asked for in one piece, kernels that find none, quotas of processors."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from foldwise import _kernels
from foldwise.api import memory
from foldwise.api.simulate import simulate, write_simulation
from foldwise.cli.app import cli
from foldwise.engine import threads

pytestmark = pytest.mark.filterwarnings("ignore::foldwise.errors.FoldwiseWarning")
MODEL = ("--design", "~ group", "--contrast", "group:treated:control", "-q")


@pytest.fixture(scope="module")
def inputs(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("inputs")
    write_simulation(simulate(300, 14, seed=2), folder)
    return folder


def foldwise(inputs: Path, out: Path, *more: str):
    files = [str(inputs / "counts.tsv.gz"), str(inputs / "samples.tsv")]
    return CliRunner().invoke(cli, ["run", *files, *MODEL, "-o", str(out), *more], prog_name="foldwise")


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_b103_the_command_line_refuses_before_anything_large_is_made(inputs, tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "available_bytes", lambda: 64 << 20)
    done = foldwise(inputs, tmp_path / "out", "--json")
    assert done.exit_code == 75
    assert not (tmp_path / "out").exists()
    error = json.loads(done.stdout)["error"]
    assert error["code"] == "E-MEM-001"
    assert "MiB are available" in error["found"]
    assert "pseudobulk" in error["fix"]


def test_b103_half_a_million_genes_of_a_hundred_thousand_cells():
    with pytest.raises(Exception, match="E-MEM-001") as caught:
        memory.require_memory(type("Spec", (), {"run": type("Run", (), {"memory": "64G"})()})(), 500_000, 100_000)
    assert caught.value.data["needed_bytes"] > 3e12
    assert caught.value.data["available_bytes"] <= 64 << 30


CALLED = (
    "read_counts", "row_summaries", "column_medians", "nb_start", "nb_dispersion_search",
    "nb_irls", "nb_cooks", "nb_cauchy_map", "elementwise", "normal_tail", "format_rows",
)  # fmt: skip


@pytest.mark.parametrize("name", CALLED)
def test_r4_b104_a_kernel_without_memory_leaves_the_old_result(inputs, tmp_path, monkeypatch, name):
    out = tmp_path / "out"
    more = ("--shrink", "apeglm", "--no-report") if name == "nb_cauchy_map" else ("--no-report",)
    assert foldwise(inputs, out, *more).exit_code == 0
    before = contents(out)
    called = []

    def fail(*arguments: object, **named: object) -> None:
        called.append(name)
        raise MemoryError

    monkeypatch.setattr(_kernels, name, fail)
    done = foldwise(inputs, out, "--force", *more)
    assert called == [name]
    assert done.exit_code == 75, done.stderr
    assert "E-MEM-002" in done.stderr
    assert "Traceback" not in done.output
    assert contents(out) == before


@pytest.mark.parametrize(
    ("cpu_max", "expected"),
    [("max 100000\n", 8), ("250000 100000\n", 2), ("50000 100000\n", 1), ("1600000 100000\n", 8), ("rubbish", 8)],
)
def test_b105_threads_keep_to_the_quota_of_the_control_group(monkeypatch, cpu_max, expected):
    read = Path.read_text

    def fake(self: Path, *arguments: object, **named: object) -> str:
        if str(self) == "/sys/fs/cgroup/cpu.max":
            return cpu_max
        if str(self).startswith("/sys/fs/cgroup/cpu/"):
            raise FileNotFoundError
        return read(self, *arguments, **named)

    monkeypatch.setattr(Path, "read_text", fake)
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: set(range(8)), raising=False)
    assert threads.default_threads() == expected


def test_b105_threads_keep_to_the_quota_of_the_older_kind(monkeypatch):
    files = {"cpu.cfs_quota_us": "300000", "cpu.cfs_period_us": "100000"}

    def fake(self: Path, *arguments: object, **named: object) -> str:
        if self.name in files:
            return files[self.name]
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", fake)
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: set(range(16)), raising=False)
    assert threads.default_threads() == 3


def test_b105_given_threads_reach_every_kernel(monkeypatch):
    import foldwise as fw

    seen = set()
    for name in ("nb_start", "nb_dispersion_search", "nb_irls", "nb_cooks", "row_summaries", "column_medians"):
        kernel = getattr(_kernels, name)

        def watched(*arguments: object, kernel=kernel, name=name, **named: object) -> object:
            number = named.get("n_threads", arguments[-1])
            assert isinstance(number, (int, np.integer)), name
            seen.add((name, int(number)))
            return kernel(*arguments, **named)

        monkeypatch.setattr(_kernels, name, watched)
    data = simulate(300, 14, seed=2)
    fw.de(data.counts, data.samples, "~ group", contrast=("group", "treated", "control"), threads=3)
    assert {number for _, number in seen} == {3}, seen
    assert len(seen) == 6
