"""foldwise beside R's DESeq2, PyDESeq2 and InMoose: CPU and wall seconds, memory, agreement, ratios in one run.

    python benchmarks/run.py                         # everything that is installed
    python benchmarks/run.py --install               # first put PyDESeq2 and InMoose into environments of their own
    python benchmarks/run.py --only n6 --repeats 3

Every side is a fresh process with one thread; sides alternate; the figures are medians. Import, the first call on 300
genes, and the fit from a matrix in memory to adjusted p-values are timed apart. Slow peers run on fewer genes
(their figure is scaled linearly and marked *) and fewer repeats. R is found as Rscript with the package DESeq2
(Debian: r-bioc-deseq2). Results go to benchmarks/results/.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from report import write_report
from simulate import write_case

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
OUT = HERE / "out"
RESULTS = HERE / "results"
PEERS = {"pydeseq2": "pydeseq2==0.5.4", "inmoose": "inmoose==0.9.1"}
ONE_THREAD = {
    f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "NUMBA", "VECLIB_MAXIMUM", "FOLDWISE")
}


@dataclass(frozen=True)
class Case:
    """One matrix; ``peer_genes`` and ``peer_repeats`` are for the slow peers."""

    name: str
    n_genes: int
    n_samples: int
    design: str
    peer_genes: int
    peer_repeats: int


CASES = [
    Case("n6 two-group", 20_000, 6, "two-group", 20_000, 1),
    Case("n6 four-column", 20_000, 6, "four-column", 4_000, 1),
    Case("n24 two-group", 20_000, 24, "two-group", 4_000, 1),
    Case("n24 four-column", 20_000, 24, "four-column", 4_000, 1),
    Case("n100 two-group", 20_000, 100, "two-group", 4_000, 1),
    Case("n100 four-column", 20_000, 100, "four-column", 20_000, 1),
    Case("n500 two-group", 4_000, 500, "two-group", 4_000, 1),
    Case("n500 four-column", 4_000, 500, "four-column", 4_000, 1),
]


def peer_python(name: str) -> Path:
    return OUT / "peers" / name / "bin" / "python"


def install_peers() -> None:
    """Put each peer into an environment of its own."""
    for name, requirement in PEERS.items():
        if not peer_python(name).exists():
            venv.create(OUT / "peers" / name, with_pip=True)
        subprocess.run([peer_python(name), "-m", "pip", "install", "-q", requirement], check=True)


def sides(wanted: list[str]) -> dict[str, list[str]]:
    """Return the command of each side that can run here."""
    found = {"foldwise": [sys.executable, str(HERE / "sides" / "foldwise_fit.py")]}
    if shutil.which("Rscript") and run_quiet(["Rscript", "-e", "library(DESeq2)"]):
        found["DESeq2"] = ["Rscript", str(ROOT / "validation" / "r" / "fit.R")]
    for name in PEERS:
        if peer_python(name).exists():
            found[name] = [str(peer_python(name)), str(HERE / "sides" / f"{name}_fit.py")]
    missing = {"foldwise", "DESeq2", *PEERS} - set(found)
    if missing:
        print(f"not installed, left out: {', '.join(sorted(missing))}")
    return {name: command for name, command in found.items() if not wanted or name in wanted}


def run_quiet(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def run_side(command: list[str], folder: Path, name: str) -> dict[str, Any]:
    """Run one side once; return its facts and the load average beside it."""
    environment = {**os.environ, **ONE_THREAD}
    target = folder / f"{name}.result"
    done = subprocess.run(
        [*command, str(folder), str(target)], capture_output=True, text=True, env=environment, check=False
    )
    if done.returncode != 0:
        raise SystemExit(f"{name} failed on {folder.name}:\n{done.stderr[-3000:]}")
    facts: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    facts["load"] = os.getloadavg()[0]
    return facts


def run_case(case: Case, commands: dict[str, list[str]], repeats: int) -> dict[str, Any]:
    """Run all sides of a case, alternating, and compare their numbers."""
    folders = {}
    for genes in {case.n_genes, case.peer_genes}:
        folders[genes] = OUT / "cases" / f"{case.name.replace(' ', '_')}_{genes}"
        write_case(folders[genes], genes, case.n_samples, case.design)
    genes_of = {name: case.peer_genes if name in PEERS else case.n_genes for name in commands}
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in commands}
    for repeat in range(repeats):
        for name, command in commands.items():
            if name not in PEERS or repeat < case.peer_repeats:
                runs[name].append(run_side(command, folders[genes_of[name]], name))
                print(f"  {case.name}  {name:9s} {runs[name][-1]['cpu']:8.3f} CPU s", flush=True)
    if case.peer_genes != case.n_genes and "foldwise" in commands:
        run_side(commands["foldwise"], folders[case.peer_genes], "foldwise")
    row: dict[str, Any] = {"case": case.name, "n_genes": case.n_genes, "n_samples": case.n_samples, "sides": {}}
    for name, facts in runs.items():
        row["sides"][name] = summary(facts, case.n_genes / genes_of[name])
        if name != "foldwise" and "foldwise" in commands:
            row["sides"][name]["agreement"] = agreement(folders[genes_of[name]], name)
    return row


def summary(runs: list[dict[str, Any]], scale: float) -> dict[str, Any]:
    """Medians over the runs; seconds scaled to the whole matrix."""
    middle = {key: statistics.median(run[key] for run in runs) for key in runs[0] if key != "version"}
    middle["cpu"] *= scale
    middle["wall"] *= scale
    spread = [run["cpu"] * scale for run in runs]
    return {
        **middle,
        "version": runs[0]["version"],
        "runs": len(runs),
        "scale": scale,
        "cpu_min": min(spread),
        "cpu_max": max(spread),
    }


def agreement(folder: Path, name: str) -> dict[str, float]:
    """How far a peer is from foldwise on the same matrix: p-values (relative), fold changes, calls at 0.1."""
    ours, theirs = (np.fromfile(folder / f"{side}.result").reshape(-1, 3) for side in ("foldwise", name))
    with np.errstate(divide="ignore", invalid="ignore"):
        p = np.abs(ours[:, 1] - theirs[:, 1]) / np.maximum(ours[:, 1], theirs[:, 1])
        apart = np.abs(ours[:, 0] - theirs[:, 0])
    p = np.where(ours[:, 1] == theirs[:, 1], 0.0, p)
    return {
        "p_median": float(np.nanmedian(p)),
        "p_999": float(np.nanquantile(p, 0.999)),
        "lfc_max": float(np.nanmax(apart)),
        "calls": int((ours[:, 2] < 0.1).sum()),
        "calls_differ": int(((ours[:, 2] < 0.1) != (theirs[:, 2] < 0.1)).sum()),
        "missing_differ": int((np.isnan(ours[:, 2]) != np.isnan(theirs[:, 2])).sum()),
    }


def whole_process(command: list[str]) -> dict[str, float]:
    """CPU, wall and peak memory of a process and of all that it starts."""
    environment = {**os.environ, **ONE_THREAD}
    start = time.perf_counter()
    with (OUT / "cold.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=OUT)
        _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"failed: {' '.join(command)}\n{(OUT / 'cold.log').read_text()[-3000:]}")
    return {
        "cpu": usage.ru_utime + usage.ru_stime,
        "wall": time.perf_counter() - start,
        "peak_mb": usage.ru_maxrss / 1024,
        "load": os.getloadavg()[0],
    }


def cold(commands: dict[str, list[str]], repeats: int) -> dict[str, Any]:
    """Whole cold processes on airway: two files in, tables (and foldwise's report) out."""
    airway = ROOT / "src" / "foldwise" / "data" / "airway"
    counts, samples = str(airway / "counts.tsv.gz"), str(airway / "samples.tsv")
    foldwise = Path(sys.executable).parent / "foldwise"
    program = [str(foldwise)] if foldwise.exists() else [sys.executable, "-m", "foldwise"]
    asked = ["--design", "~ cell + dex", "--contrast", "dex:trt:untrt", "--threads", "1", "--force", "-o"]
    plain = ["--certificate", "off"]  # R makes none
    every = {
        "foldwise": [*program, "run", counts, samples, *plain, *asked, "cold_foldwise"],
        "foldwise without report": [
            *program,
            "run",
            counts,
            samples,
            "--no-report",
            *plain,
            *asked,
            "cold_foldwise_tables",
        ],
        "foldwise with certificate": [*program, "run", counts, samples, *asked, "cold_foldwise_certificate"],
        "DESeq2": ["Rscript", str(ROOT / "validation" / "r" / "airway_tables.R"), counts, samples, "cold_r"],
    }
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in every if name.split()[0] in commands}
    for _ in range(repeats):
        for name, taken in runs.items():
            taken.append(whole_process(every[name]))
            print(f"  cold airway  {name:24s} {taken[-1]['cpu']:8.3f} CPU s", flush=True)
    return {
        name: {key: statistics.median(run[key] for run in taken) for key in taken[0]} | {"runs": len(taken)}
        for name, taken in runs.items()
    }


def machine() -> dict[str, Any]:
    """What the figures were taken on."""
    model = ""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        model = next(
            (line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line), ""
        )
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "load_before": os.getloadavg()[0],
    }


def main() -> None:
    """Run what was asked for and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--install", action="store_true", help="install PyDESeq2 and InMoose below benchmarks/out/")
    parser.add_argument("--only", default="", help="cases whose name contains this text; 'cold' for the airway process")
    parser.add_argument("--sides", nargs="*", default=[], help="foldwise DESeq2 pydeseq2 inmoose")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--output", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    OUT.mkdir(exist_ok=True)
    if arguments.install:
        install_peers()
    commands = sides(arguments.sides)
    everything: dict[str, Any] = {"machine": machine(), "cases": [], "cold": {}}
    for case in CASES:
        if arguments.only in case.name:
            everything["cases"].append(run_case(case, commands, arguments.repeats))
    if arguments.only in "cold airway":
        everything["cold"] = cold(commands, arguments.repeats)
    print(write_report(everything, arguments.output))


if __name__ == "__main__":
    main()
