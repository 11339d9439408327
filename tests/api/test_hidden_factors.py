"""Hidden factors as a user meets them: columns beside the classical ones, refusals, warnings, the same everywhere."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import foldwise as fw
from foldwise.api.analyze import python_spec
from foldwise.errors import DesignError, FoldwiseWarning, InputError, UsageError
from tests.api.hidden import hidden_counts

pytestmark = pytest.mark.filterwarnings("ignore::foldwise.errors.FoldwiseWarning")

LEARNED = ["log2_fold_change_learned", "pvalue_learned", "padj_learned"]
CONTRAST = ("group", "b", "a")


@pytest.fixture(scope="module")
def data():
    return hidden_counts()


def analyzed(data, **options):
    given = {"certificate": "off", "threads": 1} | options
    return fw.de(*data, "~ group", contrast=CONTRAST, **given)


@pytest.fixture(scope="module")
def plain(data):
    return analyzed(data, method="limma-voom")


@pytest.fixture(scope="module")
def learned(data):
    return analyzed(data, method="limma-voom", learn="factors", hidden_factors=1)


def test_m57_learned_columns_change_no_classical_one(plain, learned):
    kept = learned.table.drop(columns=LEARNED)
    pd.testing.assert_frame_equal(kept, plain.table, check_exact=True)
    assert list(learned.table.columns[-4:]) == [*LEARNED, "status"]
    assert not np.array_equal(learned.table["padj_learned"], learned.table["padj"])


def test_a_hidden_factor_is_taken_out(plain, learned):
    """By chance 5 of 100 unchanged genes have p < .05; with the factor left in it is several times as many."""
    unchanged = slice(20, None)
    assert np.mean(plain.table["pvalue"][unchanged] < 0.05) > 0.2
    assert np.mean(learned.table["pvalue_learned"][unchanged] < 0.05) < 0.1
    assert (learned.table["padj_learned"][:20] < 0.05).sum() >= 15


@pytest.mark.parametrize("method", ["deseq2", "edger-ql", "edger-lrt", "limma-trend", "ols"])
def test_every_method_with_a_model_holds_factors(data, method):
    table = analyzed(data, method=method, learn="factors", hidden_factors=1).table
    assert np.isfinite(table["padj_learned"]).sum() > 300
    assert np.mean(table["pvalue_learned"][20:] < 0.05) < 0.12


@pytest.mark.parametrize("method", ["t", "wilcoxon", "edger-exact"])
def test_tests_of_groups_refuse(data, method):
    with pytest.raises(UsageError, match="compares groups and can hold no hidden factors") as caught:
        analyzed(data, method=method, learn="factors")
    assert caught.value.id == "E-USAGE-002"
    assert "deseq2" in caught.value.fix


def test_the_likelihood_ratio_test_refuses(data):
    with pytest.raises(UsageError, match="compares whole formulas"):
        analyzed(data, learn="factors", test="lrt", reduced="~ 1")


def test_m60_no_factors_are_none(data, tmp_path):
    """Identical bytes."""
    none = analyzed(data).to_tsv(tmp_path / "none.tsv").read_bytes()
    zero = analyzed(data, learn="factors", hidden_factors=0)
    assert zero.to_tsv(tmp_path / "zero.tsv").read_bytes() == none
    assert zero.analysis.learned.facts["factors"]["k"] == 0
    assert not zero.analysis.learned.primary
    few = hidden_counts(n=6)
    chosen = analyzed(few, learn="factors")
    plain = analyzed(few).to_tsv(tmp_path / "plain.tsv").read_bytes()
    assert chosen.to_tsv(tmp_path / "few.tsv").read_bytes() == plain
    assert "4 residual degrees of freedom are too few" in chosen.analysis.learned.facts["factors"]["reason"]


@pytest.fixture(scope="module")
def chosen(data):
    return analyzed(data, method="ols", learn="factors", seed=1)


def test_the_number_is_chosen_on_made_up_labels(chosen, learned):
    facts = chosen.analysis.learned.facts["factors"]
    assert facts["asked"] == "auto"
    assert facts["k"] == 1
    assert facts["n_runs"] == 100
    assert [row["k"] for row in facts["candidates"]] == list(range(facts["k_max"] + 1))
    assert facts["candidates"][1]["power"] > 1.1 * facts["candidates"][0]["power"]
    assert facts["shared"]["site"][0] > 0.4
    texts = [message.text for message in chosen.analysis.messages if message.data.get("step") == "Learned"]
    assert "of planted changes are found" in texts[0]
    assert "1 hidden factor on your own word" in str(learned.analysis.messages)


def test_m70_the_seed_changes_learned_columns_only(data, chosen):
    other = analyzed(data, method="ols", learn="factors", seed=2)
    pd.testing.assert_frame_equal(
        other.table.drop(columns=LEARNED), chosen.table.drop(columns=LEARNED), check_exact=True
    )
    facts = [each.analysis.learned.facts["factors"]["candidates"] for each in (chosen, other)]
    assert facts[0] != facts[1]


def test_m10_the_same_seed_and_any_threads_give_the_same_bytes(data, chosen, tmp_path):
    again = analyzed(data, method="ols", learn="factors", seed=1, threads=3)
    assert again.to_tsv(tmp_path / "a.tsv").read_bytes() == chosen.to_tsv(tmp_path / "b.tsv").read_bytes()
    first, second = (each.analysis.learned.facts["factors"] for each in (chosen, again))
    assert first == second


def test_m13_command_line_and_config_as_python(data, learned, tmp_path):
    counts, sheet = data
    counts.to_csv(tmp_path / "counts.tsv", sep="\t")
    sheet.to_csv(tmp_path / "samples.tsv", sep="\t")
    run = [sys.executable, "-m", "foldwise", "run"]
    files = [str(tmp_path / "counts.tsv"), str(tmp_path / "samples.tsv"), "--design", "~ group"]
    options = [
        "--contrast",
        ":".join(CONTRAST),
        "--method",
        "limma-voom",
        "--learn",
        "factors",
        "--hidden-factors",
        "1",
    ]
    done = subprocess.run(
        [*run, *files, *options, "-o", str(tmp_path / "out"), "--no-report", "--certificate", "off"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert "padj_learned" in done.stderr
    assert "No null runs were made" in done.stderr
    name = "results/group_b_vs_a.tsv"
    expected = learned.to_tsv(tmp_path / "python.tsv").read_bytes()
    assert (tmp_path / "out" / name).read_bytes() == expected
    again = [*run, "--config", str(tmp_path / "out" / "run.toml"), "-q", "-o", str(tmp_path / "again")]
    subprocess.run(again, check=True)
    assert (tmp_path / "again" / name).read_bytes() == expected
    facts = json.loads((tmp_path / "out" / "run.json").read_text())
    assert facts["learned"]["factors"]["k"] == 1
    assert "columns" not in facts["learned"]["factors"]
    factors = pd.read_csv(tmp_path / "out" / "counts" / "hidden_factors.tsv", sep="\t", index_col="sample")
    assert list(factors.index) == list(sheet.index)
    assert factors.shape == (24, 1)


def test_b135_group_is_batch(data):
    counts, sheet = data
    sheet = sheet.assign(sequencing_batch=np.where(sheet["group"] == "a", 1, 2))
    with pytest.raises(DesignError, match="'sequencing_batch' of the sample sheet") as caught:
        analyzed((counts, sheet), learn="factors")
    assert caught.value.id == "E-LEARN-002"
    assert caught.value.exit_code == 3
    assert caught.value.data["columns"] == ["sequencing_batch"]
    analyzed((counts, sheet), learn="none")
    # A batch that is not the group, and the group's other name, are no reason to refuse
    near = sheet.assign(sequencing_batch=[2, *sheet["sequencing_batch"][1:]], treatment_name=sheet["group"])
    analyzed((counts, near), learn="factors", hidden_factors=1)


def test_b136_a_change_of_most_genes(data, tmp_path):
    counts, sheet = hidden_counts(changed=240, strength=0.2)
    with pytest.warns(FoldwiseWarning, match="W-LEARN-004") as caught:
        found = analyzed((counts, sheet), method="limma-voom", learn="factors", hidden_factors=1, certificate=4)
    told = next(item.message for item in caught if getattr(item.message, "id", "") == "W-LEARN-004")
    assert "% of the tested genes" in told.found
    assert "--negative-controls" in told.fix
    assert found.analysis.learned.certificate.verdict in ("WARN", "FAIL")
    assert not found.analysis.learned.primary
    controls = list(counts.index[240:])
    held = analyzed((counts, sheet), method="limma-voom", learn="factors", hidden_factors=1, negative_controls=controls)
    assert "W-LEARN-004" not in {message.id for message in held.analysis.messages}
    (tmp_path / "controls.txt").write_text("\n".join(controls))
    path = tmp_path / "controls.txt"
    of_file = analyzed((counts, sheet), method="limma-voom", learn="factors", hidden_factors=1, negative_controls=path)
    pd.testing.assert_frame_equal(held.table, of_file.table, check_exact=True)
    assert not held.table["padj_learned"].equals(found.table["padj_learned"])


def test_negative_controls_that_do_not_fit(data):
    with pytest.raises(InputError) as caught:
        analyzed(data, learn="factors", hidden_factors=1, negative_controls=["nowhere"])
    assert caught.value.id == "E-NORM-004"
    with pytest.raises(UsageError, match="5 negative controls are expressed"):
        analyzed(data, learn="factors", hidden_factors=1, negative_controls=list(data[0].index[:5]))


def test_more_factors_than_samples_allow(data):
    with pytest.raises(UsageError, match="40 hidden factors are asked for; 22 residual degrees"):
        analyzed(data, learn="factors", hidden_factors=40)


@pytest.mark.parametrize("value", ["three", "-1", "raw:", "raw:x", "1.5", "01", "auto:2", "9999"])
def test_b124_numbers_of_factors_that_are_none(value):
    with pytest.raises(UsageError, match="hidden_factors must be auto, a number, or raw: and a number"):
        python_spec("~ group", None, {"hidden_factors": value})


def test_raw_components_say_what_they_cost(data):
    found = analyzed(data, method="ols", learn="factors", hidden_factors="raw:2")
    facts = found.analysis.learned.facts["factors"]
    assert (facts["kind"], facts["k"]) == ("raw", 2)
    assert "true changes may be lost" in facts["reason"]
    assert "padj_learned" in found.table


def test_contrasts_of_a_fit_are_learned_anew(data):
    fit = fw.fit(
        data[0],
        "~ group",
        samples=data[1],
        method="ols",
        learn="factors",
        hidden_factors=1,
        threads=1,
        certificate="off",
    )
    direct = analyzed(data, method="ols", learn="factors", hidden_factors=1)
    pd.testing.assert_frame_equal(fit.contrast(CONTRAST).table, direct.table, check_exact=True)


def test_its_own_certificate_decides_whether_it_is_primary(data):
    found = analyzed(data, method="ols", learn="factors", hidden_factors=1, certificate=100)
    learned = found.analysis.learned
    assert learned.certificate.method == "ols with 1 hidden factor"
    assert len(learned.certificate.discoveries) == 100
    assert learned.primary == (learned.certificate.verdict == "PASS" and "may be taken" in learned.reason)
