"""foldwise's edgeR and limma methods beside R's packages: CPU seconds, agreement and ratios in one run.

    python benchmarks/methods.py                  # needs Rscript with edgeR and limma (Debian: r-bioc-edger)
    python benchmarks/methods.py --only n6 --repeats 3

Every side is a fresh process with one thread; sides alternate; the figures are medians. What is timed: normalization
factors, dispersions or weights, fit, test and adjustment, from a matrix in memory. edgeR 3.40 is what Debian has, so
methods of edgeR are timed by the rules of edgeR 3 beside it, and by those of edgeR 4 alone. Results go to
benchmarks/results/.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import Any

from run import CASES, HERE, OUT, RESULTS, ROOT, Case, agreement, machine, run_quiet, run_side, summary
from simulate import write_case

# Ours, R's, and the least ratio of CPU seconds that the project promises
PAIRS = [("edger-lrt-3", "edger-lrt", 15.0), ("edger-ql-3", "edger-ql", 15.0), ("limma-voom", "limma-voom", 15.0)]
ALONE = ["edger-lrt", "edger-ql", "limma-trend"]


def run_methods(case: Case, repeats: int, with_r: bool) -> dict[str, Any]:
    """All methods on one matrix."""
    folder = OUT / "cases" / f"{case.name.replace(' ', '_')}_{case.n_genes}"
    write_case(folder, case.n_genes, case.n_samples, case.design)
    row: dict[str, Any] = {"case": case.name, "n_genes": case.n_genes, "n_samples": case.n_samples, "methods": {}}
    for ours, theirs, floor in [*PAIRS, *((name, "", 0.0) for name in ALONE)]:
        sides = {"foldwise": [sys.executable, str(HERE / "sides" / "foldwise_methods.py"), ours]}
        if with_r and theirs:
            sides["R"] = ["Rscript", str(ROOT / "validation" / "r" / "fit_methods.R"), theirs]
        runs: dict[str, list[dict[str, Any]]] = {side: [] for side in sides}
        for _ in range(repeats):
            for side, command in sides.items():
                runs[side].append(run_side(command, folder, side))
                print(f"  {case.name}  {ours:12s} {side:9s} {runs[side][-1]['cpu']:8.3f} CPU s", flush=True)
        entry: dict[str, Any] = {side: summary(taken, 1.0) for side, taken in runs.items()}
        if "R" in entry:
            entry |= {"ratio": entry["R"]["cpu"] / entry["foldwise"]["cpu"], "floor": floor}
            entry["agreement"] = agreement(folder, "R")
        row["methods"][ours] = entry
    return row


def table(everything: dict[str, Any]) -> str:
    """The figures in Markdown."""
    facts = everything["machine"]
    versions = {e["R"]["version"] for row in everything["cases"] for e in row["methods"].values() if "R" in e}
    lines = [
        f"{facts['processor']}, {facts['cores']} cores, Python {facts['python']}; load average before the run "
        f"{facts['load_before']:.1f}. {'; '.join(sorted(versions))}. CPU seconds of one thread, matrix in memory to "
        "adjusted p-values.",
        "",
        "| genes x samples, design | method | foldwise | R | ratio | floor | p median | p 99.9 % | calls that differ |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in everything["cases"]:
        for name, entry in row["methods"].items():
            start = f"| {row['n_genes']:,} x {row['n_samples']}, {row['case'].split()[1]} | {name} "
            start += f"| {entry['foldwise']['cpu']:.3f} "
            if "R" not in entry:
                lines.append(f"{start}| | | | | | |")
                continue
            a, met = entry["agreement"], "met" if entry["ratio"] >= entry["floor"] else "MISSED"
            lines.append(
                f"{start}| {entry['R']['cpu']:.2f} | {entry['ratio']:.1f} | {entry['floor']:g} {met} "
                f"| {a['p_median']:.1e} | {a['p_999']:.1e} | {a['calls_differ']} of {a['calls']} |"
            )
    return "\n".join([*lines, ""])


def main() -> None:
    """Run and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="cases whose name contains this text")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--output", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    OUT.mkdir(exist_ok=True)
    with_r = bool(shutil.which("Rscript")) and run_quiet(["Rscript", "-e", "library(edgeR)"])
    everything: dict[str, Any] = {"machine": machine(), "cases": []}
    for case in CASES:
        if arguments.only in case.name:
            everything["cases"].append(run_methods(case, arguments.repeats, with_r))
    arguments.output.mkdir(parents=True, exist_ok=True)
    (arguments.output / "methods.json").write_text(json.dumps(everything, indent=1) + "\n")
    (arguments.output / "methods.md").write_text(table(everything))
    print(table(everything))


if __name__ == "__main__":
    main()
