"""The design as the page shows it: sheet, matrix, who is compared with whom, replicates, confounding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from foldwise.model.analysis import Analysis
from foldwise.model.contrast import Contrast
from foldwise.report.panel import Numbers
from foldwise.report.plots_samples import association_picture, matrix_picture
from foldwise.report.sheet import SheetColumn, association_map, comparison_members, cross_table, pairing_column
from foldwise.report.words import listed, plural

_MAX_ROWS = 500


@dataclass(frozen=True)
class CrossTable:
    """Replicates: number of samples in each cell of one or two factors."""

    row_name: str
    column_name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True)
class Comparison:
    """Who stands against whom in one contrast."""

    label: str
    direction: str
    groups: tuple[tuple[str, tuple[str, ...]], ...]
    weights: tuple[tuple[str, str], ...]
    note: str


@dataclass(frozen=True)
class DesignView:
    """Everything the design section shows."""

    formula: str
    source: str
    facts: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    n_hidden_rows: int
    matrix: str
    matrix_numbers: Numbers | None
    comparisons: tuple[Comparison, ...]
    replicates: CrossTable | None
    map: str
    pairs: tuple[str, ...]


def design_view(analysis: Analysis, columns: list[SheetColumn]) -> DesignView:
    """Return the design section's content."""
    design, samples = analysis.design, analysis.experiment.samples
    names = [str(name) for name in samples.index]
    cells = [[str(value) for value in row] for row in samples.to_numpy(dtype=object).tolist()]
    rows = tuple((name, tuple(row)) for name, row in zip(names, cells, strict=True))[:_MAX_ROWS]
    n, p = design.matrix.shape
    usable, pairs = association_map(columns)
    sentence = f"Design matrix of {plural(n, 'sample')} and {plural(p, 'coefficient')}."
    return DesignView(
        formula=design.formula or "(matrix given)",
        source={
            "given": "as given",
            "guessed": "guessed from the sample sheet",
            "matrix": "given as a matrix",
        }.get(design.source, design.source),
        facts=f"{plural(n, 'sample')}, {plural(p, 'coefficient')}, {plural(n - p, 'residual degree')} of freedom",
        header=tuple(str(name) for name in samples.columns),
        rows=rows,
        n_hidden_rows=max(len(names) - _MAX_ROWS, 0),
        matrix=matrix_picture(design.matrix, design.coefficient_names, names, sentence),
        matrix_numbers=_matrix_numbers(design.matrix, design.coefficient_names, names),
        comparisons=tuple(_comparison(analysis, result.contrast) for result in analysis.results),
        replicates=_replicates(columns),
        map=association_picture(usable, pairs) if len(usable) > 1 else "",
        pairs=tuple(f"{a} and {b}: {word}" for a, b, value, word in pairs if value >= 0.05 or len(pairs) <= 3)[:20],
    )


def _matrix_numbers(matrix: np.ndarray, coefficients: Sequence[str], names: Sequence[str]) -> Numbers | None:
    if matrix.shape[1] > 24:
        return None
    rows = tuple((name, tuple(f"{v:.4g}" for v in row)) for name, row in zip(names[:_MAX_ROWS], matrix, strict=False))
    return Numbers(("sample", *coefficients), rows)


def _comparison(analysis: Analysis, contrast: Contrast) -> Comparison:
    names = np.array([str(name) for name in analysis.experiment.samples.index], dtype=object)
    rows = [contrast.vector] if contrast.matrix is None else list(contrast.matrix)
    weights = tuple(
        (name, f"{value:+.4g}")
        for row in rows
        for name, value in zip(analysis.design.coefficient_names, row, strict=True)
        if value
    )
    factor = next((f for f in analysis.design.factors if f.name == contrast.variable), None)
    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()
    note = ""
    if factor is not None and contrast.target in factor.levels and contrast.reference in factor.levels:
        codes = np.asarray(factor.codes)
        levels = [str(contrast.target), str(contrast.reference)]
        groups = tuple((level, tuple(names[codes == factor.levels.index(level)].tolist())) for level in levels)
        others = [f.name for f in analysis.design.factors if f.name != factor.name] + list(analysis.design.numeric)
        pair = pairing_column(analysis, contrast)
        if pair is not None:
            note = f"Paired by {pair}: each of its levels is compared with itself."
        elif others:
            note = f"Adjusted for {listed(others)}."
        n_other = int((~comparison_members(analysis, contrast)).sum())
        if n_other:
            note += f" {plural(n_other, 'other sample')} help to estimate the spread."
    return Comparison(contrast.label, contrast.direction, groups, weights, note.strip())


def _replicates(columns: list[SheetColumn]) -> CrossTable | None:
    """Count samples over the design factors: the last named in columns, the others joined in rows."""
    factors = [column for column in columns if column.in_design and column.levels]
    if not factors:
        return None
    if len(factors) == 1:
        counts = np.bincount(factors[0].codes[factors[0].codes >= 0], minlength=len(factors[0].levels))
        return CrossTable("", factors[0].name, factors[0].levels, (("samples", tuple(counts.tolist())),))
    last, rest = factors[-1], factors[:-1]
    combinations, row = np.unique(np.column_stack([f.codes for f in rest]), axis=0, return_inverse=True)
    table = cross_table(np.ravel(row), last.codes)
    names = [" · ".join(f.levels[code] for f, code in zip(rest, codes, strict=True)) for codes in combinations]
    body = tuple((name, tuple(table[i].tolist())) for i, name in enumerate(names))
    return CrossTable(" · ".join(f.name for f in rest), last.name, last.levels, body[:60])
