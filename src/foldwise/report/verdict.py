"""What came out of each contrast, in numbers and one plain sentence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foldwise.model.analysis import Analysis
from foldwise.model.fit import Status
from foldwise.model.results import ResultTable
from foldwise.report.payload import status_counts
from foldwise.report.plots_genes import share_bar
from foldwise.report.words import p_text, percent, plural, signed, whole

_N_STRONGEST = 3  # genes of each direction on the card
_SHARES = (
    ("up", "higher", "#D55E00"),
    ("down", "lower", "#0072B2"),
    ("ok", "tested, not called", "#8A939D"),
    (Status.LOW_COUNT.word, "count too low to call", "#B4BBC3"),
    (Status.COUNT_OUTLIER.word, "set aside for an outlier count", "#CC79A7"),
    (Status.NOT_ESTIMABLE.word, "not estimable", "#E69F00"),
    (Status.ALL_ZERO.word, "no reads", "#DFE3E7"),
)


@dataclass(frozen=True)
class Verdict:
    """One contrast at a glance.

    ``shares`` holds (class, label, number) of the parts of all genes; ``bar`` their picture;
    ``strongest`` (row, gene, arrow, log2 fold change, adjusted p) of the first genes of each direction.
    """

    id: str
    label: str
    direction: str
    fdr: str
    n_up: int
    n_down: int
    n_tested: int
    up_word: str
    down_word: str
    sentence: str
    shares: tuple[tuple[str, str, int], ...]
    bar: str
    strongest: tuple[tuple[int, str, str, str, str], ...] = ()

    @property
    def n_called(self) -> int:
        """Genes called in either direction."""
        return self.n_up + self.n_down


def verdict(
    analysis: Analysis, result: ResultTable, names: np.ndarray | None = None, places: dict[int, int] | None = None
) -> Verdict:
    """Return the verdict of one contrast.

    Parameters
    ----------
    analysis : Analysis
    result : ResultTable
    names : ndarray, optional
        Gene names in table order.
    places : dict, optional
        Row in the page of each gene that is in it, where some are left out.
    """
    contrast = result.contrast
    up_word = f"higher in {contrast.target}" if contrast.target else "up"
    down_word = f"lower in {contrast.target}" if contrast.target else "down"
    shares = tuple(share for share in _shares(result) if share[2] or share[0] in ("up", "down", "ok"))
    label = "All genes: " + ", ".join(f"{whole(n)} {name}" for _, name, n in shares) + "."
    colours = {name: colour for name, _, colour in _SHARES}
    bar = share_bar([(name, n, colours[name]) for name, _, n in shares], label)
    sentence = _sentence(analysis, result)
    strongest = tuple(
        (row[0] if places is None else places.get(row[0], -1), *row[1:]) for row in _strongest(result, names)
    )
    head = (contrast.id, contrast.label, contrast.direction, percent(result.fdr))
    return Verdict(
        *head, result.n_up, result.n_down, result.n_tested, up_word, down_word, sentence, shares, bar, strongest
    )


def _shares(result: ResultTable) -> list[tuple[str, str, int]]:
    status = status_counts(result)
    n_rest = result.n_tested - result.n_up - result.n_down
    numbers = status | {"up": result.n_up, "down": result.n_down, "ok": n_rest}
    return [(name, label, numbers[name]) for name, label, _ in _SHARES]


def _strongest(result: ResultTable, names: np.ndarray | None) -> tuple[tuple[int, str, str, str, str], ...]:
    table = result.table
    p, padj, change = (table[key].to_numpy(dtype=float) for key in ("pvalue", "padj", "log2_fold_change"))
    found: list[tuple[int, str, str, str, str]] = []
    for arrow, rows in (
        ("▲", np.flatnonzero((padj < result.fdr) & (change > 0))),
        ("▼", np.flatnonzero((padj < result.fdr) & (change < 0))),
    ):
        for i in rows[np.lexsort((-np.abs(change[rows]), p[rows]))][:_N_STRONGEST].tolist():
            name = str(table.index[i]) if names is None or not names[i] else str(names[i])
            found.append((i, name, arrow, signed(float(change[i])), p_text(float(padj[i]))))
    return tuple(found)


def _sentence(analysis: Analysis, result: ResultTable) -> str:
    called = result.n_up + result.n_down
    if not called:
        return _nothing_found(result)
    contrast = result.contrast
    what = _what_was_tested(analysis, result)
    text = (
        f"At a false discovery rate of {percent(result.fdr)}, {whole(called)} of {whole(result.n_tested)} tested genes "
        f"{what}: "
    )
    if contrast.target and contrast.reference:
        text += (
            f"{whole(result.n_up)} are higher and {whole(result.n_down)} lower in {contrast.target} "
            f"than in {contrast.reference}."
        )
    elif contrast.matrix is not None:
        text += (
            f"{whole(result.n_up)} have a positive and {whole(result.n_down)} a negative fold change "
            f"in the one that is shown ({contrast.direction.removeprefix('fold change: ')})."
        )
    else:
        text += f"{whole(result.n_up)} go up and {whole(result.n_down)} down ({contrast.direction})."
    expected = result.fdr * called
    # A certificate says it of these samples, and the card shows that in place of what the method promises
    judged = analysis.certificate is not None and any(c.id == contrast.id for c in analysis.certificate.contrasts)
    if expected >= 1 and not judged:
        text += f" Expect up to about {whole(expected)} of the {whole(called)} to be false."
    return text


def _what_was_tested(analysis: Analysis, result: ResultTable) -> str:
    method = analysis.spec.method
    if method.test == "lrt":
        return f"fit better under the full design than under {analysis.spec.design.reduced or 'the reduced one'}"
    if result.lfc_threshold <= 0:
        matrix = result.contrast.matrix
        return "differ" if matrix is None else f"differ in at least one of the {len(matrix)} coefficients tested"
    fold = f"{2.0**result.lfc_threshold:.3g}-fold"
    words = {
        "lessAbs": f"change by less than {fold}",
        "greater": f"rise by more than {fold}",
        "less": f"fall by more than {fold}",
    }
    return words.get(method.alternative, f"change by more than {fold}")


def _nothing_found(result: ResultTable) -> str:
    padj = result.table["padj"].to_numpy(dtype=float)
    if not np.isfinite(padj).any():
        return "No gene could be tested; the status column says why for each."
    best = int(np.nanargmin(padj))
    gene = str(result.table.index[best])
    gene = gene if len(gene) <= 40 else gene[:39] + "…"
    return (
        f"No gene is called at a false discovery rate of {percent(result.fdr)} among "
        f"{plural(result.n_tested, 'tested gene')}. "
        f"The smallest adjusted p-value is {padj[best]:.2g} ({gene}). This does not show that nothing changes: "
        "with this number of samples smaller effects may be missed."
    )
