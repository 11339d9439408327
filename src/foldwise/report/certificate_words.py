"""A certificate in plain sentences, for terminal, page, card and notebook."""

from __future__ import annotations

import math

import numpy as np

from foldwise.model.certificate import Certificate, ContrastCertificate
from foldwise.report.words import percent, plural, whole

# With the labels as they are, so many give a bound with 95 % confidence.
_LEAST_SCRAMBLES = 19
MEANING = {
    "PASS": "The null runs behaved as they should: nothing in these samples speaks against the false discovery rate.",
    "WARN": "The certificate neither fails the result nor vouches for it.",
    "FAIL": "The analysis calls genes too often where there is nothing to find: its false discovery rate is not what "
    "it says.",
    "NONE": "The certificate could not be made. The result is neither confirmed nor refuted.",
}
NOT_RUN = (
    "Not run. A certificate repeats the whole analysis on made-up groupings of the same samples, where nothing can be "
    "found, and counts what is found all the same. To make it: foldwise certify DIR, with the folder of this page."
)


def null_runs_sentence(found: Certificate) -> str:
    """Return how many null runs called genes, and how many of them."""
    n = len(found.discoveries)
    if not n:
        return "No null run was made."
    level = percent(found.level)
    if not found.n_any:
        return f"0 of {plural(n, 'null run')} called any gene at FDR {level}."
    called = found.discoveries[found.discoveries > 0]
    low, high = int(called.min()), int(called.max())
    genes = plural(low, "gene") if low == high else f"{whole(low)} to {whole(high)} genes"
    return f"{whole(found.n_any)} of {plural(n, 'null run')} called {genes} at FDR {level}, each of them false."


def list_sentence(item: ContrastCertificate) -> str:
    """Return how many of the called genes are expected to be false."""
    if not item.n_called:
        return "No gene is called, so none is false."
    text = f"Of the {whole(item.n_called)} called genes about {count(item.false)} are expected to be false"
    return f"{text} ({share(item.fdp)}; {share(item.fdp_upper)} at the 95 % quantile of the null runs)."


def bound_sentence(item: ContrastCertificate) -> str:
    """Return the post hoc bound on the called genes, or why there is none."""
    if item.bound is None or item.bound.scale <= 0:
        return f"No post hoc bound can be given: {why_no_bound(item)}."
    if not item.n_called or item.bound_false is None:
        return ""
    text = f"At most {whole(item.bound_false)} of the {whole(item.n_called)} called genes are false"
    return f"{text} ({confidence(item)})."


def confidence(item: ContrastCertificate) -> str:
    """Return the confidence of the bound: ``95 %, approximate``."""
    if item.bound is None:
        return ""
    return f"{percent(1 - item.bound.level)}{', approximate' if item.bound.approximate else ''}"


def why_no_bound(item: ContrastCertificate) -> str:
    """Return why the samples of a contrast give no bound."""
    made = item.scrambles
    if made is None:
        return "the samples cannot be exchanged under this design"
    if made.n_distinct is not None and made.n_distinct < _LEAST_SCRAMBLES:
        return f"only {plural(made.n_distinct, 'scramble')} of the samples exist, and 95 % confidence needs 19"
    return "its level cannot be reached with these scrambles"


def terminal_line(found: Certificate) -> str:
    """Return the certificate in one line: verdict, false genes in null runs, and what that means for the lists."""
    if found.verdict == "NONE":
        return "NONE: the certificate cannot be made"
    parts = [null_runs_sentence(found).rstrip(".")]
    for item in found.contrasts:
        name = f"{item.id}: " if len(found.contrasts) > 1 else ""
        if not item.n_called:
            parts.append(f"{name}no gene called")
            continue
        text = f"{name}of {whole(item.n_called)} called about {count(item.false)} false"
        text += f" ({share(item.fdp)}, upper {share(item.fdp_upper)})"
        if item.bound is not None and item.bound_false is not None:
            text += f", at most {whole(item.bound_false)} ({confidence(item)})"
        parts.append(text)
    return f"{found.verdict}: {'; '.join(parts)}"


def count(value: float) -> str:
    """Return an expected number of genes: ``0``, ``1.2``, ``341``."""
    if not math.isfinite(value):
        return "–"
    return f"{value:.1f}".removesuffix(".0") if value < 10 else whole(value)


def share(value: float) -> str:
    """Return a proportion that may be 0 or above 1 as percent."""
    if not math.isfinite(value):
        return "–"
    return "0 %" if value == 0 else "< 0.1 %" if value < 0.001 else percent(value)


def only_few_samples(found: Certificate) -> bool:
    """Whether a WARN says nothing but that there are too few groupings of the samples."""
    made = found.regrouping
    if found.verdict != "WARN" or made is None or made.n_distinct is None or made.n_distinct >= 100:
        return False
    lists = np.array([item.fdp for item in found.contrasts if item.n_called], dtype=float)
    return not made.approximate and not (lists > 2 * found.level).any()
