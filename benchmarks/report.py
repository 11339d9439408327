"""The benchmark's tables in Markdown, and the figures as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

# Floors of CPU ratios that the project promises: (peer, samples) -> at least
FLOORS = {
    ("DESeq2", 6): 25, ("DESeq2", 24): 45, ("DESeq2", 100): 45, ("DESeq2", 500): 60,
    ("pydeseq2", 6): 150, ("pydeseq2", 24): 150, ("pydeseq2", 100): 100, ("pydeseq2", 500): 60,
}  # fmt: skip
COLD_CPU, COLD_MB, COLD_RATIO = 2.0, 300.0, 6.0


def write_report(everything: dict[str, Any], folder: Path) -> str:
    """Write results.json and table.md; return the text of the table."""
    folder.mkdir(parents=True, exist_ok=True)
    text = "\n".join(
        [*header(everything), *compute_table(everything), *agreement_table(everything), *cold_table(everything)]
    )
    (folder / "results.json").write_text(json.dumps(everything, indent=1) + "\n")
    (folder / "table.md").write_text(text + "\n")
    return text


def header(everything: dict[str, Any]) -> list[str]:
    machine = everything["machine"]
    versions = {f"{name} {facts['version']}" for row in everything["cases"] for name, facts in row["sides"].items()}
    return [
        f"{machine['processor']}, {machine['cores']} cores, {machine['system']}, Python {machine['python']}, "
        f"NumPy {machine['numpy']}; load average before the run {machine['load_before']:.1f}. "
        f"{'; '.join(sorted(versions))}.",
        "",
    ]


def compute_table(everything: dict[str, Any]) -> list[str]:
    """CPU seconds of one thread from a matrix in memory to adjusted p-values, and the ratio to foldwise."""
    if not everything["cases"]:
        return []
    lines = [
        "CPU seconds (user + system, one thread; wall in brackets) from a matrix in memory to adjusted p-values:",
        "",
        "| genes x samples, design | side | CPU s (wall) | range | ratio | floor | import | first call | MB | load |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in everything["cases"]:
        base = row["sides"].get("foldwise", {}).get("cpu")
        for name, facts in row["sides"].items():
            mark = "*" if facts["scale"] != 1 else ""
            ratio = f"{facts['cpu'] / base:.1f}" if base and name != "foldwise" else ""
            floor = FLOORS.get((name, row["n_samples"]))
            met = "" if floor is None or not ratio else f"{floor} {'met' if facts['cpu'] / base >= floor else 'MISSED'}"
            spread = f"{facts['cpu_min']:.3f}-{facts['cpu_max']:.3f}, {facts['runs']} runs"
            lines.append(
                f"| {row['n_genes']:,} x {row['n_samples']}, {row['case'].split()[1]} | {name} "
                f"| {facts['cpu']:.3f}{mark} ({facts['wall']:.2f}) | {spread} | {ratio} | {met} "
                f"| {facts['import_cpu']:.2f} | {facts['first_call_cpu']:.2f} | {facts['peak_mb']:.0f} "
                f"| {facts['load']:.1f} |"
            )
    return [*lines, "", "\\* measured on fewer genes and scaled linearly.", ""]


def agreement_table(everything: dict[str, Any]) -> list[str]:
    """How far each peer's numbers are from foldwise's on the same matrix."""
    lines = [
        "Distance of each peer from foldwise on the same matrix (p relative; fold change log2; calls at 0.1):",
        "",
        "| case | peer | p median | p 99.9 % | fold change max | calls that differ | missing padj that differ |",
        "|---|---|---|---|---|---|---|",
    ]
    rows = [
        f"| {row['case']} | {name} | {a['p_median']:.1e} | {a['p_999']:.1e} | {a['lfc_max']:.1e} "
        f"| {a['calls_differ']} of {a['calls']} | {a['missing_differ']} |"
        for row in everything["cases"]
        for name, facts in row["sides"].items()
        if (a := facts.get("agreement"))
    ]
    return [*lines, *rows, ""] if rows else []


def cold_table(everything: dict[str, Any]) -> list[str]:
    """Whole processes on airway."""
    cold = everything["cold"]
    if not cold:
        return []
    lines = [
        "Whole cold process on airway (64,102 genes x 8 samples): two files in; result table, normalized counts, VST "
        "out; foldwise also writes its report:",
        "",
        "| process | CPU s | wall s | peak MB | runs |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {name} | {facts['cpu']:.2f} | {facts['wall']:.2f} | {facts['peak_mb']:.0f} | {facts['runs']} |"
        for name, facts in cold.items()
    ]
    ours, theirs = cold.get("foldwise"), cold.get("DESeq2")
    if ours:
        facts = [
            f"CPU {verdict(ours['cpu'] <= COLD_CPU)} {COLD_CPU:g} s",
            f"memory {verdict(ours['peak_mb'] <= COLD_MB)} {COLD_MB:g} MB",
        ]
        if theirs:
            ratio = theirs["cpu"] / ours["cpu"]
            facts.append(
                f"R / foldwise {ratio:.1f} (floor {COLD_RATIO:g}: {'met' if ratio >= COLD_RATIO else 'MISSED'})"
            )
        lines += ["", "; ".join(facts) + "."]
    return [*lines, ""]


def verdict(met: bool) -> str:
    return "within" if met else "ABOVE"
