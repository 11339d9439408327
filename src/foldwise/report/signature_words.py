"""A judged signature in sentences: for the terminal, the page and Python's ``print``."""

from __future__ import annotations

import math

from foldwise.model.signature import SignatureResult
from foldwise.report.svg import shorten
from foldwise.report.words import listed, p_text, plural

PREDICTIVE = (
    "Predictive is not differential: of genes that say the same one is chosen and the others are left out, and a gene "
    "of the panel need not be a cause. Which genes differ is the question of foldwise run."
)
SCOPE = (
    "Judged is the way of making a signature, on samples of this study that were held out. New laboratories, platforms "
    "and populations are another matter: validate the model there before it is used."
)
_MAX_NAMES = 10


def sentences(result: SignatureResult) -> tuple[str, ...]:
    """Return what was found, the most important first."""
    return (
        classes_sentence(result),
        score_sentence(result),
        *permutation_sentence(result),
        baseline_sentence(result),
        genes_sentence(result),
        PREDICTIVE,
    )


def classes_sentence(result: SignatureResult) -> str:
    """Return which classes are told apart, and how many persons they have."""
    low, high = result.model.classes
    persons = "persons" if result.group else "samples"
    counts = f"{result.n_persons[1]:,} and {result.n_persons[0]:,} {persons}"
    samples = f" ({sum(result.n_samples):,} samples)" if result.group else ""
    return f"{shorten(result.model.outcome, 40)}: {shorten(high, 40)} against {shorten(low, 40)}, {counts}{samples}"


def score_sentence(result: SignatureResult) -> str:
    """Return AUC, interval, balanced accuracy and Brier score."""
    score = result.score
    return (
        f"AUC {number(score.auc)} (95 % {number(score.low)} to {number(score.high)}), balanced accuracy "
        f"{number(score.balanced_accuracy)}, Brier score {number(score.brier, 3)}, on held-out samples"
    )


def permutation_sentence(result: SignatureResult) -> tuple[str, ...]:
    """Return the p-value of the permutations, if there were any."""
    n = len(result.permuted)
    if not n:
        return ()
    beyond = int((result.permuted >= result.permuted_score - 1e-12).sum())
    return (
        f"p {p_text(result.pvalue)}: {beyond:,} of {n:,} permutations of the labels reach that AUC; p cannot be below "
        f"{p_text(1 / (n + 1))}",
    )


def baseline_sentence(result: SignatureResult) -> str:
    """Return the AUC of each baseline."""
    parts = [f"{score.name} {number(score.auc)}" for score in result.baselines]
    return f"AUC of baselines: {', '.join(parts)}"


def genes_sentence(result: SignatureResult) -> str:
    """Return how many genes are stable, and the first of them."""
    stable = result.stable
    if not len(stable):
        return "No gene was chosen in 80 % of the folds: other samples of the same kind would give another panel"
    names = stable["gene_name"] if "gene_name" in stable.columns else stable.index
    ids = stable.index
    shown = [
        shorten(name if isinstance(name, str) and name else gene, 24) for name, gene in zip(names, ids, strict=True)
    ]
    return f"{plural(len(stable), 'gene')} chosen in at least 80 % of the folds: {listed(shown, _MAX_NAMES)}"


def number(value: float, digits: int = 2) -> str:
    """Return a number with its digits, or a dash."""
    return f"{value:.{digits}f}" if math.isfinite(value) else "–"
