"""An analysis with hidden factors in its design, estimated anew for whatever design and contrasts it is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from foldwise.certify.procedure import Outcome, Procedure, classical
from foldwise.engine.base import Engine
from foldwise.engine.expression import Expression, expression
from foldwise.engine.preparation import of_rows, tested_rows
from foldwise.engine.threads import ThreadEngine
from foldwise.learn.factors import adjust, factor_columns, principal_factors, residuals
from foldwise.learn.rotation import Rotation, rotation
from foldwise.model.contrast import Contrast
from foldwise.model.design import Design, append_columns
from foldwise.model.experiment import Experiment
from foldwise.model.fit import Status
from foldwise.model.normalization import SizeFactors
from foldwise.model.spec import AnalysisSpec

# Of the appended coefficients; the dots keep them apart from what users write.
NAME = "hidden.factor."
ADJUSTED, RAW = "adjusted", "raw"


@dataclass(frozen=True, eq=False)
class FactorSettings:
    """How hidden factors are estimated.

    Parameters
    ----------
    k : int
        Their number.
    kind : str
        ``adjusted``: from the part of the data that the design leaves, their share along the contrast by a robust
        regression over genes. ``raw``: plain principal components of all of it.
    controls : ndarray of bool, (n_genes,), or None
        Genes that the contrast does not change; the share is learned from them alone.
    given : SizeFactors or None
        Size factors that no label changes, used for the fit; and for the factors where the user brings them.
    """

    k: int
    kind: str = ADJUSTED
    controls: np.ndarray | None = None
    given: SizeFactors | None = None


def with_factors(spec: AnalysisSpec, settings: FactorSettings) -> Procedure:
    """Return the user's whole analysis with hidden factors appended to the design.

    Genes are filtered by the design without them, so that the same genes are tested.
    """

    def run(
        experiment: Experiment, design: Design, contrasts: Sequence[Contrast], seed: np.random.SeedSequence
    ) -> tuple[Outcome, ...]:
        engine = ThreadEngine(1)
        columns = hidden_columns(spec, experiment, design, contrasts, settings, engine)
        longer, longer_contrasts = lengthened(design, contrasts, columns)
        rows = None if experiment.lengths is not None else tested_rows(spec, experiment, design)
        if rows is None:
            return classical(spec, settings.given)(experiment, longer, longer_contrasts, seed)
        unfiltered = replace(spec, filter=replace(spec.filter, rule="none"))
        given = of_rows(settings.given, None, rows)[0]
        found = classical(unfiltered, given)(experiment.take(rows), longer, longer_contrasts, seed)
        return tuple(_of_all_genes(each, rows, experiment.n_genes) for each in found)

    return run


def _of_all_genes(outcome: Outcome, rows: np.ndarray, n_genes: int) -> Outcome:
    """Put the values of some genes in their places; the others were left out for their few reads."""

    def whole(values: np.ndarray) -> np.ndarray:
        every = np.full(n_genes, Status.LOW_COUNT if values.dtype == np.int8 else np.nan, dtype=values.dtype)
        every[rows] = values
        return every

    return Outcome(
        whole(outcome.pvalue), whole(outcome.padj), whole(outcome.statistic), whole(outcome.log2_fold_change),
        whole(outcome.base_mean), whole(outcome.status.astype(np.int8)),
    )  # fmt: skip


def hidden_columns(
    spec: AnalysisSpec, experiment: Experiment, design: Design, contrasts: Sequence[Contrast],
    settings: FactorSettings, engine: Engine,
) -> np.ndarray:  # fmt: skip
    """Return the columns (n_samples, k) to append to the design."""
    if settings.k == 0:
        return np.zeros((design.n_samples, 0))
    of = expression(spec, experiment, design, engine, brought(settings.given, experiment))
    if settings.kind == RAW:
        return principal_components(of, settings.k)
    split = rotation(design.matrix, contrast_rows(contrasts))
    found = residuals(of.values, split)
    controls = None if settings.controls is None else settings.controls[of.rows][found.rows]
    leading = principal_factors(found, split.residual_df, settings.k)
    return factor_columns(split, leading, adjust(found, leading, settings.k, controls))


def brought(factors: SizeFactors | None, experiment: Experiment) -> SizeFactors | None:
    """Return size factors where the user brings them for all these samples; None where they were estimated."""
    usable = factors is not None and factors.kind == "given" and len(factors.values) == experiment.n_samples
    return factors if usable else None


def principal_components(of: Expression, k: int) -> np.ndarray:
    """Return the leading principal components (n_samples, k) of genes centered and scaled to variance 1."""
    n = of.values.shape[1]
    constant = np.full((n, 1), 1.0 / np.sqrt(n))
    found = residuals(of.values, Rotation(constant[:, :0], np.zeros(0), constant))
    return principal_factors(found, n - 1, k).factors


def contrast_rows(contrasts: Sequence[Contrast]) -> np.ndarray:
    """Return all tested sums of coefficients as rows, (m, n_coefficients)."""
    return np.concatenate([each.vector[None, :] if each.matrix is None else each.matrix for each in contrasts])


def lengthened(
    design: Design, contrasts: Sequence[Contrast], columns: np.ndarray
) -> tuple[Design, tuple[Contrast, ...]]:
    """Return the design with the columns at its end, and the contrasts with weights of 0 for them.

    Raises
    ------
    DesignError
        E-DESIGN-003 or 005 where a column follows from the design.
    """
    k = columns.shape[1]
    if k == 0:
        return design, tuple(contrasts)
    longer = append_columns(design, columns, [f"{NAME}{j + 1}" for j in range(k)])
    return longer, tuple(
        replace(
            each,
            vector=np.concatenate([each.vector, np.zeros(k)]),
            matrix=None if each.matrix is None else np.column_stack([each.matrix, np.zeros((len(each.matrix), k))]),
        )
        for each in contrasts
    )
