"""Parity rows of P18: quality weights, correlated blocks, voomLmFit and batch removal, given R's kept genes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np

from foldwise.stats.cpm import log_cpm
from foldwise.stats.duplicate_correlation import BlockCorrelation, duplicate_correlation
from foldwise.stats.least_squares import Blocks, lm_fit
from foldwise.stats.remove_batch_effect import remove_batch_effect
from foldwise.stats.voom import Voom, voom
from foldwise.stats.voom_lm_fit import VoomLmFit, voom_lm_fit
from foldwise.stats.voom_quality import voom_with_quality_weights
from tests.reference import data
from tests.reference.rows import Limit, Row, compare, number
from tests.reference.rows_limma import P18, UNEQUAL, UNEQUAL_P, case, coefficient, scalars, subset, tested, top_table

# The block factor of the tables; its column is not in their design (limma specification, section 22a).
BLOCKS = {"airway": "cell", "pasilla": "type", "bottomly": "batch", "macrophage": "line", "fission": "strain"}
# Each gene's search stops by 1e-6 of its score; their trimmed mean does not feel it (trust.md P18).
CORRELATION = Limit(1e-6, kind="looser")


def limma_weight_rows(name: str) -> Iterator[Row]:
    """Every row that the tables of a data set allow."""
    yield from _quality(name)
    yield from _duplicate_correlation(name)
    yield from _batch(name)
    yield from _voom_lm_fit(name)


@cache
def quality(name: str) -> tuple[Voom, np.ndarray]:
    """The voom with quality weights of a data set."""
    c = case(name)
    return voom_with_quality_weights(c.counts, c.design, c.sizes)


def _quality(name: str) -> Iterator[Row]:
    if not data.has(name, "limma_vwqw_sample_weights"):
        return
    (v, weights), c = quality(name), case(name)
    known = data.table(name, "limma_vwqw_sample_weights").loc[c.samples, "weight"].to_numpy()
    yield compare("P18", "quality weights", name, weights, known, P18)
    yield from subset(name, "limma_vwqw_weights_subset", "voom x quality weights", v.weights, P18)
    if data.has(name, "limma_vwqw_topTable"):
        fit = lm_fit(v.values, c.design, v.weights)
        yield from top_table(name, "limma_vwqw_topTable", "quality weights", tested(fit), coefficient(name))


@cache
def blocks(name: str) -> np.ndarray:
    """Block numbers of the samples."""
    return np.unique(data.samples(name).loc[case(name).samples, BLOCKS[name]], return_inverse=True)[1]


def block_design(name: str) -> np.ndarray:
    """The design of the block tables: intercept and tested factor (macrophage: IFNg)."""
    c = case(name)
    return c.design[:, [0, c.names.index("IFNgyes") if name == "macrophage" else coefficient(name)]]


@cache
def correlations(name: str) -> tuple[BlockCorrelation, BlockCorrelation, Voom]:
    """Two rounds of voom and correlation."""
    c, design, b = case(name), block_design(name), blocks(name)
    first = voom(c.counts, design, c.sizes)
    one = duplicate_correlation(first.values, design, b, first.weights)
    second = voom(c.counts, design, c.sizes, blocks=Blocks(b, one.consensus), values=first.values)
    return one, duplicate_correlation(second.values, design, b, second.weights), second


def _duplicate_correlation(name: str) -> Iterator[Row]:
    if not data.has(name, "limma_dupcor_scalars"):
        return
    one, two, v = correlations(name)
    known = data.scalars(name, "limma_dupcor_scalars")
    yield number("P18", "block correlation, round 1", name, one.consensus, known["consensus1"], 1e-9)
    yield number("P18", "block correlation, round 2", name, two.consensus, known["consensus2"], 1e-9)
    if data.has(name, "limma_dupcor_genes"):
        theirs = data.table(name, "limma_dupcor_genes")
        ours = one.atanh[case(name).rows(theirs)]
        yield compare("P18", "block correlation of genes", name, ours, theirs["atanh"].to_numpy(dtype=float),
                      CORRELATION, names=np.asarray(theirs.index))  # fmt: skip
    fit = lm_fit(v.values, block_design(name), v.weights, blocks=Blocks(blocks(name), two.consensus))
    yield from top_table(name, "limma_dupcor_topTable", "blocks", tested(fit), 1)


def _batch(name: str) -> Iterator[Row]:
    stem = "limma_removeBatchEffect_logcpm3_subset"
    if data.has(name, stem):
        c = case(name)
        values = log_cpm(c.counts.astype(float), c.sizes, 3.0)
        cleaned = remove_batch_effect(values, batch=blocks(name), design=block_design(name))
        yield from subset(name, stem, "batch effect removed", cleaned, P18)


@cache
def voom_lm(name: str, with_block: bool = False, sample_weights: bool = False) -> VoomLmFit:
    """VoomLmFit of a data set."""
    c = case(name)
    return voom_lm_fit(
        c.counts, block_design(name) if with_block else c.design, c.sizes, block=blocks(name) if with_block else None,
        sample_weights=sample_weights,
    )  # fmt: skip


def _voom_lm_fit(name: str) -> Iterator[Row]:
    if not data.has(name, "edgeR4_voomLmFit_scalars"):
        return
    c, k = case(name), coefficient(name)
    plain, t = voom_lm(name).fit, tested(voom_lm(name).fit)
    if data.has(name, "edgeR4_voomLmFit_fit"):
        theirs = data.table(name, "edgeR4_voomLmFit_fit")
        rows, ids = c.rows(theirs), np.asarray(theirs.index)
        matrices = (("coefficients", "coef.", plain.coefficients), ("unscaled se", "su.", plain.stdev_unscaled))
        for label, prefix, values in matrices:
            known = theirs[[prefix + n for n in c.names]].to_numpy(dtype=float)
            yield compare("P18", f"voomLmFit: {label}", name, values[rows], known, P18, names=ids)
        columns = {"sigma": plain.sigma, "df.residual": plain.df_residual, "Amean": plain.mean}
        for column, one in columns.items():
            known = theirs[column].to_numpy(dtype=float)
            yield compare("P18", f"voomLmFit: {column}", name, one[rows], known, P18, names=ids)
        known = theirs["s2.post"].to_numpy(dtype=float)
        yield compare("P18", "voomLmFit: s2.post", name, t.squeezed.posterior[rows], known, UNEQUAL, names=ids)
    yield from top_table(name, "edgeR4_voomLmFit_topTable", "voomLmFit", t, k, "P18", UNEQUAL, UNEQUAL_P)
    yield from scalars(name, "edgeR4_voomLmFit_scalars", "voomLmFit", t, tolerance=1e-9)
    weighted = voom_lm(name, sample_weights=True)
    known = data.table(name, "edgeR4_voomLmFit_sw_weights").loc[c.samples, "weight"].to_numpy()
    assert weighted.sample_weights is not None
    yield compare("P18", "voomLmFit: quality weights", name, weighted.sample_weights, known, P18)
    if data.has(name, "edgeR4_voomLmFit_sw_topTable"):
        yield from top_table(name, "edgeR4_voomLmFit_sw_topTable", "voomLmFit quality", tested(weighted.fit), k, "P18",
                             UNEQUAL, UNEQUAL_P)  # fmt: skip
    if data.has(name, "edgeR4_voomLmFit_block_scalars"):
        found = voom_lm(name, True)
        known_rho = data.scalars(name, "edgeR4_voomLmFit_block_scalars")["correlation"]
        assert found.correlation is not None
        yield number("P18", "voomLmFit: block correlation", name, found.correlation, known_rho, 1e-9)
        yield from top_table(name, "edgeR4_voomLmFit_block_topTable", "voomLmFit blocks", tested(found.fit), 1, "P18",
                             UNEQUAL, UNEQUAL_P)  # fmt: skip
