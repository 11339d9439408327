"""Learned weights as a user meets them: the same numbers from both faces, refusals before and after the fit."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import foldwise as fw
from foldwise.errors import FoldwiseWarning, UsageError

pytestmark = pytest.mark.filterwarnings("ignore::foldwise.errors.FoldwiseWarning")

CONTRAST = ("group", "b", "a")
N_GENES, CHANGED = 400, 70


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Counts, sheet and a table of genes whose prior knows much of which genes change."""
    place = tmp_path_factory.mktemp("weights")
    rng = np.random.default_rng(3)
    group = np.repeat([0, 1], 6)
    log_mean = np.repeat(rng.normal(5.0, 1.0, N_GENES)[:, None], 12, axis=1)
    log_mean[:CHANGED] += np.where(np.arange(CHANGED) % 2 == 0, 0.9, -0.9)[:, None] * group
    counts = rng.poisson(rng.gamma(4.0, np.exp(log_mean) / 4.0))
    genes = pd.Index([f"g{i:04d}" for i in range(N_GENES)], name="gene_id")
    names = [f"s{j}" for j in range(12)]
    pd.DataFrame(counts, index=genes, columns=names).to_csv(place / "counts.tsv", sep="\t")
    pd.DataFrame({"group": np.where(group == 1, "b", "a")}, index=pd.Index(names, name="sample")).to_csv(
        place / "samples.tsv", sep="\t"
    )
    first = np.arange(N_GENES) < CHANGED
    prior = np.where(first, rng.beta(5, 2, N_GENES), rng.beta(2, 5, N_GENES))
    table = {"symbol": [f"S{i}" for i in range(N_GENES)], "prior": prior.round(4), "chr": np.arange(N_GENES) % 9,
             "start": rng.integers(1, 10**8, N_GENES), "flat": 1, "word": "x"}  # fmt: skip
    pd.DataFrame(table, index=genes).to_csv(place / "genes.tsv", sep="\t")
    return place


def analyzed(folder, *covariates, learn="weights", **options):
    return fw.de(
        folder / "counts.tsv", folder / "samples.tsv", "~ group", contrast=CONTRAST, method="ols",
        genes=folder / "genes.tsv", learn=learn, covariate=list(covariates),
        **{"threads": 1, "certificate": 22, **options},
    )  # fmt: skip


@pytest.fixture(scope="module")
def learned(folder):
    return analyzed(folder, "prior")


def test_m57_weights_change_no_classical_column(folder, learned):
    plain = analyzed(folder, learn="none")
    assert [name for name in learned.table if name not in plain.table] == ["padj_learned", "weight"]
    pd.testing.assert_frame_equal(learned.table[plain.table.columns], plain.table, check_exact=True)
    assert (learned.table["padj_learned"] < 0.05).sum() >= 1.01 * (plain.table["padj"] < 0.05).sum()


def test_command_line_and_python_give_the_same_bytes_for_any_threads(folder, learned, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "foldwise", "run", str(folder / "counts.tsv"), str(folder / "samples.tsv"), "--design",
         "~ group", "--contrast", "group:b:a", "--method", "ols", "--genes", str(folder / "genes.tsv"), "--learn",
         "weights", "--covariate", "prior", "--certificate", "22", "--threads", "2", "-o",
         str(tmp_path / "out"), "--no-report"],
        capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    mine = learned.to_tsv(tmp_path / "mine.tsv").read_bytes()
    assert (tmp_path / "out" / "results" / "group_b_vs_a.tsv").read_bytes() == mine
    assert "without weights" in done.stderr
    assert "(column padj_learned)" in done.stderr
    facts = json.loads((tmp_path / "out" / "run.json").read_text())["learned"]
    assert facts["parts"] == ["weights"]
    assert facts["weights"]["contrasts"][0]["folds"] == "stretches of the genome"
    assert facts["weights"]["covariates"] == ["mean count", "prior"]


def test_another_seed_moves_null_runs_and_no_weight(folder, learned):
    """Folds are not drawn, so weights hang on the data alone."""
    again = analyzed(folder, "prior", seed=2)
    pd.testing.assert_frame_equal(again.table, learned.table, check_exact=True)
    first, second = (each.analysis.learned.certificate for each in (learned, again))
    assert not np.array_equal(first.curve.mean, second.curve.mean)


def test_all_without_a_hidden_factor_is_weights_alone(folder, learned):
    both = analyzed(folder, "prior", learn="all", hidden_factors=0)
    assert both.analysis.learned.parts == ("weights",)
    pd.testing.assert_frame_equal(both.table, learned.table, check_exact=True)


def test_B129_a_constant_covariate_is_off_with_a_warning(folder):
    with pytest.warns(FoldwiseWarning, match="Learned weights are off: Column 'flat'") as caught:
        found = analyzed(folder, "prior", "flat")
    assert "W-LEARN-003" in {warning.message.id for warning in caught if isinstance(warning.message, FoldwiseWarning)}
    assert "weight" not in found.table
    assert "padj_learned" not in found.table
    assert not found.analysis.learned.primary


@pytest.mark.parametrize(
    ("covariates", "options", "says"),
    [
        (["wieght"], {}, "no column 'wieght'"),
        (["word"], {}, "must hold numbers"),
        (["prior"], {"learn": "none"}, "what learned weights are made of"),
        ([], {"correction": "ihw"}, "part of the correction bh"),
        (["prior"], {"learn": "weight"}, "learn has no value 'weight'"),
    ],
)
def test_settings_that_make_no_sense_are_refused_before_the_fit(folder, covariates, options, says):
    with pytest.raises(UsageError, match=says) as caught:
        analyzed(folder, *covariates, **options)
    assert caught.value.id in ("E-USAGE-001", "E-USAGE-002")
