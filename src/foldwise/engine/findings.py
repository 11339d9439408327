"""What a run finds that its user must know: filters, lengths, fits, and what pictures leave out."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from foldwise.engine.batch_removal import Removal
from foldwise.model.analysis import Message
from foldwise.model.experiment import Experiment
from foldwise.model.fit import Fit, Status
from foldwise.model.method_facts import takes_length_offsets
from foldwise.model.spec import AnalysisSpec
from foldwise.stats import size_factors as rules

# Size factors twice as large move p-values by some percent
FAR_FROM_ONE = 2.0


def of_lengths(spec: AnalysisSpec, lengths: np.ndarray | None) -> Iterator[Message]:
    """What became of gene lengths."""
    if lengths is None:
        return
    if takes_length_offsets(spec):
        text = "Average transcript lengths are an offset of each gene in each sample, beside its depth."
    else:
        text = f"Method {spec.method.name} takes no offsets: it gets abundance (TPM) scaled to the gene's mean length "
        text += "and to the reads of each sample, so that changes of transcript length are gone."
    yield Message("note", "", text, {"lengths": "offset" if takes_length_offsets(spec) else "scaled"})


def of_filter(spec: AnalysisSpec, experiment: Experiment, rows: np.ndarray | None) -> Iterator[Message]:
    """How many genes the filter left out."""
    if rows is not None:
        n = experiment.n_genes - len(rows)
        yield Message(
            "note", "",
            f"{n:,} of {experiment.n_genes:,} genes have too few reads to be tested (fewer than about "
            f"{spec.filter.min_count:g} in as many samples as the smallest group has) and were left out before the "
            "fit; --filter none keeps them.",
            {"genes": n, "kept": len(rows)},
        )  # fmt: skip


def of_fit(spec: AnalysisSpec, fit: Fit) -> Iterator[Message]:
    """What the fit found and the user must know."""
    dispersions = fit.dispersions
    if spec.method.name == "deseq2" and dispersions is not None and dispersions.trend_kind != spec.method.trend:
        yield Message(
            "warning", "W-FIT-001",
            f"The {spec.method.trend} dispersion trend could not be fitted to these data; a {dispersions.trend_kind} "
            "trend was used, as DESeq2 does. Look at the dispersion plot.",
            {"asked": spec.method.trend, "used": dispersions.trend_kind},
        )  # fmt: skip
    factors = fit.size_factors
    if spec.method.name == "deseq2" and factors is not None and factors.kind == "given":
        center = rules.geometric_mean(np.ravel(factors.values if factors.matrix is None else factors.matrix))
        if not 1 / FAR_FROM_ONE <= center <= FAR_FROM_ONE:
            yield Message(
                "warning", "W-NORM-002",
                f"The geometric mean of the given size factors is {center:.3g}. DESeq2's start values and its search "
                "for outliers take a normalized count for a read, so p-values hang on this scale. Divide the factors "
                "by their geometric mean.",
                {"geometric_mean": center},
            )  # fmt: skip
    n = int((fit.status == Status.NOT_CONVERGED).sum())
    if n:
        yield Message(
            "warning", "W-FIT-002",
            f"The fit of {n} gene{'s' if n > 1 else ''} did not converge; their numbers are the last iterate "
            "(status not_converged).",
            {"genes": n},
        )  # fmt: skip
    if fit.replaced is not None and fit.replaced.any():
        n = int(fit.replaced.sum())
        yield Message(
            "note", "",
            f"Outlier counts of {n} gene{'s' if n > 1 else ''} were replaced by the trimmed mean and the genes "
            "refitted (Cook's distance above the cut, at least seven replicates).",
            {"genes": n},
        )  # fmt: skip
    if fit.used_optim.any():
        n = int(fit.used_optim.sum())
        yield Message("note", "", f"{n} gene{'s' if n > 1 else ''} needed the slower L-BFGS-B optimizer.", {"genes": n})


def of_removal(removal: Removal | None) -> Iterator[Message]:
    """Which batches pictures do not show."""
    if removal is not None:
        yield Message(
            "note", "",
            f"PCA, distances and heatmap are shown without the effects of {', '.join(removal.words)}; tests are not "
            "touched by this.",
            {"columns": list(removal.columns)},
        )  # fmt: skip
