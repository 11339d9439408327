"""salmon, kallisto, RSEM and nf-core/rnaseq: the same transcripts give the same genes in every form."""

from __future__ import annotations

import dataclasses
import shutil

import numpy as np
import pandas as pd
import pytest

from foldwise.errors import FoldwiseError, InputError, UsageError
from foldwise.io.formats import recognize, source_files
from foldwise.io.read import read
from foldwise.model.spec import AnalysisSpec, InputSettings
from foldwise.stats.transcript_sums import sum_transcripts
from tests.fixtures.quant_files import (
    SAMPLES,
    put,
    simulate,
    text,
    write_kallisto,
    write_kallisto_h5,
    write_nfcore,
    write_rsem,
    write_salmon,
    write_tx2gene,
)

DATA = simulate(80)
GENES, NUMBERS = np.unique(DATA.genes, return_inverse=True)
SUMS = sum_transcripts(NUMBERS, len(GENES), DATA.reads, DATA.effective, DATA.tpm)
SHEET = pd.DataFrame({"group": ["a"] * 3 + ["b"] * 3}, index=pd.Index(SAMPLES, name="sample"))


def read_folder(folder, tmp_path, samples=SHEET, **options):
    settings = InputSettings(tx2gene=str(write_tx2gene(DATA, tmp_path / "tx2gene.tsv")))
    return read(folder, samples, settings=dataclasses.replace(settings, **options))


def assert_same(experiment, tolerance=0.0):
    assert list(experiment.genes.index) == list(GENES)
    assert list(experiment.samples.index) == list(SAMPLES)
    for name in ("counts", "lengths", "abundance"):
        np.testing.assert_allclose(getattr(experiment, name), getattr(SUMS, name), rtol=tolerance, atol=tolerance)


def texts(messages):
    return "\n".join(f"{m.id} {m.text}" for m in messages)


@pytest.mark.parametrize("gz", [False, True])
@pytest.mark.parametrize(("write", "name"), [(write_salmon, "salmon"), (write_kallisto, "kallisto")])
def test_folders_of_transcripts_become_genes(tmp_path, write, name, gz):
    folder = write(DATA, tmp_path / "quants", gz=gz)
    experiment, messages = read_folder(folder, tmp_path)
    assert_same(experiment)
    assert f"of {name}" in texts(messages)
    assert "estimated counts" in texts(messages)
    # The same by a pattern, by a list of files in another order, and for one sample
    pattern, _ = read_folder(str(folder / "*" / ("*.sf*" if name == "salmon" else "*.tsv*")), tmp_path)
    assert_same(pattern)


def test_shuffled_files_and_transcripts_give_the_same_numbers(tmp_path):
    folder = write_salmon(DATA, tmp_path / "quants")
    plain, _ = read_folder(folder, tmp_path)
    files = sorted(folder.glob("*/quant.sf"), reverse=True)
    shuffled = DATA.frame(2).sample(frac=1, random_state=1)
    put(folder / SAMPLES[2] / "quant.sf", text(shuffled))
    again, _ = read_folder(files, tmp_path)
    assert list(again.samples.index) == list(SAMPLES)[::-1]
    np.testing.assert_array_equal(again.counts[:, ::-1], plain.counts)
    np.testing.assert_allclose(again.lengths[:, ::-1], plain.lengths, rtol=1e-15)


def test_kallisto_h5_holds_what_the_table_holds(tmp_path):
    folder = write_kallisto_h5(DATA, tmp_path / "quants")
    experiment, _ = read_folder(folder, tmp_path)
    np.testing.assert_array_equal(experiment.counts, SUMS.counts)
    np.testing.assert_allclose(experiment.abundance.sum(axis=0), 1e6, rtol=1e-12)
    tpm = DATA.reads / DATA.effective
    expected = sum_transcripts(NUMBERS, len(GENES), DATA.reads, DATA.effective, tpm / tpm.sum(axis=0) * 1e6)
    np.testing.assert_allclose(experiment.lengths, expected.lengths, rtol=1e-12)


def test_of_two_kinds_of_kallisto_files_the_tables_are_read(tmp_path):
    folder = write_kallisto_h5(DATA, write_kallisto(DATA, tmp_path / "quants"))
    experiment, messages = read_folder(folder, tmp_path)
    assert_same(experiment)
    assert "side by side" in texts(messages)


def test_rsem_genes_are_taken_as_they_are(tmp_path):
    folder = write_rsem(DATA, tmp_path / "rsem")
    write_rsem(DATA, folder, isoforms=True)
    experiment, messages = read(folder, SHEET)
    np.testing.assert_allclose(experiment.counts, SUMS.counts, atol=0.00501)
    np.testing.assert_allclose(experiment.abundance, SUMS.abundance, atol=0.00501)
    assert "6 files of isoforms left out" in texts(messages)
    frame = pd.read_csv(folder / f"{SAMPLES[0]}.genes.results", sep="\t")
    assert experiment.lengths[:, 0].tolist() == frame["effective_length"].tolist()


def test_rsem_isoforms_are_summed_by_their_own_genes(tmp_path):
    experiment, _ = read(write_rsem(DATA, tmp_path / "rsem", isoforms=True, gz=True), SHEET)
    assert list(experiment.genes.index) == list(GENES)
    np.testing.assert_allclose(experiment.counts, SUMS.counts, atol=0.05)


def test_samples_are_called_as_the_sheet_calls_them(tmp_path):
    folder = write_salmon(DATA, tmp_path / "quants")
    for sample in SAMPLES:
        (folder / sample).rename(folder / f"{sample}_quant")
    names = [f"{sample}_quant" for sample in SAMPLES]
    experiment, _ = read_folder(folder, tmp_path, SHEET.set_axis(names))
    assert list(experiment.samples.index) == names
    for sample in SAMPLES:
        shutil.move(folder / f"{sample}_quant" / "quant.sf", folder / f"{sample}.quant.sf")
    experiment, _ = read_folder(sorted(folder.glob("*.sf")), tmp_path)
    assert list(experiment.samples.index) == list(SAMPLES)


def test_a_sheet_may_name_the_file_of_each_sample(tmp_path):
    folder = write_salmon(DATA, tmp_path / "quants")
    for number, sample in enumerate(SAMPLES):
        (folder / sample).rename(folder / f"run{number}")
    sheet = SHEET.assign(file=[f"run{number}/quant.sf" for number in range(6)])
    experiment, _ = read_folder(folder, tmp_path, sheet)
    assert_same(experiment)


def test_versions_are_stripped_only_where_nothing_matches(tmp_path):
    folder = write_salmon(DATA, tmp_path / "quants")
    bare = write_tx2gene(DATA, tmp_path / "bare.csv", strip=True)
    experiment, messages = read_folder(folder, tmp_path, tx2gene=str(bare))
    assert_same(experiment)
    assert "Versions of transcript ids" in texts(messages)
    # One exact match: nothing is stripped, and what does not match is left out
    mixed = pd.read_csv(bare)
    mixed.loc[len(mixed)] = [DATA.names[0], DATA.genes[0]]
    mixed.to_csv(bare, index=False)
    with pytest.raises(InputError) as caught:
        read_folder(folder, tmp_path, tx2gene=str(bare))
    assert caught.value.id == "E-ANNOT-001"


def test_ids_of_gencode_match_by_what_stands_before_the_bar(tmp_path):
    barred = dataclasses.replace(DATA, names=[f"{t}|{g}|protein|" for t, g in zip(DATA.names, DATA.genes, strict=True)])
    folder = write_kallisto(barred, tmp_path / "quants")
    assert_same(read_folder(folder, tmp_path)[0])


def test_a_map_without_header_and_with_names_of_genes(tmp_path):
    folder = write_salmon(DATA, tmp_path / "quants")
    lines = [f"{t}\t{g}\tname of {g}" for t, g in zip(DATA.names, DATA.genes, strict=True)]
    path = put(tmp_path / "salmon_tx2gene.tsv", "\n".join(lines) + "\n")
    experiment, _ = read_folder(folder, tmp_path, tx2gene=str(path))
    assert experiment.genes.loc["G0005", "gene_name"] == "name of G0005"


def gtf_text(kind, feature="transcript"):
    lines = ["#!genome-build X"]
    for t, g in zip(DATA.names, DATA.genes, strict=True):
        bare, _, version = t.partition(".")
        attributes = {
            "gencode": f'gene_id "{g}"; transcript_id "{t}"; gene_name "name of {g}";',
            "ensembl": f'ref_gene_id "X"; gene_id "{g}"; transcript_id "{bare}"; transcript_version "{version}";',
            "gff3": f"ID={t};Parent={g};gene_id={g};transcript_id={t};gene_name=name of {g}",
        }[kind]
        lines.append(f"chr1\tX\t{feature}\t1\t900\t.\t+\t.\t{attributes}")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("option", ["tx2gene", "gtf"])
@pytest.mark.parametrize(("kind", "feature"), [("gencode", "transcript"), ("ensembl", "exon"), ("gff3", "transcript")])
def test_a_gtf_says_which_gene_a_transcript_is_of(tmp_path, kind, feature, option):
    folder = write_salmon(DATA, tmp_path / "quants")
    path = put(tmp_path / "genes.gtf", gtf_text(kind, feature), gz=kind == "gencode")
    if option == "gtf" and kind == "ensembl":
        path = path.rename(tmp_path / "any.name")
    experiment, _ = read_folder(folder, tmp_path, **{"tx2gene": None, option: str(path)})
    assert_same(experiment)
    if kind != "ensembl" and option == "tx2gene":
        assert experiment.genes.loc["G0005", "gene_name"] == "name of G0005"


def test_a_map_that_is_not_used_is_said_so(tmp_path):
    write_nfcore(DATA, tmp_path / "star_salmon")
    _, messages = read_folder(tmp_path / "star_salmon", tmp_path)
    assert "--tx2gene is not used" in texts(messages)


def test_transcripts_missing_in_the_map_are_counted_and_left_out(tmp_path):
    folder = write_salmon(DATA, tmp_path / "quants")
    pairs = pd.read_csv(write_tx2gene(DATA, tmp_path / "all.csv"))
    pairs.iloc[: len(pairs) // 2].to_csv(tmp_path / "half.csv", index=False)
    _, messages = read_folder(folder, tmp_path, tx2gene=str(tmp_path / "half.csv"))
    assert f"{len(pairs) - len(pairs) // 2:,} not in it left out" in texts(messages)
    assert "W-ANNOT-001" in texts(messages)


def test_lengths_none_leaves_counts_alone(tmp_path):
    folder = write_salmon(DATA, tmp_path / "quants")
    experiment, messages = read_folder(folder, tmp_path, lengths="none")
    assert experiment.lengths is None
    assert experiment.counts.dtype == np.int32
    np.testing.assert_array_equal(experiment.counts, np.rint(SUMS.counts))
    assert "--lengths none" in texts(messages)


def test_mapped_shares_are_kept(tmp_path):
    folder = write_salmon(DATA, tmp_path / "quants")
    for i, sample in enumerate(SAMPLES):
        put(folder / sample / "aux_info" / "meta_info.json", f'{{"num_processed": 100, "num_mapped": {80 + i}}}')
    put(folder / SAMPLES[0] / "aux_info" / "meta_info.json", "{broken")
    _, messages = read_folder(folder, tmp_path)
    assert "81 % to 85 % of a sample's reads" in texts(messages)


# --- nf-core/rnaseq ---------------------------------------------------------------------------------------------------


def test_an_nfcore_folder_brings_counts_lengths_and_abundance(tmp_path):
    folder = write_nfcore(DATA, tmp_path / "results" / "star_salmon")
    for path in (folder, folder.parent, folder / "salmon.merged.gene_counts.tsv"):
        experiment, messages = read(path, SHEET)
        assert_same(experiment, 1e-9)
        assert "Gene lengths from salmon.merged.gene_lengths.tsv" in texts(messages)
        assert experiment.genes["gene_name"].tolist()[:2] == ["N0000", "N0001"]


def test_files_beside_the_counts_are_inputs_too(tmp_path):
    folder = write_nfcore(DATA, tmp_path / "star_salmon")
    spec = AnalysisSpec(input=InputSettings(counts=(str(folder),)))
    names = [path.rpartition("/")[2] for path in source_files(spec)]
    assert names == [f"salmon.merged.gene_{what}.tsv" for what in ("counts", "lengths", "tpm")]


def test_of_several_quantifiers_salmon_is_read_and_said_so(tmp_path):
    folder = tmp_path / "results"
    for program in ("rsem", "kallisto", "salmon"):
        write_nfcore(DATA, folder / program, program)
    _, messages = read(folder, SHEET)
    assert "salmon/salmon.merged.gene_counts.tsv (and kallisto/" in texts(messages)


def test_counts_without_lengths_are_refused_with_the_ways_out(tmp_path):
    folder = write_nfcore(DATA, tmp_path / "star_salmon")
    (folder / "salmon.merged.gene_lengths.tsv").rename(tmp_path / "lengths.tsv")
    with pytest.raises(InputError) as caught:
        read(folder, SHEET)
    assert caught.value.id == "E-NORM-003"
    for way in ("--lengths FILE", "length_scaled", "--lengths none"):
        assert way in caught.value.fix
    experiment, _ = read(folder, SHEET, settings=InputSettings(lengths=str(tmp_path / "lengths.tsv")))
    np.testing.assert_allclose(experiment.lengths, SUMS.lengths, rtol=1e-9)
    experiment, _ = read(folder, SHEET, settings=InputSettings(lengths="none"))
    assert experiment.lengths is None


@pytest.mark.parametrize("kind", ["scaled", "length_scaled"])
def test_scaled_counts_need_no_lengths_and_are_rounded(tmp_path, kind):
    folder = write_nfcore(DATA, tmp_path / "star_salmon")
    path = folder / f"salmon.merged.gene_counts_{kind}.tsv"
    experiment, messages = read(path, SHEET)
    assert experiment.lengths is None
    assert experiment.counts.dtype == np.int32
    assert "no offset is needed" in texts(messages)
    plain, _ = read(path, SHEET, needs_integers=False)
    assert plain.counts.dtype == np.float64


def test_tpm_is_refused(tmp_path):
    folder = write_nfcore(DATA, tmp_path / "star_salmon")
    with pytest.raises(InputError) as caught:
        read(folder / "salmon.merged.gene_tpm.tsv", SHEET)
    assert caught.value.id == "E-COUNT-002"
    assert "gene_counts" in caught.value.fix


def test_tables_of_different_runs_are_refused(tmp_path):
    folder = write_nfcore(DATA, tmp_path / "star_salmon")
    path = folder / "salmon.merged.gene_lengths.tsv"
    path.write_text("\n".join(path.read_text().splitlines()[:-3]) + "\n")
    with pytest.raises(InputError) as caught:
        read(folder, SHEET)
    assert caught.value.id == "E-FILE-012"


def test_formats_are_known_by_content(tmp_path):
    salmon = write_salmon(DATA, tmp_path / "s") / SAMPLES[0] / "quant.sf"
    odd = salmon.rename(tmp_path / "counts.csv")
    assert recognize(odd, InputSettings()).name == "salmon"
    table = put(tmp_path / "salmon.merged.gene_counts.tsv", "gene\ta\tb\n")
    assert recognize(table, InputSettings()).name == "table"


# --- bad input --------------------------------------------------------------------------------------------------------


def refused(folder, tmp_path, **options) -> FoldwiseError:
    with pytest.raises(FoldwiseError) as caught:
        read_folder(folder, tmp_path, **options)
    return caught.value


def test_transcripts_without_genes_are_refused_and_a_map_nearby_is_named(tmp_path):
    folder = write_salmon(DATA, tmp_path / "quants")
    error = refused(folder, tmp_path, tx2gene=None)
    assert isinstance(error, UsageError)
    assert "--tx2gene" in error.fix
    assert "tx2gene.tsv" in error.fix


def test_b125_a_foreign_map_is_refused_with_both_styles_of_ids(tmp_path):
    folder = write_salmon(DATA, tmp_path / "quants")
    other = put(tmp_path / "other.csv", "NM_1,A\nNM_2,B\n")
    error = refused(folder, tmp_path, tx2gene=str(other))
    assert error.id == "E-ANNOT-001"
    assert "T00000.1" in str(error)
    assert "NM_2" in str(error)


def test_a_transcript_of_two_genes_is_refused(tmp_path):
    folder = write_salmon(DATA, tmp_path / "quants")
    pairs = put(tmp_path / "twice.csv", "T00000.1,A\nT00000.1,A\nT00000.1,B\n")
    assert refused(folder, tmp_path, tx2gene=str(pairs)).id == "E-NAME-001"
    assert "twice.csv:3" in str(refused(folder, tmp_path, tx2gene=str(pairs)))


def test_a_map_of_one_column_is_refused(tmp_path):
    folder = write_salmon(DATA, tmp_path / "quants")
    assert refused(folder, tmp_path, tx2gene=str(put(tmp_path / "one.txt", "a\nb\n"))).id == "E-FILE-004"


def test_samples_of_different_indices_are_refused(tmp_path):
    folder = write_salmon(DATA, tmp_path / "quants")
    put(folder / SAMPLES[3] / "quant.sf", text(DATA.frame(3).iloc[:-4]))
    error = refused(folder, tmp_path)
    assert error.id == "E-FILE-012"
    assert "4 ids only in" in str(error)


def test_a_truncated_file_is_refused(tmp_path):
    folder = write_salmon(DATA, tmp_path / "quants", gz=True)
    path = folder / SAMPLES[1] / "quant.sf.gz"
    path.write_bytes(path.read_bytes()[:-200])
    assert refused(folder, tmp_path).id == "E-FILE-003"


def test_a_file_cut_within_a_line_is_refused(tmp_path):
    folder = write_salmon(DATA, tmp_path / "quants")
    path = folder / SAMPLES[1] / "quant.sf"
    path.write_text(path.read_text()[:-15])
    assert refused(folder, tmp_path).id == "E-FILE-002"


@pytest.mark.parametrize(
    ("cell", "id"), [("-4", "E-COUNT-006"), ("", "E-COUNT-004"), ("inf", "E-COUNT-004"), ("many", "E-COUNT-008")]
)
def test_reads_that_are_no_numbers_are_refused_with_their_place(tmp_path, cell, id):
    folder = write_salmon(DATA, tmp_path / "quants")
    frame = DATA.frame(1).astype({"NumReads": object})
    frame.loc[4, "NumReads"] = cell
    put(folder / SAMPLES[1] / "quant.sf", text(frame))
    error = refused(folder, tmp_path)
    assert error.id == id
    assert "NumReads" in str(error)
    assert "quant.sf:6" in str(error)


def test_a_transcript_that_repeats_is_refused(tmp_path):
    folder = write_salmon(DATA, tmp_path / "quants")
    put(folder / SAMPLES[1] / "quant.sf", text(pd.concat([DATA.frame(1), DATA.frame(1).iloc[[7]]])))
    assert refused(folder, tmp_path).id == "E-NAME-001"


def test_other_columns_are_refused(tmp_path):
    folder = write_salmon(DATA, tmp_path / "quants")
    put(folder / SAMPLES[1] / "quant.sf", text(DATA.frame(1).drop(columns="TPM")))
    assert refused(sorted(folder.glob("*/quant.sf")), tmp_path, format="salmon").id == "E-FILE-004"


def test_duplicate_samples_are_refused(tmp_path):
    folder = write_salmon(DATA, tmp_path / "quants")
    shutil.copytree(folder / SAMPLES[0], tmp_path / "again" / SAMPLES[0])
    files = [*sorted(folder.glob("*/quant.sf")), tmp_path / "again" / SAMPLES[0] / "quant.sf"]
    assert refused(files, tmp_path).id in ("E-NAME-002", "E-SHEET-002")


def test_b71_lengths_that_are_none_are_refused(tmp_path):
    folder = write_nfcore(DATA, tmp_path / "star_salmon")
    path = folder / "salmon.merged.gene_lengths.tsv"
    frame = pd.read_csv(path, sep="\t")
    for bad in (0.0, -3.0, np.nan):
        frame.loc[7, SAMPLES[2]] = bad
        put(path, text(frame))
        with pytest.raises(InputError) as caught:
            read(folder, SHEET)
        assert caught.value.id == "E-NORM-003"
        assert "G0007" in str(caught.value)
        assert SAMPLES[2] in str(caught.value)


def test_b133_rsem_lengths_of_zero_become_one_and_are_counted(tmp_path):
    folder = write_rsem(DATA, tmp_path / "rsem")
    path = folder / f"{SAMPLES[1]}.genes.results"
    frame = pd.read_csv(path, sep="\t")
    frame.loc[[3, 9], "effective_length"] = 0.0
    put(path, text(frame))
    experiment, messages = read(folder, SHEET)
    assert experiment.lengths[[3, 9], 1].tolist() == [1, 1]
    (warning,) = [m for m in messages if m.id == "W-NORM-001"]
    assert "2 genes" in warning.text


@pytest.mark.parametrize("what", ["genes", "samples", "one length"])
def test_lengths_of_other_genes_or_samples_are_refused(tmp_path, what):
    folder = write_nfcore(DATA, tmp_path / "star_salmon")
    frame = pd.read_csv(folder / "salmon.merged.gene_lengths.tsv", sep="\t")
    frame = {
        "genes": frame.iloc[5:],
        "samples": frame.drop(columns=SAMPLES[0]),
        "one length": frame[["gene_id", SAMPLES[0]]].rename(columns={SAMPLES[0]: "length"}),
    }[what]
    path = put(tmp_path / "lengths.tsv", text(frame))
    with pytest.raises(InputError) as caught:
        read(folder, SHEET, settings=InputSettings(lengths=str(path)))
    assert caught.value.id == "E-NORM-004"


def test_genes_with_lengths_are_not_summed(tmp_path):
    folder = write_nfcore(DATA, tmp_path / "star_salmon")
    for path in folder.glob("*.tsv"):
        lines = path.read_text().splitlines()
        path.write_text("\n".join([*lines, lines[-1]]) + "\n")
    with pytest.raises(UsageError) as caught:
        read(folder, SHEET, settings=InputSettings(duplicates="sum"))
    assert "--duplicates" in str(caught.value)
    experiment, _ = read(folder, SHEET, settings=InputSettings(duplicates="first"))
    assert experiment.lengths.shape == experiment.counts.shape


def broken_h5(tmp_path, change):
    import h5py

    folder = write_kallisto_h5(DATA, tmp_path / "quants")
    with h5py.File(folder / SAMPLES[2] / "abundance.h5", "r+") as file:
        change(file, h5py)
    return refused(folder, tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        lambda file, h5py: file.__delitem__("est_counts"),
        lambda file, h5py: (file.__delitem__("est_counts"), file.create_dataset("est_counts", data=np.ones(3))),
        lambda file, h5py: file["aux/eff_lengths"].__setitem__(0, 0.0),
        lambda file, h5py: file["est_counts"].__setitem__(0, np.nan),
        lambda file, h5py: (
            file.__delitem__("est_counts"), file.__setitem__("est_counts", h5py.ExternalLink("/etc/passwd", "/x"))
        ),
        lambda file, h5py: (
            file.__delitem__("aux/ids"), file.__setitem__("aux/ids", np.ones(len(DATA.names)))
        ),
        lambda file, h5py: (
            file.__delitem__("est_counts"), file.__setitem__("est_counts", np.ones((len(DATA.names), 2)))
        ),
        lambda file, h5py: (
            file.__delitem__("est_counts"),
            file.create_dataset("est_counts", shape=(len(DATA.names),), dtype="f8", external=[("/etc/hosts", 0, 9999)]),
        ),
    ],
)  # fmt: skip
def test_an_inconsistent_kallisto_h5_is_refused(tmp_path, change):
    assert broken_h5(tmp_path, change).id == "E-FILE-008"


def test_a_cut_h5_is_refused(tmp_path):
    folder = write_kallisto_h5(DATA, tmp_path / "quants")
    path = folder / SAMPLES[0] / "abundance.h5"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert refused(folder, tmp_path).id == "E-FILE-008"
