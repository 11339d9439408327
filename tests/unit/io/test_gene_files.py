"""Gene names from GTF, GFF3 and tables: what each dialect says, streaming, and what is refused."""

from __future__ import annotations

import gzip
import tracemalloc

import pytest

from foldwise.errors import InputError
from foldwise.io import byte_stream
from foldwise.io.gene_table import read_gene_table
from foldwise.io.gtf import read_gtf
from tests.border.tables import checked


def gtf_line(attributes: str, feature: str = "gene") -> str:
    return f"1\tensembl\t{feature}\t1\t9\t.\t+\t.\t{attributes}\n"


GENCODE = 'gene_id "ENSG1.5"; gene_type "lncRNA"; gene_name "DDX11L2"; level 2;'
NCBI = (
    'gene_id "DDX11L1"; transcript_id ""; db_xref "GeneID:100287102"; gbkey "Gene"; gene "DDX11L1"; gene_biotype "x";'
)
ENSEMBL_GFF3 = "ID=gene:ENSG2;Name=TP53;biotype=protein_coding;description=p53%3B tumor;gene_id=ENSG2;version=4"
NCBI_GFF3 = "ID=gene-YAL068C;Dbxref=GeneID:851229;Name=PAU8;gbkey=Gene;gene=PAU8;locus_tag=YAL068C"


@pytest.mark.parametrize(
    ("attributes", "kind", "gene", "name", "type_"),
    [
        (GENCODE, "gene_id", "ENSG1.5", "DDX11L2", "lncRNA"),
        (NCBI, "gene_id", "DDX11L1", "DDX11L1", "x"),
        (ENSEMBL_GFF3, "gene_id", "ENSG2", "TP53", "protein_coding"),
        ("ID=gene:ENSG3;Name=A%2CB", "gene_id", "ENSG3", "A,B", ""),
        (NCBI_GFF3, "ID", "gene-YAL068C", "PAU8", ""),
        (NCBI_GFF3, "locus_tag", "YAL068C", "PAU8", ""),
        ("gene_id g7", "gene_id", "g7", "", ""),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_dialects(tmp_path, attributes, kind, gene, name, type_, end):
    path = tmp_path / "a.gtf"
    text = (
        "#!genome-build x\tgene\t\n" + gtf_line(attributes, "exon") + gtf_line(attributes) + gtf_line(attributes, "CDS")
    )
    path.write_bytes(text.replace("\n", end).encode())
    found = read_gtf(path)
    assert found.ids[kind] == {gene: 0}
    assert found.columns == {"gene_name": [name], "gene_type": [type_]}


@pytest.mark.parametrize("feature", ["pseudogene", "ncRNA_gene"])
def test_other_features_that_are_genes(tmp_path, feature):
    path = tmp_path / "a.gff3"
    path.write_text(gtf_line("ID=gene:G1;Name=N", feature) + gtf_line("ID=gene:G1;Name=N", "mRNA"))
    assert read_gtf(path).ids["gene_id"] == {"G1": 0}


def test_a_file_without_lines_of_genes(tmp_path):
    path = tmp_path / "a.gtf"
    lines = [gtf_line(f'gene_id "g{i // 3}"; transcript_id "t{i}"; gene_name "N{i // 3}";', "exon") for i in range(9)]
    path.write_text("".join(lines).rstrip("\n"))
    found = read_gtf(path)
    assert found.ids["gene_id"] == {"g0": 0, "g1": 1, "g2": 2}
    assert found.columns["gene_name"] == ["N0", "N1", "N2"]


def test_blocks_do_not_cut_lines(tmp_path, monkeypatch):
    text = "".join(
        gtf_line(f'gene_id "g{i}"; gene_name "N{i}";') + gtf_line(f'gene_id "g{i}";', "exon") for i in range(50)
    )
    (tmp_path / "a.gtf").write_text(text)
    (tmp_path / "a.gtf.gz").write_bytes(
        gzip.compress(text.encode()[:900]) + gzip.compress(text.encode()[900:]) + bytes(8)
    )
    for size in (7, 100, 1 << 20):
        monkeypatch.setattr(byte_stream, "BLOCK", size)
        for name in ("a.gtf", "a.gtf.gz"):
            assert read_gtf(tmp_path / name).columns["gene_name"] == [f"N{i}" for i in range(50)]


def test_a_large_file_takes_the_memory_of_its_genes(tmp_path):
    exons = gtf_line('gene_id "g"; note "gene\t";', "exon") * 20_000
    path = tmp_path / "a.gtf.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        for i in range(40):
            file.write((gtf_line(f'gene_id "g{i}"; gene_name "{i * 7919}";') + exons).encode())
    tracemalloc.start()
    assert len(read_gtf(path).columns["gene_name"]) == 40
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 40 << 20  # the text has 47 MB


def test_b95_b98_files_that_cannot_be_read(tmp_path):
    text = "".join(gtf_line(f'gene_id "g{i}";') for i in range(500)).encode()
    (tmp_path / "cut.gz").write_bytes(gzip.compress(text)[:-20])
    (tmp_path / "bad.gz").write_bytes(gzip.compress(text)[:60] + b"xxxxxxxxxxxxxxxxxxxxxxxx" + gzip.compress(text)[90:])
    (tmp_path / "none.gtf").write_text("a\tb\nc\td\n")
    for name, id in (
        ("cut.gz", "E-FILE-003"),
        ("bad.gz", "E-FILE-003"),
        ("none.gtf", "E-FILE-004"),
        ("x", "E-FILE-007"),
    ):
        with pytest.raises(InputError) as caught:
            read_gtf(tmp_path / name)
        checked(caught.value, id, [name])


def test_b117_an_annotation_that_unpacks_to_far_more(tmp_path):
    (tmp_path / "a.gtf.gz").write_bytes(gzip.compress(bytes(80 << 20)))
    with pytest.raises(InputError) as caught:
        read_gtf(tmp_path / "a.gtf.gz")
    checked(caught.value, "E-SAFE-002", ["unpacks to more than"])


def test_a_line_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr(byte_stream, "MAX_LINE", 100)
    monkeypatch.setattr(byte_stream, "BLOCK", 50)
    (tmp_path / "a").write_text("x" * 500)
    with pytest.raises(InputError) as caught:
        read_gtf(tmp_path / "a")
    checked(caught.value, "E-FILE-004", ["has no lines"])


@pytest.mark.parametrize(
    ("text", "kind", "columns"),
    [
        ("gene_id,gene_name\ng1,N1\ng2,N2\n", "gene_id", {"gene_name": ["N1", "N2"]}),
        ("symbol\tensembl_gene_id\tchr\nN1\tg1\tX\nN2\tg2\t1\n", "ensembl_gene_id",
         {"gene_name": ["N1", "N2"], "chr": ["X", "1"]}),
        ("g1;N1\ng2;N2\n", "gene_id", {"gene_name": ["N1", "N2"]}),
        ("GeneID\tDescription\ng1\tfirst\ng2\tsecond\n", "GeneID", {"Description": ["first", "second"]}),
        ("who\tsymbol\ng1\tN1\ng2\tN2\n", "who", {"gene_name": ["N1", "N2"]}),
    ],
)  # fmt: skip
def test_tables_of_names(tmp_path, text, kind, columns):
    (tmp_path / "g.txt").write_text(text)
    found = read_gene_table(tmp_path / "g.txt")
    assert found.ids == {kind: {"g1": 0, "g2": 1}}
    assert found.columns == columns


@pytest.mark.parametrize(
    ("text", "id"),
    [
        ("gene_id\ng1\n", "E-FILE-004"),
        ("gene_id,gene_name\ng1,a\ng2,b\ng3\n", "E-FILE-002"),
        ("gene_id,gene_name,x,x\ng1,a,1,2\n", "E-NAME-002"),
    ],
)
def test_tables_that_are_refused(tmp_path, text, id):
    (tmp_path / "g.csv").write_text(text)
    with pytest.raises(InputError) as caught:
        read_gene_table(tmp_path / "g.csv")
    checked(caught.value, id)
