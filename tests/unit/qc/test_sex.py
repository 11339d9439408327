from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from foldwise.model.experiment import CSRCounts, Experiment
from foldwise.qc.flags import check_samples
from foldwise.qc.markers import HUMAN_Y, MOUSE_X, MOUSE_Y, find_markers
from tests.unit.qc.data import exchanged, people, with_column, with_counts


def sex_flags(experiment, **options):
    return [flag for flag in check_samples(experiment, **options).flags if flag.rule == "sex"]


def check_of(experiment, rule="sex"):
    return next(check for check in check_samples(experiment).checks if check.rule == rule)


def test_clean_sexes_are_not_flagged_and_swapped_ones_are():
    clean = people(6, 1)
    assert sex_flags(clean) == []
    flags = sex_flags(exchanged(clean, "sex", 0, 1))
    assert [flag.sample for flag in flags] == ["s0", "s1"]
    assert flags[0].text.startswith("s0 is male by column 'sex' and female by its expression: RPS4Y1, DDX3Y, KDM5D,")
    assert "XIST" in flags[0].text
    assert flags[0].values["sheet"] == "male"
    assert flags[0].values["seen"] == "female"
    assert flags[0].values["xist_cpm"] > 100 > flags[0].values["y_cpm"]


@pytest.mark.parametrize("names", ["ensembl", "versions", "gene_name"])
def test_genes_are_found_by_every_name(names):
    data = people(6, 1, symbols=names == "gene_name")
    genes = data.genes
    if names == "versions":
        genes = pd.DataFrame(index=[f"{g}.7" if g.startswith("ENSG") else g for g in genes.index])
    if names == "gene_name":
        ids = pd.Index([f"id{k}" for k in range(len(genes))])
        genes = pd.DataFrame({"gene_name": [None if k == 900 else n for k, n in enumerate(genes.index)]}, index=ids)
    swapped = exchanged(Experiment(data.counts, data.samples, genes), "sex", 2, 3)
    assert [flag.sample for flag in sex_flags(swapped)] == ["s2", "s3"]


def test_mouse_symbols_and_repeated_symbols():
    genes = pd.DataFrame(index=["a", *MOUSE_X, *MOUSE_Y, "Uty"])
    markers = find_markers(genes)
    assert markers is not None
    assert markers.x == {"Xist": 1}
    assert markers.y == {name: 2 + k for k, name in enumerate(MOUSE_Y)}
    assert find_markers(pd.DataFrame(index=["FBgn1", "FBgn2"])) is None
    assert find_markers(pd.DataFrame(index=pd.Index([], dtype=object))) is None


@pytest.mark.parametrize(
    "words", [("F", "M"), ("W", "m"), ("Female", "MALE"), ("woman", "man"), ("weiblich", "männlich")]
)
def test_words_of_sex(words):
    data = people(6, 1)
    relabeled = with_column(data, "sex", [words[s == "male"] for s in data.samples["sex"]])
    assert check_of(relabeled).applied
    assert sex_flags(relabeled) == []
    assert len(sex_flags(exchanged(relabeled, "sex", 0, 1))) == 2


def test_other_words_are_not_read_and_said():
    data = people(6, 1)
    check = check_of(with_column(data, "sex", ["1", "2", "1", "2", "1", "2"]))
    assert not check.applied
    assert "'1', '2'" in check.text
    unknown = with_column(data, "sex", ["unknown", "", "NA", "male", "female", "male"])
    assert sex_flags(unknown) == []


def test_a_sample_between_both_is_unclear_and_no_warning():
    data = people(8, 1)
    mixed = with_counts(data, {0: (data.counts[:, 0] + data.counts[:, 1]) // 2})
    flags = sex_flags(mixed)
    assert [(flag.sample, flag.level) for flag in flags] == [("s0", "note")]
    assert "unclear" in flags[0].text
    assert check_samples(mixed).warnings == ()


def test_one_sex_only():
    women = people(10, 1)
    kept = women.take_samples(np.flatnonzero(women.samples["sex"] == "female"))
    assert sex_flags(kept) == []
    wrong = with_column(kept, "sex", ["female", "female", "male", "female", "female"])
    assert [flag.sample for flag in sex_flags(wrong)] == [kept.samples.index[2]]
    men = women.take_samples(np.flatnonzero(women.samples["sex"] == "male"))
    assert sex_flags(men) == []
    assert len(sex_flags(with_column(men, "sex", ["female"] * 5))) == 5


def test_without_xist_two_groups_are_told_and_one_is_not():
    data = people(6, 1)
    rows = np.flatnonzero(data.genes.index != "XIST")
    without = data.take(rows)
    assert len(sex_flags(exchanged(without, "sex", 0, 1))) == 2
    men = without.take_samples(np.array([1, 3, 5]))
    check = check_of(with_column(men, "sex", ["female", "male", "male"]))
    assert not check.applied
    assert "cannot be told apart" in check.text


def test_females_that_lost_xist_are_not_called_male():
    data = people(6, 1)
    counts = data.counts.copy()
    counts[0] = 0
    women = Experiment(counts, data.samples, data.genes).take_samples(np.array([0, 2, 4]))
    assert sex_flags(women) == []


def test_a_table_without_sex_genes_or_reads_of_them():
    data = people(6, 1)
    assert "no gene of the Y chromosome" in check_of(data.take(np.arange(20, 400))).text
    counts = data.counts.copy()
    counts[: len(HUMAN_Y) + 1] = 0
    assert "hardly a read" in check_of(Experiment(counts, data.samples, data.genes)).text


def test_sparse_counts_give_the_same():
    data = exchanged(people(6, 1), "sex", 0, 1)
    gene, sample = np.nonzero(data.counts)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(gene, minlength=len(data.counts)))]).astype(np.int64)
    sparse = CSRCounts(data.counts[gene, sample], sample.astype(np.int32), indptr, data.counts.shape)
    dense_flags = check_samples(data)
    sparse_flags = check_samples(Experiment(sparse, data.samples, data.genes))
    assert dense_flags.table.equals(sparse_flags.table)
    assert dense_flags.measured.equals(sparse_flags.measured)
