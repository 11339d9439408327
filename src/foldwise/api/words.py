"""Results in words, for terminal and Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from foldwise.model.analysis import Analysis
    from foldwise.model.results import ResultTable

_WHY_EMPTY = {
    "low_count": "with low counts not called (padj empty, status low_count)",
    "count_outlier": "with one extreme count not called (status count_outlier)",
    "not_converged": "whose fit did not converge (status not_converged)",
    "not_estimable": "whose samples do not determine the fit (status not_estimable)",
    "all_zero": "without any read (status all_zero)",
}


def verdict_line(result: ResultTable) -> str:
    """Return how many genes are called, and which way."""
    contrast = result.contrast
    n_called = result.n_up + result.n_down
    level = f"FDR {100 * result.fdr:g} %"
    if n_called == 0:
        return f"No gene is called at {level} among {result.n_tested:,} tested"
    target = contrast.target
    up, down = (f"up in {target}", "down") if target else ("up", "down")
    noun = "gene" if n_called == 1 else "genes"
    return f"{n_called:,} {noun} at {level}   ({result.n_up:,} {up} · {result.n_down:,} {down})"


def status_lines(result: ResultTable) -> list[str]:
    """Return one line per reason why genes were not called."""
    numbers = result.table["status"].value_counts()
    lines = []
    for status, words in _WHY_EMPTY.items():
        number = int(numbers.get(status, 0))
        if number:
            lines.append(f"{number:,} gene{'' if number == 1 else 's'} {words}")
    return lines


def depth_lines(analysis: Analysis) -> list[str]:
    """Return one line on library sizes and size factors; none where W-COUNT-003 has said it already."""
    from foldwise.io.counts_checks import DEPTH_RATIO
    from foldwise.model.method_facts import RAW_TRANSFORM
    from foldwise.report.quality import sample_sums

    sums, _ = sample_sums(analysis.experiment.counts)
    factors = analysis.size_factors.values
    low, high = float(sums.min()), float(sums.max())
    if low <= 0 or high > DEPTH_RATIO * low:
        return []
    spread = f"library sizes differ {high / low:.1f}x"
    if analysis.spec.method.transform == RAW_TRANSFORM:
        return [f"{spread} (not corrected for: --transform {RAW_TRANSFORM})"]
    return [f"{spread}; size factors {factors.min():.2f}–{factors.max():.2f} (corrected for)"]


def summary_lines(analysis: Analysis, result: ResultTable) -> list[str]:
    """Return at most 20 lines: comparison, design, calls, what is missing, best genes."""
    experiment, design = analysis.experiment, analysis.design
    head = f"{result.contrast.label} ({result.contrast.direction})"
    model = f"{analysis.spec.method.name}, {design.formula or 'given matrix'}"
    lines = [head, f"{model}, {experiment.n_genes:,} genes × {experiment.n_samples} samples", verdict_line(result)]
    lines += status_lines(result)
    lines += top_lines(result, 5)
    others = [r.contrast.id for r in analysis.results if r is not result]
    if others:
        lines.append(f"{len(others)} more in .contrasts: {', '.join(others[:5])}{', …' if len(others) > 5 else ''}")
    return lines[:20]


def top_lines(result: ResultTable, n: int) -> list[str]:
    """Return the best called genes as aligned lines with a heading; empty where none is called."""
    from foldwise.io.write_outputs import significant

    best = significant(result).head(n)
    if not len(best):
        return []
    named = "gene_name" in best
    average = "base_mean" if "base_mean" in best else "mean_log2_cpm" if "mean_log2_cpm" in best else None
    header = ["gene", *(["name"] if named else []), *(["mean"] if average else []), "log2FC"]
    with_error = "log2_fold_change_se" in best
    header += ["±SE", "padj"] if with_error else ["padj"]
    rows = [header]
    for gene, row in best.iterrows():
        cells = [shorten(str(gene)), *([shorten(str(row["gene_name"]), 16)] if named else [])]
        cells += [f"{row[average]:,.0f}" if average == "base_mean" else f"{row[average]:.1f}"] if average else []
        change, error = row["log2_fold_change"], row.get("log2_fold_change_se")
        rows.append([*cells, f"{change:+.2f}", *([f"{error:.2f}"] if with_error else []), small(row["padj"])])
    return aligned(rows, first_right=2 if named else 1)


def aligned(rows: list[list[str]], first_right: int) -> list[str]:
    """Return rows as lines; columns from ``first_right`` on stand to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]

    def cell(i: int, text: str) -> str:
        return text.rjust(widths[i]) if i >= first_right else text.ljust(widths[i])

    return ["  ".join(cell(i, text) for i, text in enumerate(row)).rstrip() for row in rows]


def small(value: float) -> str:
    """Return a probability in few characters: ``4e-132``, ``0.03``."""
    if value != value:
        return "–"
    return f"{value:.0e}".replace("e-0", "e-") if value < 0.001 else f"{value:.2g}"


def shorten(text: str, limit: int = 24) -> str:
    """Return ``text``, its end replaced by ``…`` where it is longer than ``limit``."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
