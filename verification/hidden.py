"""What the proofs of hidden factors share: least squares with factors of each kind, on log counts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from foldwise.certify.hidden_factors import principal_components
from foldwise.certify.null_runs import Settings
from foldwise.certify.rank import RankChoice, choose_rank
from foldwise.engine.expression import Expression, expression
from foldwise.engine.threads import ThreadEngine
from foldwise.learn.factors import Adjustment, adjust, principal_factors, residuals, t_statistics
from foldwise.learn.rotation import rotation
from foldwise.model.design import Design, make_design
from foldwise.model.experiment import Experiment
from foldwise.model.spec import AnalysisSpec
from foldwise.stats.multiple_testing import benjamini_hochberg
from foldwise.stats.tails import t_two_sided

# ``adjusted`` is what foldwise does; ``residual`` is the wrong way: factors without their share along the contrast.
VARIANTS = ("adjusted", "raw", "residual")
FDR = 0.05


def expressed(experiment: Experiment, formula: str) -> tuple[Expression, Design]:
    """Return log values of the expressed genes of an experiment, and its design."""
    design = make_design(formula, experiment.samples)
    return expression(AnalysisSpec(), experiment, design, ThreadEngine(1)), design


def chosen(of: Expression, design: Design, seed: int = 1, n: int = 100) -> RankChoice:
    """Return the number of factors that foldwise chooses."""
    return choose_rank(of, design, Settings(FDR, seed), n=n)


def called(of: Expression, matrix: np.ndarray, ks: Sequence[int], variant: str) -> list[np.ndarray]:
    """Return for each number of factors the mask of the genes called (n_rows,) for the last column of a matrix."""
    if variant == "raw":
        return [_plain(of, matrix, k) for k in ks]
    split = rotation(matrix, np.eye(matrix.shape[1])[-1])
    found = residuals(of.values, split)
    leading = principal_factors(found, split.residual_df, max(ks))
    masks = []
    for k in ks:
        made = adjust(found, leading, k)
        if variant == "residual":
            made = Adjustment(np.zeros_like(made.shares), made.loadings, made.sigma, made.df)
        masks.append(_mask(t_statistics(found, made)[:, 0], split.residual_df - k, found.rows, len(of.values)))
    return masks


def _plain(of: Expression, matrix: np.ndarray, k: int) -> np.ndarray:
    """Principal components of all of the data as covariates."""
    longer = matrix if k == 0 else np.column_stack([principal_components(of, k), matrix])
    split = rotation(longer, np.eye(longer.shape[1])[-1])
    found = residuals(of.values, split)
    none = adjust(found, principal_factors(found, split.residual_df, 0), 0)
    return _mask(t_statistics(found, none)[:, 0], split.residual_df, found.rows, len(of.values))


def _mask(t: np.ndarray, df: int, rows: np.ndarray, n_genes: int) -> np.ndarray:
    mask = np.zeros(n_genes, dtype=bool)
    mask[rows] = benjamini_hochberg(t_two_sided(t, float(df))) < FDR
    return mask
