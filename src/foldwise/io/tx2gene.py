"""Which gene a transcript belongs to: a table of transcript and gene (a third column: the gene's name), or a GTF."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np

from foldwise.errors import InputError
from foldwise.io.byte_stream import line_blocks
from foldwise.io.delimited import records
from foldwise.io.messages import Messages, note, warning
from foldwise.io.raw_bytes import head_bytes
from foldwise.io.table_reader import read_text
from foldwise.io.wording import counted, listed, percent, shown, shown_path

# Shares of transcripts found, below which a map is wrong, or maybe wrong.
FEW, SOME = 0.20, 0.70
_VERSION = re.compile(r"\.\d+$")
# Attributes of GTF (`gene_id "G"`) and GFF3 (`gene_id=G`); others may end alike (`ref_gene_id`).
_ATTRIBUTE = re.compile(rb'(?<![A-Za-z_])(transcript_id|gene_id|gene_name)[ =]"?([^";\r\n]+)')


@dataclass(frozen=True, eq=False)
class GeneMap:
    """Genes of the transcripts of a quantifier.

    Parameters
    ----------
    kept : ndarray, (n_kept,)
        Rows of the transcripts that have a gene.
    gene : ndarray, (n_kept,)
        Number of the gene of each.
    genes : list of str
        Gene ids, sorted.
    gene_names : list of str, optional
    messages : tuple of Message
    """

    kept: np.ndarray
    gene: np.ndarray
    genes: list[str]
    gene_names: list[str] | None = None
    messages: Messages = ()


def numbered(genes: Sequence[str], kept: np.ndarray | None = None) -> GeneMap:
    """Return the map of transcripts whose genes are known already."""
    names = sorted(set(genes))
    number = {name: i for i, name in enumerate(names)}
    codes = np.array([number[name] for name in genes], dtype=np.int64)
    return GeneMap(np.arange(len(genes)) if kept is None else kept, codes, names)


def gene_map(path: str | os.PathLike[str], transcripts: Sequence[str]) -> GeneMap:
    """Return the genes of transcripts by a table.

    Ids are compared as they are. Where none matches, what follows a bar, then versions (``.2``) are taken off, on both
    sides.

    Parameters
    ----------
    path : path-like
        CSV or TSV, with or without a header; first column transcript, second gene, third (if any) the gene's name. Or
        the GTF that was quantified.
    transcripts : sequence of str

    Raises
    ------
    InputError
        E-ANNOT-001 where fewer than a fifth of the transcripts are found, E-NAME-001 where one has two genes, E-FILE-*
        where the table cannot be read.
    """
    pairs, names, source = _pairs(path)
    for shorten in _SPELLINGS:
        of_transcript = _by_name(pairs, shorten, source)
        found = [of_transcript.get(shorten(name), "") for name in transcripts]
        kept = np.flatnonzero([bool(gene) for gene in found])
        if len(kept):
            break
    share = len(kept) / max(len(transcripts), 1)
    if share < FEW:
        raise _strangers(source, share, transcripts, list(pairs))
    mapped = numbered([found[i] for i in kept], kept)
    missing = [name for name, gene in zip(transcripts, found, strict=True) if not gene]
    messages = _said(source, transcripts, missing, mapped, share, shorten is not _SPELLINGS[0])
    named = [names.get(gene, "") for gene in mapped.genes] if names else None
    return GeneMap(mapped.kept, mapped.gene, mapped.genes, named, messages)


def _same(name: str) -> str:
    return name


def _before_bar(name: str) -> str:
    return name.partition("|")[0]


def _unversioned(name: str) -> str:
    return _VERSION.sub("", name.partition("|")[0])


_SPELLINGS: tuple[Callable[[str], str], ...] = (_same, _before_bar, _unversioned)


def _pairs(path: str | os.PathLike[str]) -> tuple[dict[str, str], dict[str, str], str]:
    """Return gene by transcript, name by gene (where there is a third column), and how messages call the file."""
    if _is_gtf(path):
        return _from_gtf(path)
    text = read_text(path)
    layout = text.layout
    if layout.delimiter is None:
        raise InputError(
            "E-FILE-004",
            f"{text.source} has one column; a map of transcripts has two.",
            "Write the transcript id, a tab or comma, and the gene id on each line.",
            where=text.source,
        )
    pairs: dict[str, str] = {}
    names: dict[str, str] = {}
    for line, fields in records(text.data[layout.start :].decode("utf-8"), layout.delimiter, text.source):
        transcript, gene = fields[0], fields[1] if len(fields) > 1 else ""
        if not transcript or not gene:
            continue
        if pairs.setdefault(transcript, gene) != gene:
            raise _two_genes(f"{text.source}:{line + layout.first_line - 1}", transcript, pairs[transcript], gene)
        if len(fields) > 2:
            names.setdefault(gene, fields[2])
    return pairs, names, text.source


def _is_gtf(path: str | os.PathLike[str]) -> bool:
    lines = [line for line in head_bytes(path, 1 << 16).split(b"\n") if line and not line.startswith(b"#")]
    return bool(lines) and lines[0].count(b"\t") == 8 and b"gene_id" in lines[0]


def _from_gtf(path: str | os.PathLike[str]) -> tuple[dict[str, str], dict[str, str], str]:
    """Return what the lines of transcripts say, or any line where there are none."""
    pairs: dict[str, str] = {}
    names: dict[str, str] = {}
    source = PurePath(shown_path(path)).name
    for mark in (b"\ttranscript\t", b"transcript_id"):
        for block in line_blocks(path):
            at = block.find(mark)
            while at >= 0:
                start, end = block.rfind(b"\n", 0, at) + 1, block.find(b"\n", at)
                line = block[start : len(block) if end < 0 else end]
                found = {key: value.decode("utf-8", "replace") for key, value in _ATTRIBUTE.findall(line)}
                transcript, gene = found.get(b"transcript_id", ""), found.get(b"gene_id", "")
                if transcript and gene and pairs.setdefault(transcript, gene) != gene:
                    raise _two_genes(source, transcript, pairs[transcript], gene)
                if gene and found.get(b"gene_name"):
                    names.setdefault(gene, found[b"gene_name"])
                at = block.find(mark, len(block) if end < 0 else end)
        if pairs:
            return pairs, names, source
    raise InputError("E-FILE-004", f"{source} names no transcripts with their genes.", "Give a GTF or a table.")


def _by_name(pairs: dict[str, str], shorten: Callable[[str], str], source: str) -> dict[str, str]:
    if shorten is _same:
        return pairs
    found: dict[str, str] = {}
    for transcript, gene in pairs.items():
        if found.setdefault(shorten(transcript), gene) != gene:
            raise _two_genes(source, shorten(transcript), found[shorten(transcript)], gene)
    return found


def _two_genes(place: str, transcript: str, one: str, other: str) -> InputError:
    found = f"{place}: transcript {shown(transcript)} belongs to {shown(one)} and to {shown(other)}."
    return InputError("E-NAME-001", found, "Keep one gene per transcript.", where=place)


def _strangers(source: str, share: float, transcripts: Sequence[str], known: list[str]) -> InputError:
    return InputError(
        "E-ANNOT-001",
        f"{percent(share)} of the {len(transcripts):,} transcripts are in {source}: the counts have "
        f"{listed(transcripts[:3])}, the map {listed(known[-3:])}.",
        "Make the map from the annotation that was quantified: transcript id first, then gene id.",
        where=source,
        data={"share": share},
    )


def _said(
    source: str, transcripts: Sequence[str], missing: list[str], mapped: GeneMap, share: float, shortened: bool
) -> Messages:
    text = f"{len(mapped.kept):,} of {counted(len(transcripts), 'transcript')} summed to "
    text += f"{counted(len(mapped.genes), 'gene')} by {source}"
    text += f"; {len(missing):,} not in it left out: {listed(missing, 3)}." if missing else "."
    said: Messages = (note(text, step="Reading", n_transcripts=len(mapped.kept), missing=len(missing)),)
    if shortened:
        said += (
            note("Versions of transcript ids (.1, .2) and what follows a bar were taken off: none matched as is."),
        )
    if share < SOME:
        found = f"Only {percent(share)} of the transcripts are in {source}."
        said += (warning("W-ANNOT-001", found, "Check that it is of the annotation that was quantified."),)
    return said
