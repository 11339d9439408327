"""Gene sets as values: the GMT format, and which of their genes an experiment has."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from foldwise.errors import FoldwiseWarning, InputError

MAX_SETS = 200_000
MAX_NAME = 10_000
# Below the first share of genes found the ids are of different kinds; below the second something is amiss.
FEW, SOME = 0.2, 0.7


@dataclass(frozen=True)
class GeneSets:
    """Named sets of genes.

    Parameters
    ----------
    genes : mapping of str to tuple of str
        Genes of each set, in the order of the file, each once.
    descriptions : mapping of str to str
    source : str
        Name of the file.
    """

    genes: Mapping[str, tuple[str, ...]]
    descriptions: Mapping[str, str]
    source: str = ""

    def all_genes(self) -> set[str]:
        """Genes of any set."""
        return {gene for members in self.genes.values() for gene in members}

    def within(self, known: Collection[str]) -> GeneSets:
        """Return the sets with the genes that are known, without those of no such gene."""
        known = set(known)
        kept = {name: tuple(g for g in members if g in known) for name, members in self.genes.items()}
        return GeneSets({name: members for name, members in kept.items() if members}, self.descriptions, self.source)


def parse_gmt(text: str, source: str = "gene sets") -> GeneSets:
    """Read gene sets in GMT: a line for each set, tab-separated: name, description, genes.

    Parameters
    ----------
    text : str
        Content of the file. Empty lines and lines that begin with ``#`` are left out; nothing in it is run or opened.
    source : str
        Name of the file, for messages.

    Raises
    ------
    InputError
        E-FILE-002 a line without genes, E-FILE-006 no set, E-NAME-002 a set twice, E-NAME-003 a name that is none,
        E-NAME-004 a set without a name, E-SAFE-002 more sets than there can be.
    """
    genes: dict[str, tuple[str, ...]] = {}
    descriptions: dict[str, str] = {}
    for number, line in _lines(text):
        fields = line.split("\t")
        where = f"{source}, line {number}"
        if len(fields) < 3:
            raise InputError(
                "E-FILE-002",
                f"Line {number} of {source} has {len(fields)} of at least 3 fields (name, description, genes).",
                "GMT files separate fields by tabs.",
                where=where,
            )
        name = fields[0].strip()
        members = tuple(dict.fromkeys(field.strip() for field in fields[2:] if field.strip()))
        _require_names([name, *members], where)
        if not name:
            raise InputError(
                "E-NAME-004", f"The set in line {number} of {source} has no name.", "Name it.", where=where
            )
        if name in genes:
            fix = "Give each set its own name."
            raise InputError("E-NAME-002", f"{source} has two sets named {name[:80]!r}.", fix, where=where)
        if len(genes) >= MAX_SETS:
            fix = "Leave out sets that are not needed."
            raise InputError("E-SAFE-002", f"{source} holds more than {MAX_SETS:,} sets.", fix, where=where)
        genes[name], descriptions[name] = members, fields[1].strip()
    if not any(genes.values()):
        raise InputError("E-FILE-006", f"{source} holds no gene set.", "Give a GMT file.", where=source)
    return GeneSets(genes, descriptions, source)


def match_genes(sets: GeneSets, names: Mapping[str, Sequence[str]]) -> tuple[str, list[str]]:
    """Choose the kind of names (gene ids, gene names, ids without version) that the sets use.

    Parameters
    ----------
    sets : GeneSets
    names : mapping of str to sequence of str
        Names of the genes of the experiment by kind; the first kind wins ties.

    Returns
    -------
    tuple
        The kind, and its names.

    Raises
    ------
    InputError
        E-ANNOT-001 where fewer than 20 % are found by any kind.
    """
    wanted = sets.all_genes()
    shares = {kind: found_share(wanted, set(known)) for kind, known in names.items()}
    kind = max(shares, key=lambda each: shares[each])
    if shares[kind] < FEW:
        theirs, ours = sorted(wanted)[:1], [str(known[0]) for known in names.values() if len(known)][:2]
        raise InputError(
            "E-ANNOT-001",
            f"{100 * shares[kind]:.0f} % of the genes are found: {sets.source} has names like "
            f"{', '.join(map(repr, theirs))}, the results have {' and '.join(map(repr, ours))}.",
            "Use gene sets with the ids of the counts, or give the genes names (column gene_name).",
            data={"share": shares[kind], "sets": theirs, "results": ours},
        )
    return kind, [str(name) for name in names[kind]]


def overlap_warning(sets: GeneSets, names: Collection[str]) -> FoldwiseWarning | None:
    """Return W-ANNOT-001 where 20 to 70 % are found."""
    share = found_share(sets.all_genes(), set(names))
    if share >= SOME:
        return None
    return FoldwiseWarning(
        "W-ANNOT-001",
        f"Only {100 * share:.0f} % of the genes are found in {sets.source}.",
        "Check that both use the same kind and version of ids; genes that are not found count for nothing.",
        data={"share": share},
    )


def found_share(wanted: set[str], known: set[str]) -> float:
    """Share of the smaller of two sets of names that the other has."""
    return len(wanted & known) / max(1, min(len(wanted), len(known)))


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        line = line.removesuffix("\r")
        if line.strip() and not line.startswith("#"):
            yield number, line


def _require_names(names: Sequence[str], where: str) -> None:
    for name in names:
        if len(name) > MAX_NAME or "\0" in name or "\r" in name:
            fix = "Correct the file; its fields are separated by tabs and its lines by line feeds."
            raise InputError(
                "E-NAME-003", f"A name in {where} is too long or holds control characters.", fix, where=where
            )
