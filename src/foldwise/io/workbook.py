"""What the Excel workbook of an analysis holds: a page that explains it, a summary, a sheet per contrast."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from foldwise import names
from foldwise.io.excel import Sheet
from foldwise.io.write_outputs import best_first
from foldwise.model.analysis import Analysis
from foldwise.model.fit import Status
from foldwise.model.results import ResultTable

# Smaller numbers than the smallest normal double do not exist in spreadsheets.
_SMALLEST = float(np.finfo(np.float64).tiny)
_MAX_NAME = 31  # characters of a sheet's name
_FORMATS = {
    "base_mean": "#,##0.0",
    "pvalue": "0.00E+00",
    "padj": "0.00E+00",
    "s_value": "0.00E+00",
    "mean_log2_cpm": "0.00",
}
_WIDTHS = {"gene_id": 22.0, "gene_name": 14.0, "status": 13.0}


def sheets(analysis: Analysis) -> list[Sheet]:
    """Return the sheets of an analysis: README, summary, then one per contrast."""
    names_of = sheet_names([result.contrast.id for result in analysis.results], ("README", "summary"))
    tables = [_contrast_sheet(r, name, analysis) for r, name in zip(analysis.results, names_of, strict=True)]
    return [_readme(analysis, tables), _summary(analysis, names_of), *tables]


def sheet_names(wanted: Sequence[str], taken: Sequence[str] = ()) -> list[str]:
    r"""Return names that Excel takes: at most 31 characters, none of ``[]:*?/\``, unique whatever the case."""
    chosen: list[str] = []
    used = {name.lower() for name in (*taken, "history")}
    for name in wanted:
        plain = re.sub(r"[\[\]:*?/\\\x00-\x1f]", "_", name).strip("' ") or "contrast"
        short, number = plain[:_MAX_NAME].strip("' "), 2
        while short.lower() in used:
            end = f"_{number}"
            short, number = plain[: _MAX_NAME - len(end)] + end, number + 1
        used.add(short.lower())
        chosen.append(short)
    return chosen


def _contrast_sheet(result: ResultTable, name: str, analysis: Analysis) -> Sheet:
    """Every gene of a contrast, best first."""
    table = best_first(result.table)
    present = {"gene_id": list(table.index), **{str(column): table[column] for column in table.columns}}
    wanted = names.style_columns(analysis.spec.output.style, present, result.statistic)
    columns = tuple(cells(present[own]) for own, _ in wanted)
    formats = tuple(_format(own, present[own]) for own, _ in wanted)
    widths = tuple(max(_WIDTHS.get(own, 11.0), len(shown) + 3.0) for own, shown in wanted)
    return Sheet(name, tuple(shown for _, shown in wanted), columns, formats, widths)


def cells(values: Any) -> list[Any]:
    """Return a column as text, float or None; numbers a spreadsheet cannot hold as 0 (tiny) or text (infinite)."""
    if isinstance(values, list):
        return [None if item is None else str(item) for item in values]
    if values.dtype.kind in "fiu":
        numbers = values.to_numpy(dtype=float)
        numbers = np.where(np.abs(numbers) < _SMALLEST, 0.0, numbers)
        if np.isfinite(numbers).all():
            whole: list[Any] = numbers.tolist()
            return whole
        return [None if v != v else str(v) if np.isinf(v) else v for v in numbers.tolist()]
    return [None if missing else str(item) for item, missing in zip(values, pd.isna(values), strict=True)]


def _format(column: str, values: Any) -> str:
    if isinstance(values, list) or values.dtype.kind not in "fiu":
        return ""
    return _FORMATS.get(column, "0.000")


def _summary(analysis: Analysis, sheet_of: Sequence[str]) -> Sheet:
    """A row per contrast: direction in words, numbers of genes."""
    statuses = [status.word for status in Status if status is not Status.OK]
    header = ("contrast", "comparison", "direction", "sheet", "fdr", "tested", "up", "down", *statuses)
    rows = []
    for result, name in zip(analysis.results, sheet_of, strict=True):
        contrast, numbers = result.contrast, result.table["status"].value_counts()
        words = (contrast.id, contrast.label, contrast.direction, name)
        tested = (result.fdr, float(result.n_tested), float(result.n_up), float(result.n_down))
        rows.append((*words, *tested, *(float(numbers.get(status, 0)) for status in statuses)))
    columns = tuple([row[i] for row in rows] for i in range(len(header)))
    formats = ("", "", "", "", "0.###", *("#,##0" for _ in range(len(header) - 5)))
    return Sheet("summary", header, columns, formats, (28.0, 28.0, 28.0, 28.0, 8.0, *(12.0,) * (len(header) - 5)))


def _readme(analysis: Analysis, tables: Sequence[Sheet]) -> Sheet:
    """What the workbook is, and what each column and status means."""
    spec, design = analysis.spec, analysis.design
    version = str(analysis.provenance.get("versions", {}).get("foldwise", ""))
    size = f"{analysis.experiment.n_genes:,} genes x {analysis.experiment.n_samples} samples"
    rows: list[tuple[str, str]] = [
        ("Made by", f"foldwise {version}".strip()),
        ("Data", size),
        ("Method", spec.method.name),
        ("Design", design.formula or "given matrix"),
        ("Sheets", "summary: a row per contrast. Then a sheet per contrast with every gene, smallest padj first."),
        ("Empty cells", "There is no value; the column status says why."),
        ("Small p-values", "A spreadsheet holds no number below 2.2e-308; such p-values stand as 0 here."),
        ("Exact numbers", "results/*.tsv: spreadsheets keep 15 to 16 digits, those files all."),
    ]
    if analysis.certificate is not None:
        found = analysis.certificate
        rows.append(("Certificate", f"{found.verdict}. {' '.join(found.reasons)} See certificate.json."))
    shown = dict.fromkeys(name for table in tables for name in table.header)
    style = spec.output.style
    for quantity in names.RESULT_COLUMNS:
        own = quantity.name if style == "canonical" else getattr(quantity, style)
        if own in shown:
            unit = f" ({quantity.unit})" if quantity.unit else ""
            meaning = "Why a value is missing, or ok: see below." if quantity.name == "status" else quantity.meaning
            rows.append((f"column {own}", meaning + unit))
    rows += [(f"status {status.word}", status.sentence) for status in Status]
    columns = ([left for left, _ in rows], [right for _, right in rows])
    return Sheet("README", ("About", ""), columns, ("", ""), (26.0, 110.0), is_table=False)
