"""How each format is known by its content. A rule takes a `Glimpse` and returns what gave it away, or nothing."""

from __future__ import annotations

import re
from collections.abc import Callable

from foldwise.io.footers import HTSEQ_NAMES, STAR_NAMES
from foldwise.io.glimpse import Glimpse
from foldwise.io.nfcore import in_folder, is_merged
from foldwise.io.table import FEATURE_COUNTS_NAMES

Rule = Callable[[Glimpse], str]

_HTSEQ_MARKED = frozenset(f"__{name}" for name in HTSEQ_NAMES)
# The tallies of DEXSeq's counting script: with one underscore, `_empty` in place of `no_feature`.
_DEXSEQ = frozenset({"_ambiguous", "_empty", "_lowaqual", "_notaligned", "_ambiguous_readpair_position"})
_SALMON = ("Name", "Length", "EffectiveLength", "TPM", "NumReads")
_KALLISTO = ("target_id", "length", "eff_length", "est_counts", "tpm")
_RSEM = ("length", "effective_length", "expected_count", "TPM", "FPKM")
_DEXSEQ_ID = re.compile(r'"?[^\t]+:E?\d{3}"?\t')


def featurecounts(seen: Glimpse) -> str:
    """``Geneid Chr Start End Strand Length`` and one column per BAM file."""
    found = seen.kind == "text" and seen.header[:6] == ("Geneid", *FEATURE_COUNTS_NAMES)
    return "its header starts Geneid Chr Start End Strand Length" if found else ""


def nfcore(seen: Glimpse) -> str:
    """Merged table of genes of nf-core/rnaseq, or a folder that holds one."""
    if seen.kind == "folder":
        found = in_folder(seen.names)
        others = f" (and {', '.join(found[1:3])})" if len(found) > 1 else ""
        return f"it holds {found[0]}{others}" if found else ""
    merged = seen.kind == "text" and is_merged(seen.path.name) and seen.header[0] == "gene_id"
    return "its name and its first column gene_id" if merged else ""


def salmon(seen: Glimpse) -> str:
    """Five columns of ``quant.sf``."""
    return f"its header is {' '.join(_SALMON)}" if seen.kind == "text" and seen.header == _SALMON else ""


def kallisto(seen: Glimpse) -> str:
    """Five columns of ``abundance.tsv``, or ``abundance.h5``."""
    if seen.kind == "hdf5":
        return "it is an HDF5 file of that name" if seen.path.name.lower().endswith("abundance.h5") else ""
    return f"its header is {' '.join(_KALLISTO)}" if seen.kind == "text" and seen.header == _KALLISTO else ""


def rsem(seen: Glimpse) -> str:
    """Columns of ``genes.results`` or ``isoforms.results``."""
    ids = seen.header[:2] in (("gene_id", "transcript_id(s)"), ("transcript_id", "gene_id"))
    found = seen.kind == "text" and ids and seen.header[2:7] == _RSEM
    return f"its header starts {' '.join(seen.header[:4])}" if found else ""


def star(seen: Glimpse) -> str:
    """Four columns, the first ids are STAR's tallies."""
    ids = [line.split("\t")[0] for line in seen.lines[: len(STAR_NAMES)] if line.count("\t") == 3]
    found = seen.kind == "text" and sorted(ids) == sorted(STAR_NAMES)
    return "its first rows are N_unmapped, N_multimapping, N_noFeature, N_ambiguous" if found else ""


def tenx(seen: Glimpse) -> str:
    """Folder of ``matrix.mtx``, ``barcodes.tsv`` and ``features.tsv`` or ``genes.tsv``; HDF5 with the same groups."""
    names = {name.removesuffix(".gz") for name in seen.names}
    if seen.kind == "folder" and {"matrix.mtx", "barcodes.tsv"} <= names and names & {"features.tsv", "genes.tsv"}:
        return "it holds matrix.mtx, barcodes.tsv and features.tsv or genes.tsv"
    if seen.kind == "hdf5" and {"matrix/barcodes", "matrix/features"} <= names:
        return "it holds /matrix/barcodes and /matrix/features"
    if seen.kind == "hdf5" and any(f"{name.split('/')[0]}/gene_names" in names for name in names):
        return "it holds a group of genes, gene_names and barcodes"
    return ""


def h5ad(seen: Glimpse) -> str:
    """HDF5 with AnnData's mark, or with obs, var and X."""
    return _anndata(seen) if seen.kind == "hdf5" else ""


def zarr(seen: Glimpse) -> str:
    """Folder that zarr wrote, with obs, var and X."""
    written = {"zarr.json", ".zgroup", ".zattrs"} & set(seen.names)
    return _anndata(seen) if seen.kind == "folder" and written else ""


def _anndata(seen: Glimpse) -> str:
    if "encoding-type=anndata" in seen.names:
        return "its encoding-type is anndata"
    return "it holds obs, var and X" if {"obs", "var", "X"} <= set(seen.names) else ""


def xlsx(seen: Glimpse) -> str:
    """Zip archive with a workbook in it."""
    return "it holds xl/workbook.xml" if seen.kind == "zip" and "xl/workbook.xml" in seen.names else ""


def parquet(seen: Glimpse) -> str:
    """First bytes of Parquet."""
    return "it starts PAR1" if seen.kind == "parquet" else ""


_GSM = re.compile(r"GSM\d+")


def geo(seen: Glimpse) -> str:
    """``GeneID`` and columns that are accessions of GEO samples."""
    fields = seen.header
    found = seen.kind == "text" and fields[0] == "GeneID" and len(fields) > 1 and all(map(_GSM.fullmatch, fields[1:]))
    return "its header is GeneID and accessions of GEO samples" if found else ""


def htseq(seen: Glimpse) -> str:
    """Two columns, the last ids are the tallies of htseq-count."""
    if not _two_columns(seen):
        return ""
    last = {line.split("\t")[0] for line in seen.last_lines}
    if last & _HTSEQ_MARKED:
        return f"its last rows are {', '.join(name for name in sorted(last & _HTSEQ_MARKED))}"
    plain = last & set(HTSEQ_NAMES)
    if len(plain) > 1:
        return f"its last rows are {', '.join(sorted(plain))}"
    if last & _DEXSEQ and any(_DEXSEQ_ID.match(line) for line in seen.lines):
        return "its ids are gene:exon"
    return ""


def _two_columns(seen: Glimpse) -> bool:
    lines = [line for line in seen.lines if line.strip()]
    return seen.kind == "text" and bool(lines) and all(line.count("\t") == 1 for line in lines)


# In the order in which they are asked; the first that answers decides.
RULES: tuple[tuple[str, Rule], ...] = (
    ("nf-core", nfcore),
    ("salmon", salmon),
    ("kallisto", kallisto),
    ("rsem", rsem),
    ("10x", tenx),
    ("h5ad", h5ad),
    ("zarr", zarr),
    ("xlsx", xlsx),
    ("parquet", parquet),
    ("featurecounts", featurecounts),
    ("star", star),
    ("geo", geo),
    ("htseq", htseq),
)
