"""What a message id, a status of a gene or a column of the tables means: the words of ``foldwise explain``."""

from __future__ import annotations

from foldwise.errors import UsageError


def describe(code: str) -> str:
    """Return what ``code`` means and what to do.

    Parameters
    ----------
    code : str
        An id (``E-DESIGN-004``), a title (``E-CONFOUNDED``), a status (``low_count``) or a column (``padj``).

    Raises
    ------
    UsageError
        E-USAGE-001 with the nearest word.
    """
    from foldwise.catalogue import explain

    word = code.strip().lower().replace("-", "_")
    text = explain(code) or statuses().get(word) or columns().get(word)
    if text is None:
        from foldwise.io.wording import shown

        raise UsageError("E-USAGE-001", f"There is no message, status or column {shown(code)}.", _hint(code))
    return text


# When to use which method, in a sentence; the measured reasons are in docs/choose_a_method.md.
_USES = {
    "deseq2": "R's DESeq2 numbers; likelihood ratio tests, shrunken fold changes for ranking; needs whole counts.",
    "edger-ql": "First choice for 3 to 10 samples per group in any design; keeps its error rate; takes fractions.",
    "edger-lrt": "edgeR's likelihood ratio test; finds most with few samples and calls more falsely than it says.",
    "edger-exact": "edgeR's exact test of two groups, for comparison with older work.",
    "limma-voom": "3 or more samples per group, any design, libraries of different depth; blocks, sample weights.",
    "limma-trend": "As limma-voom where library depths are similar; fastest with many samples.",
    "ols": "Least squares on log counts, the classical tutorial; 5 or more samples per group.",
    "t": "Two groups, 5 or more samples each, no further columns.",
    "wilcoxon": "Two groups with dozens of samples each, where outliers are feared.",
}


def method_uses() -> dict[str, str]:
    """Return for every method when to use it."""
    from foldwise.method import METHODS, method_class

    return {name: _USES.get(name) or (method_class(name).__doc__ or "").split("\n")[0] for name in METHODS}


def statuses() -> dict[str, str]:
    """Return what each status of a gene means."""
    from foldwise.model.fit import Status

    return {status.word: f"{status.word}  (status of a gene)\n  {status.sentence}" for status in Status}


def columns() -> dict[str, str]:
    """Return what each column means and what other programs call it."""
    from foldwise.names import OTHER_QUANTITIES, RESULT_COLUMNS, STYLES

    found = {}
    for item in (*RESULT_COLUMNS, *OTHER_QUANTITIES):
        unit = f", in {item.unit}" if item.unit else ""
        others = [f"{name}: {getattr(item, name)}" for name in STYLES[1:] if getattr(item, name)]
        also = f"\n  {'; '.join(others)}" if others else ""
        found[item.name] = f"{item.name}  (column{unit})\n  {item.meaning.replace('``', '')}{also}"
    return found


def _hint(code: str) -> str:
    from foldwise.catalogue import CATALOGUE
    from foldwise.model.spec_options import nearest

    titles = [title for entry in CATALOGUE.values() for title in entry.titles]
    words = [*CATALOGUE, *titles, *statuses(), *columns()]
    return f"{nearest(code[:60], words)} Ids look like E-DESIGN-004; foldwise explain lists them.".strip()
