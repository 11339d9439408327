"""What a certificate costs: 200 null runs of the whole deseq2 analysis, beside one run of R on the same counts.

    python benchmarks/certificate.py              # airway is bundled; bottomly where FOLDWISE_REFERENCE has it

Every side is a fresh process with one thread. Results go to benchmarks/results/certificate.json and .md.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from run import HERE, OUT, RESULTS, ROOT, machine, run_quiet, run_side
from simulate import write_case

REFERENCE = Path(os.environ.get("FOLDWISE_REFERENCE", ROOT.parent / "shared" / "reference"))
AIRWAY = ROOT / "src" / "foldwise" / "data" / "airway"
# CPU seconds that the project promises for 200 null runs
LIMITS = {"bottomly": 60.0, "simulated 20,000 x 40": 90.0, "airway": 40.0}


def write_real(folder: Path, source: Path, formula: str) -> None:
    """Write a real data set in the form of a simulated case."""
    samples = pd.read_csv(source / "samples.tsv", sep="\t", index_col=0, dtype=str)
    counts = pd.read_csv(source / "counts.tsv.gz", sep="\t", index_col=0)[samples.index]
    folder.mkdir(parents=True, exist_ok=True)
    counts.to_numpy(dtype=np.int32).tofile(folder / "counts.int32")
    used = [name for name in samples.columns if name in formula.replace("~", "").replace("+", " ").split()]
    samples[used].to_csv(folder / "samples.tsv", sep="\t", index_label="sample")
    (folder / "formula.txt").write_text(formula + "\n")


def cases() -> dict[str, Path]:
    """Write the cases that can run here."""
    found = {"airway": OUT / "cases" / "certificate_airway", "simulated 20,000 x 40": OUT / "cases" / "certificate_40"}
    write_real(found["airway"], AIRWAY, "~ cell + dex")
    write_case(found["simulated 20,000 x 40"], 20_000, 40, "two-group")
    if (REFERENCE / "bottomly").is_dir():
        found["bottomly"] = OUT / "cases" / "certificate_bottomly"
        write_real(found["bottomly"], REFERENCE / "bottomly", "~ batch + strain")
    return found


def table(everything: dict[str, Any]) -> str:
    """The figures in Markdown."""
    facts = everything["machine"]
    lines = [
        f"{facts['processor']}, {facts['cores']} cores; load average before the run {facts['load_before']:.1f}. CPU "
        "seconds of one thread.",
        "",
        "| data | null runs | foldwise, all of them | limit | one of them | R's DESeq2, one run | R, as many |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in everything["cases"]:
        r = row.get("R")
        theirs = f"{r:.2f} | {r * row['runs']:,.0f}" if r else "- | -"
        lines.append(
            f"| {row['case']} | {row['runs']} | {row['cpu']:.1f} | {row['limit']:.0f} | {row['cpu'] / row['runs']:.3f} "
            f"| {theirs} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run all cases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-r", action="store_true")
    options = parser.parse_args()
    with_r = not options.no_r and bool(shutil.which("Rscript")) and run_quiet(["Rscript", "-e", "library(DESeq2)"])
    everything: dict[str, Any] = {"machine": machine(), "cases": []}
    for name, folder in cases().items():
        ours = run_side([sys.executable, str(HERE / "sides" / "foldwise_certificate.py")], folder, "foldwise")
        row = {"case": name, "limit": LIMITS[name], **ours}
        if with_r:
            row["R"] = run_side(["Rscript", str(ROOT / "validation" / "r" / "fit.R")], folder, "R")["cpu"]
        everything["cases"].append(row)
        print(f"  {name}: {ours['cpu']:.1f} CPU s for {ours['runs']} null runs (limit {LIMITS[name]:.0f})", flush=True)
    (RESULTS / "certificate.json").write_text(json.dumps(everything, indent=1) + "\n")
    (RESULTS / "certificate.md").write_text(table(everything))
    print(table(everything))


if __name__ == "__main__":
    main()
