"""Five authors, a paper, a short note, a lab book, a talk and a reviewer, and how each writes names and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from foldwise.report.interpretation.evidence import Evidence
from foldwise.report.interpretation.named import gene_label, group_label, rows_by_name
from foldwise.report.interpretation.ranks import called_rows
from verification.narratives.lines import Slot


@dataclass(frozen=True, eq=False)
class Style:
    """How one author writes numbers."""

    decimals: int
    minus: str
    plus: str
    comma: bool
    power: str  # e: 1e-5, x: 1 x 10^-5, s: superscripts
    percent: str


STYLES = {
    "paper": Style(2, "\u2212", "", True, "x", " %"),
    "note": Style(1, "-", "+", False, "e", "%"),
    "lab book": Style(3, "-", "", False, "e", " %"),
    "talk": Style(1, "\u2212", "+", True, "s", " percent"),
    "reviewer": Style(2, "-", "", True, "e", "%"),
}
_UP = {"paper": "upregulated", "note": "up", "lab book": "induced", "talk": "higher", "reviewer": "increased"}
_DOWN = {"paper": "downregulated", "note": "down", "lab book": "repressed", "talk": "lower", "reviewer": "decreased"}
_SUPERSCRIPT = str.maketrans("0123456789-", "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079\u207b")


@dataclass(eq=False)
class Author:
    """Somebody who tells of a result.

    Parameters
    ----------
    name : str
        A key of `STYLES`.
    evidence : Evidence
    rng : Generator
    """

    name: str
    evidence: Evidence
    rng: np.random.Generator

    def __post_init__(self) -> None:
        self.style = STYLES[self.name]
        self.table = self.evidence.table
        self.rows = rows_by_name(self.table)
        self.up, self.down = called_rows(self.evidence, 1), called_rows(self.evidence, -1)
        self.target, self.reference = group_label(self.evidence.target), group_label(self.evidence.reference)

    # --- how values are written ---

    def gene(self, row: int) -> Slot:
        """Return a gene, by name or id."""
        return Slot("gene", int(row), lambda value: gene_label(self.table, int(str(value)), self.rows))

    def change(self, row: int) -> Slot:
        """Return its log2 fold change."""

        def write(value: object) -> str:
            number = float(str(value))
            sign = self.style.plus if number >= 0 else self.style.minus
            return f"{sign}{abs(number):.{self.style.decimals}f}"

        return Slot("change", self._cell("log2_fold_change", row), write, str(row))

    def fold(self, row: int) -> Slot:
        """Return its fold change as a ratio above 1."""
        return Slot(
            "number", 2.0 ** abs(self._cell("log2_fold_change", row)), lambda v: f"{float(str(v)):.1f}", str(row)
        )

    def percent(self, row: int) -> Slot:
        """Return its change in percent."""
        value = 100 * abs(2.0 ** self._cell("log2_fold_change", row) - 1)
        return Slot("number", value, lambda v: f"{float(str(v)):.0f}{self.style.percent}", str(row))

    def padj(self, row: int) -> Slot:
        """Return its adjusted p-value."""
        return Slot("number", self._cell("padj", row), lambda value: self.p(float(str(value))), str(row))

    def pvalue(self, row: int) -> Slot:
        """Return its p-value."""
        return Slot("number", self._cell("pvalue", row), lambda value: self.p(float(str(value))), str(row))

    def mean(self, row: int) -> Slot:
        """Return its mean count."""
        return Slot("number", self._cell("base_mean", row), lambda value: self.whole(float(str(value))), str(row))

    def count(self, value: float) -> Slot:
        """Return a number of genes or of something else."""
        return Slot("count", int(value), lambda v: self.whole(float(str(v))))

    def about(self, value: float) -> Slot:
        """Return a number rounded to two digits, for ``about``."""

        def write(v: object) -> str:
            number = float(str(v))
            place = max(int(np.floor(np.log10(max(number, 1)))) - 1, 0)
            return self.whole(round(number / 10**place) * 10**place)

        return Slot("about", int(value), write)

    def share(self, part: float, whole: float) -> Slot:
        """Return a share in percent."""
        return Slot("share", 100 * part / max(whole, 1), lambda v: f"{float(str(v)):.0f}{self.style.percent}")

    def level(self) -> Slot:
        """Return the FDR."""
        return Slot("level", self.evidence.fdr, lambda v: f"{100 * float(str(v)):g}{self.style.percent}")

    def way(self, sign: int) -> Slot:
        """Return a word of direction."""
        return Slot("direction", sign, lambda v: _UP[self.name] if int(str(v)) > 0 else _DOWN[self.name])

    def word(self, sign: int, up: str, down: str) -> Slot:
        """Return one of two words of direction."""
        return Slot("direction", sign, lambda v: up if int(str(v)) > 0 else down)

    def group(self, which: str) -> Slot:
        """Return a group by its name."""
        return Slot("group", which, lambda v: self.target if v == "target" else self.reference)

    def whole(self, value: float) -> str:
        """Return a whole number."""
        return f"{value:,.0f}" if self.style.comma else f"{value:.0f}"

    def p(self, value: float) -> str:
        """Return a p-value."""
        if value == 0 or value >= 0.001:
            return f"{value:.2g}" if value else "0"
        mantissa, exponent = f"{value:.1e}".split("e")
        power = str(int(exponent))
        if self.style.power == "e":
            return f"{mantissa}e{power}"
        return (
            f"{mantissa} x 10^{power}"
            if self.style.power == "x"
            else f"{mantissa} \u00d7 10{power.translate(_SUPERSCRIPT)}"
        )

    def _cell(self, column: str, row: int) -> float:
        return float(self.table[column].iloc[row])

    def pick(self, rows: Sequence[int] | np.ndarray, n: int = 1) -> list[int]:
        """Return some of the rows, strong ones more often."""
        pool = np.asarray(rows)[: max(60, n)]
        return [int(row) for row in self.rng.choice(pool, n, replace=False)]
