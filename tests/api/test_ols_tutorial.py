"""The table of many tutorials (samples in rows, 50 controls and 50 treated) gives statsmodels' p-values."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from click.testing import CliRunner

from foldwise.cli.app import cli


@pytest.fixture(scope="module")
def tutorial(tmp_path_factory):
    """Folder with the counts both ways round, the sheet, and the counts themselves."""
    folder = tmp_path_factory.mktemp("tutorial")
    generator = np.random.default_rng(11)
    groups = ["Control"] * 50 + ["Treatment"] * 50
    samples = [f"Sample_{i}" for i in range(1, 101)]
    mean = generator.uniform(20, 500, size=60)
    fold = np.where(np.arange(60) < 12, 2.0, 1.0)
    expected = mean * np.where(np.array(groups)[:, None] == "Treatment", fold, 1.0)
    counts = pd.DataFrame(
        generator.negative_binomial(5, 5 / (5 + expected)), index=samples, columns=[f"Gene_{i}" for i in range(60)]
    )
    counts.rename_axis("sample").to_csv(folder / "samples_by_genes.csv")
    counts.T.rename_axis("gene_id").to_csv(folder / "genes_by_samples.csv")
    pd.DataFrame({"sample": samples, "condition": groups}).to_csv(folder / "samples.csv", index=False)
    return folder, counts, np.array(groups) == "Treatment"


def reference(values: np.ndarray, treated: np.ndarray) -> pd.DataFrame:
    """Per-gene regression of statsmodels on values (n_samples, n_genes)."""
    matrix = sm.add_constant(treated.astype(float))
    fits = [sm.OLS(values[:, g], matrix).fit() for g in range(values.shape[1])]
    return pd.DataFrame(
        {"b": [f.params[1] for f in fits], "t": [f.tvalues[1] for f in fits], "p": [f.pvalues[1] for f in fits]}
    )


def normalized(raw: np.ndarray, transform: str, depth: str | None, folder) -> np.ndarray:
    """Values (n_samples, n_genes) by the size factors written, which are 1 on average and library sizes for none."""
    total = raw.sum(axis=1, keepdims=True)
    factors = pd.read_csv(folder / "counts" / "size_factors.tsv", sep="\t", index_col=0)
    relative = factors["size_factor"].to_numpy()[:, None]
    if depth in (None, "none"):
        np.testing.assert_allclose(relative, total / total.mean(), rtol=1e-14)
    else:
        assert np.abs(relative / (total / total.mean()) - 1).max() > 1e-3
    if transform == "log1p-raw":
        return np.log1p(raw)
    if transform == "log1p":
        return np.log1p(raw / relative)
    effective = relative / np.exp(np.mean(np.log(relative / total)))  # library sizes times factors of geometric mean 1
    prior = 2 * effective / effective.mean()
    return np.log2((raw + prior) / (effective + 2 * prior) * 1e6)


@pytest.mark.parametrize("table", ["samples_by_genes.csv", "genes_by_samples.csv"])
@pytest.mark.parametrize(
    ("transform", "depth"), [("log1p-raw", None), ("log1p", "none"), ("log1p", "tmm"), ("log2-cpm", "rle")]
)
def test_p19_p_values_are_those_of_statsmodels(tutorial, tmp_path, table, transform, depth):
    folder, counts, treated = tutorial
    arguments = ["run", folder / table, folder / "samples.csv", "--method", "ols", "--transform", transform]
    arguments += ["--size-factors", depth] if depth not in (None, "tmm") else []  # tmm is what is done unasked
    model = ["--design", "~ condition", "--reference", "condition=Control", "-o", tmp_path / "o", "-q", "--no-report"]
    done = CliRunner().invoke(cli, [str(a) for a in (*arguments, *model)])
    assert done.exit_code == 0, done.stderr
    found = pd.read_csv(tmp_path / "o" / "results" / "condition_Treatment_vs_Control.tsv", sep="\t", index_col=0)
    raw = counts.to_numpy(dtype=float)
    values, unit = normalized(raw, transform, depth, tmp_path / "o"), 1.0 if transform == "log2-cpm" else np.log(2)
    expected = reference(values, treated)
    assert list(found.index) == list(counts.columns)
    np.testing.assert_allclose(found["pvalue"], expected["p"], rtol=1e-12)
    np.testing.assert_allclose(found["statistic"], expected["t"], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(found["log2_fold_change"], expected["b"] / unit, rtol=1e-12, atol=1e-13)
    assert (found["log2_fold_change"].iloc[:12] > 0).all()


def test_raw_logs_are_not_said_to_be_corrected_for_depth(tutorial, tmp_path):
    folder, _, _ = tutorial
    for transform, said in [
        ("log1p-raw", "depth was not corrected for"),
        ("log1p", "depth was corrected by trimmed means"),
    ]:
        arguments = ["run", folder / "genes_by_samples.csv", folder / "samples.csv", "--yes", "--method", "ols"]
        arguments += ["--transform", transform, "--no-report", "-o", tmp_path / transform]
        done = CliRunner().invoke(cli, [str(a) for a in arguments])
        assert done.exit_code == 0, done.stderr
        assert said in (tmp_path / transform / "methods.md").read_text(encoding="utf-8")
        assert ("not corrected for: --transform log1p-raw" in done.stderr) is (transform == "log1p-raw")
