"""Sentences on a result, each with the numbers that it rests on, so that each can be checked."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Claim:
    """One number of a sentence and where it stands.

    Parameters
    ----------
    column : str
        Column of the result table (``log2_fold_change``, ``padj``, ...), of the enrichment table, or, without gene and
        set, the name of a fact of the run (``n_up``, ``n_tested``, ...).
    value : float
        As in the table, or rounded as in the sentence.
    gene : str
        Id or name; empty for claims on sets and on the run.
    gene_set : str
        Empty for claims on genes and on the run.
    contrast : str
        Id of the comparison.
    """

    column: str
    value: float
    gene: str = ""
    gene_set: str = ""
    contrast: str = ""


@dataclass(frozen=True)
class Sentence:
    """A sentence and what it claims; ``topic`` is design, result, genes, spread, untested, checks, trust or sets."""

    text: str
    claims: tuple[Claim, ...] = ()
    topic: str = ""


@dataclass(frozen=True)
class Section:
    """The sentences on one comparison."""

    contrast: str
    title: str
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True)
class Interpretation:
    """What a run found, in words.

    Parameters
    ----------
    sections : tuple of Section
        One per comparison.
    source : str
        ``template``, or the model that worded it.
    note : str
        How the text was made, as a sentence.
    dropped : tuple of (str, str)
        Sentences of a language model that did not pass the claim checker, and why.
    """

    sections: tuple[Section, ...]
    source: str = "template"
    note: str = ""
    dropped: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> str:
        """All sentences, a line each."""
        return "\n".join(sentence.text for part in self.sections for sentence in part.sentences)

    def __str__(self) -> str:
        return self.text
