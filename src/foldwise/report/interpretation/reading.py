"""One sentence while it is judged: its parts, which of them a check has taken, and what was found wrong."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from foldwise.report.interpretation.evidence import Evidence
from foldwise.report.interpretation.tokens import Token

ENTITIES = ("gene", "set")


@dataclass(frozen=True, eq=False)
class Group:
    """Genes or sets named one after the other: ``A, B and C``."""

    places: tuple[int, ...]
    names: tuple[str, ...]
    kind: str

    @property
    def start(self) -> int:
        """Place of the first."""
        return self.places[0]

    @property
    def stop(self) -> int:
        """Place of the last."""
        return self.places[-1]


@dataclass(eq=False)
class Reading:
    """A sentence being judged.

    Parameters
    ----------
    parts : list of Token
    evidence : Evidence
    rows : dict of str to list of int
        Rows of the table by the name of the gene.
    carried : tuple of str
        Genes of the sentence before, for ``it`` and ``its``.
    used : set of int
        Places of parts that a check has taken.
    problems : list of (kind, text, why)
    n_claims : int
        Claims that stand.
    """

    parts: list[Token]
    evidence: Evidence
    rows: dict[str, list[int]]
    carried: tuple[str, ...] = ()
    used: set[int] = field(default_factory=set)
    problems: list[tuple[str, str, str]] = field(default_factory=list)
    n_claims: int = 0

    def judge(self, right: bool, kind: str, text: str, why: str, places: Iterable[int] = ()) -> None:
        """Note a claim that stands, or what is wrong with it; either way its parts are taken."""
        self.used.update(places)
        if right:
            self.n_claims += 1
        else:
            self.problems.append((kind, text, why))

    @cached_property
    def clauses(self) -> list[int]:
        """The clause of each part: a new one begins at ``whereas``, ``while``, ``but``."""
        number, found = 0, []
        for part in self.parts:
            number += part.kind == "break" or (part.text == ";" and not part.depth)
            found.append(number)
        return found

    @cached_property
    def aliases(self) -> dict[int, int]:
        """Places of genes in brackets after the same gene by another name, ``DUSP1 (ENSG00000120129)``, and its."""
        found = {}
        for place, part in enumerate(self.parts):
            if part.kind == "gene" and place > 1 and self.parts[place - 1].text in "([" and place + 1 < len(self.parts):
                before = self.parts[place - 2]
                if before.kind == "gene" and self.parts[place + 1].text in ")],;":
                    found[place] = place - 2
        return found

    @cached_property
    def groups(self) -> list[Group]:
        """The genes and sets named, those next to each other together; what stands in brackets after one is skipped."""
        found: list[list[int]] = []
        for place, part in enumerate(self.parts):
            if part.kind not in ENTITIES or place in self.aliases:
                continue
            joined = bool(found) and self._joined(found[-1][-1], place)
            if joined:
                found[-1].append(place)
            else:
                found.append([place])
        return [Group(tuple(each), tuple(self.parts[i].text for i in each), self.parts[each[0]].kind) for each in found]

    def _joined(self, left: int, right: int) -> bool:
        parts = self.parts
        if parts[left].kind != parts[right].kind or parts[left].depth != parts[right].depth:
            return False
        depth = parts[left].depth
        between = [part for part in parts[left + 1 : right] if part.depth == depth and part.text not in "()[]"]
        allowed = (",", "and", "or", "/", "&", "as well as", "nor")
        return all(part.lower in allowed for part in between) and bool(between or right - left == 1)

    def same_clause(self, place: int) -> range:
        """Return the places of the clause around a place."""
        clause = self.clauses[place]
        return range(self.clauses.index(clause), len(self.clauses) - self.clauses[::-1].index(clause))

    def groups_in(self, places: range) -> list[Group]:
        """Return the groups that begin within places."""
        return [group for group in self.groups if group.start in places]

    def find(self, kinds: Sequence[str], places: Iterable[int]) -> list[int]:
        """Return the places of parts of these kinds that no check has taken."""
        return [i for i in places if self.parts[i].kind in kinds and i not in self.used]

    def column(self, gene: str, column: str) -> list[float]:
        """Return the values of a gene in a column of the table."""
        if column not in self.evidence.table:
            return []
        return [float(self.evidence.table[column].iloc[row]) for row in self.rows.get(gene, [])]

    def called(self, gene: str) -> bool:
        """Tell whether a gene is called at the FDR of the run."""
        return any(value < self.evidence.fdr for value in self.column(gene, "padj"))

    def change(self, gene: str) -> float:
        """Return the log2 fold change of a gene."""
        values = self.column(gene, "log2_fold_change")
        return values[0] if values else float("nan")

    def set_values(self, name: str, column: str) -> list[float]:
        """Return the values of a gene set in a column of the enrichments."""
        found = []
        for each in self.evidence.sets:
            if column in each.table:
                own = each.table[each.table["gene_set"].astype(str) == self.set_name(name)]
                found += [float(value) for value in own[column]]
        return found

    def set_name(self, text: str) -> str:
        """Return the name in the enrichment of a set as the sentence calls it."""
        return next(part.value for part in self.parts if part.kind == "set" and part.text == text)

    def set_called(self, name: str, sign: int = 0) -> bool:
        """Tell whether a set is significant; with ``sign`` in that direction."""
        wanted = {1: ("up",), -1: ("down",)}.get(sign)
        for each in self.evidence.sets:
            own = each.table[each.table["gene_set"].astype(str) == self.set_name(name)]
            for direction, padj in zip(own["direction"].astype(str).str.lower(), own["padj"], strict=True):
                if float(padj) < self.evidence.fdr and (wanted is None or direction in wanted):
                    return True
        return False

    def mask(self, *, sign: int = 0, called: bool = False, tested: bool = False, fold: float = 0.0) -> np.ndarray:
        """Return which genes (n_genes,) are called, tested, change that way, and at least that much (log2)."""
        table = self.evidence.table
        padj, change = (table[name].to_numpy(dtype=float) for name in ("padj", "log2_fold_change"))
        kept = np.ones(len(table), dtype=bool)
        if tested:
            kept &= np.isfinite(padj)
        if called or sign or fold:
            kept &= padj < self.evidence.fdr
        if sign:
            kept &= sign * change > 0
        if fold:
            kept &= np.abs(change) >= fold
        return kept
