"""A small simulated `Analysis`; with ``hostile`` every name is an attack. The statistics are simple, not DESeq2's."""

from __future__ import annotations

import numpy as np
import pandas as pd

from foldwise.model.analysis import Analysis, Message
from foldwise.model.contrast import Contrast
from foldwise.model.design import Design, Factor, Term
from foldwise.model.dispersion import Dispersions
from foldwise.model.experiment import Experiment
from foldwise.model.fit import Fit
from foldwise.model.normalization import SizeFactors
from foldwise.model.results import ResultTable
from foldwise.model.spec import AnalysisSpec, DesignSettings, InputSettings

ATTACKS = (
    '<img src=x onerror="window.hacked=1">',
    "</script><script>window.hacked=1</script>",
    "</style><script>window.hacked=1</script>",
    "{{ 7*7 }}{% raw %}",
    "line\u2028break\u2029end",
    "javascript:window.hacked=1",
    '"><svg onload=window.hacked=1>',
    "'onmouseover='window.hacked=1",
    "<!--<script>window.hacked=1",
    "]]><foreignObject><script>window.hacked=1</script>",
    "\u202eright to left \u05d0\u05d1",
    "bell\x07 escape\x1b[31m",
    "&lt;b&gt;&amp;#60;",
    '=HYPERLINK("x")',
    "L" * 10_000,
)


def simulated(n_genes: int = 400, *, hostile: bool = False, contrasts: int = 1, seed: int = 7) -> Analysis:
    """Return six samples, three donors in two treatments; a tenth of the genes changes."""
    rng = np.random.default_rng(seed)
    donor, treated = np.array([0, 0, 1, 1, 2, 2]), np.array([0, 1, 0, 1, 0, 1])
    mean = np.exp(rng.normal(3.5, 2.0, n_genes))
    change = np.where(rng.random(n_genes) < 0.1, rng.normal(0, 2, n_genes), 0.0)
    size = np.array([0.8, 1.2, 1.0, 1.1, 0.9, 1.0])
    expected = mean[:, None] * size * 2.0 ** (change[:, None] * treated)
    counts = rng.negative_binomial(10, 10 / (10 + expected)).astype(np.int32)
    counts[5] = 0
    ids, names = [f"GENE{i:05d}" for i in range(n_genes)], [f"Name{i}" for i in range(n_genes)]
    samples = [f"s{i + 1}" for i in range(6)]
    levels = ("control", "drug")
    if hostile:
        for i, attack in enumerate(ATTACKS):
            ids[10 + i] = names[40 + i] = attack
        samples[0], samples[1], samples[2] = ATTACKS[0], ATTACKS[1], ATTACKS[-1]
        levels = (ATTACKS[0], ATTACKS[1])
    sheet = pd.DataFrame(
        {
            "donor": [f"d{k}" for k in donor],
            "treatment": [levels[k] for k in treated],
            "age": ["31", "31", "45", "45", "58.5", "58.5"],
            "batch": [ATTACKS[2] if hostile and k else "b" for k in treated],
        },
        index=pd.Index(samples, name="sample"),
    )
    design = _design(donor, treated, levels)
    tables = [_table(counts, size, treated, ids, names, sign) for sign in (1, -1)][:contrasts]
    results = tuple(
        ResultTable(_contrast(levels if k == 0 else levels[::-1], k), table, 0.05, 0.0, {"filter_threshold": 2.0})
        for k, table in enumerate(tables)
    )
    return Analysis(
        spec=AnalysisSpec(
            input=InputSettings(counts=("/home/someone/counts.tsv",), samples="/home/someone/samples.tsv"),
            design=DesignSettings(formula="~ donor + treatment"),
        ),
        experiment=Experiment(counts, sheet, pd.DataFrame({"gene_name": names}, index=pd.Index(ids, name="gene_id"))),
        design=design,
        size_factors=SizeFactors(size),
        fit=_fit(counts, size, design),
        results=results,
        vst=np.log2(counts / size + 1),
        messages=(
            Message("ok", "", "6 of 6 sample names found in both files"),
            Message("warning", "W-DESIGN-007", f"only 3 samples per group of {levels[1][:60]} in /home/someone/x.tsv"),
        ),
        provenance={
            "versions": {"foldwise": "0.1.0", "numpy": "2.0.0"},
            "inputs": [{"name": "counts.tsv", "bytes": 1, "sha256": "ab" * 32}],
        },
    )


def whole_experiment() -> Analysis:
    """Return the bundled airway counts (64,102 genes, 8 samples, no gene names) with the simple statistics."""
    from foldwise.io.demo_data import airway_folder

    frame = pd.read_csv(airway_folder() / "counts.tsv.gz", sep="\t", index_col=0)
    sheet = pd.read_csv(airway_folder() / "samples.tsv", sep="\t", index_col=0, dtype=str).loc[frame.columns]
    counts = frame.to_numpy(dtype=np.int32)
    size = counts.sum(axis=0) / counts.sum(axis=0).mean()
    cells, treated = tuple(sorted(sheet["cell"].unique())), (sheet["dex"] == "trt").to_numpy().astype(int)
    cell = np.array([cells.index(name) for name in sheet["cell"]])
    ids, levels = frame.index.tolist(), ("untrt", "trt")
    factors = (Factor("cell", cells, tuple(cell.tolist())), Factor("dex", levels, tuple(treated.tolist())))
    terms = (Term("Intercept", (), (0,)), Term("cell", ("cell",), (1, 2, 3)), Term("dex", ("dex",), (4,)))
    matrix = np.column_stack([np.ones(8), *(cell == k for k in (1, 2, 3)), treated]).astype(float)
    names = ("Intercept", *(f"cell_{name}_vs_{cells[0]}" for name in cells[1:]), "dex_trt_vs_untrt")
    design = Design(matrix, names, "~ cell + dex", factors, terms)
    table = _table(counts, size, treated, ids, ids, 1).drop(columns="gene_name")
    vector = np.array([0.0, 0, 0, 0, 1])
    contrast = Contrast("dex", "dex: trt vs untrt", "up = higher in trt", vector, "levels", "dex", "trt", "untrt", 4)
    return Analysis(
        spec=AnalysisSpec(design=DesignSettings(formula="~ cell + dex")),
        experiment=Experiment(counts, sheet, pd.DataFrame(index=pd.Index(ids, name="gene_id"))),
        design=design,
        size_factors=SizeFactors(size),
        fit=_fit(counts, size, design),
        results=(ResultTable(contrast, table),),
        vst=np.log2(counts / size + 1),
        provenance={"versions": {"foldwise": "0.1.0"}},
    )


def _design(donor: np.ndarray, treated: np.ndarray, levels: tuple[str, str]) -> Design:
    matrix = np.column_stack([np.ones(6), donor == 1, donor == 2, treated]).astype(float)
    names = ("Intercept", "donor_d1_vs_d0", "donor_d2_vs_d0", f"treatment_{levels[1]}_vs_{levels[0]}")
    factors = (
        Factor("donor", ("d0", "d1", "d2"), tuple(donor.tolist())),
        Factor("treatment", levels, tuple(treated.tolist())),
    )
    terms = (Term("Intercept", (), (0,)), Term("donor", ("donor",), (1, 2)), Term("treatment", ("treatment",), (3,)))
    return Design(matrix, names, "~ donor + treatment", factors, terms)


def _contrast(levels: tuple[str, str], number: int) -> Contrast:
    sign = 1.0 if number == 0 else -1.0
    label, direction = f"treatment: {levels[1]} vs {levels[0]}", f"up = higher in {levels[1]}"
    vector = np.array([0, 0, 0, sign])
    return Contrast(
        f"treatment_{number}", label, direction, vector, "levels", "treatment", levels[1], levels[0], 3, int(sign)
    )


def _table(
    counts: np.ndarray, size: np.ndarray, treated: np.ndarray, ids: list[str], names: list[str], sign: int
) -> pd.DataFrame:
    """Differences of log2 counts with a rough standard error; every status occurs."""
    from foldwise.stats.multiple_testing import benjamini_hochberg
    from foldwise.stats.tails import normal_two_sided

    normalized = counts / size
    logs = np.log2(normalized + 0.5)
    change = sign * (logs[:, treated == 1].mean(axis=1) - logs[:, treated == 0].mean(axis=1))
    error = np.sqrt(0.15 + 1.5 / (normalized.mean(axis=1) + 0.5))
    statistic = change / error
    pvalue = normal_two_sided(statistic)
    pvalue[3], pvalue[4] = 0.0, 1e-290
    status = np.full(len(ids), "ok", dtype=object)
    base_mean = normalized.mean(axis=1)
    status[base_mean < 2] = "low_count"
    status[6], status[7], status[8] = "count_outlier", "not_estimable", "not_converged"
    status[base_mean == 0] = "all_zero"
    for word in ("all_zero", "not_estimable"):
        for column in (change, error, statistic, pvalue):
            column[status == word] = np.nan
    pvalue[status == "count_outlier"] = np.nan
    padj = benjamini_hochberg(np.where(np.isin(status, ("ok", "not_converged")), pvalue, np.nan))
    columns = {
        "gene_name": names,
        "base_mean": base_mean,
        "log2_fold_change": change,
        "log2_fold_change_se": error,
        "statistic": statistic,
        "pvalue": pvalue,
        "padj": padj,
        "status": status,
    }
    return pd.DataFrame(columns, index=pd.Index(ids, name="gene_id"))


def _fit(counts: np.ndarray, size: np.ndarray, design: Design) -> Fit:
    n, p = len(counts), design.matrix.shape[1]
    base_mean = (counts / size).mean(axis=1)
    rng = np.random.default_rng(1)
    trend = np.where(base_mean > 0, 0.1 + 2 / np.maximum(base_mean, 0.1), np.nan)
    genewise = trend * np.exp(rng.normal(0, 0.8, n))
    final = np.exp(0.5 * np.log(genewise) + 0.5 * np.log(trend))
    outlier, zeros = rng.random(n) < 0.02, np.zeros(n, dtype=int)
    dispersions = Dispersions(
        genewise,
        trend,
        final,
        final,
        outlier,
        zeros,
        zeros,
        "parametric",
        {"asymptotic": 0.1, "extra_poisson": 2.0},
        0.6,
    )
    return Fit(
        method="deseq2",
        design=design,
        size_factors=SizeFactors(size),
        base_mean=base_mean,
        base_variance=base_mean,
        coefficients=np.zeros((n, p)),
        covariance=np.zeros((n, p * (p + 1) // 2)),
        status=np.zeros(n, dtype=np.int8),
        log_likelihood=np.zeros(n),
        iterations=zeros,
        converged=np.ones(n, dtype=bool),
        used_optim=np.zeros(n, dtype=bool),
        dispersions=dispersions,
        residual_df=2.0,
        max_cooks=np.exp(rng.normal(-1, 1, n)),
        replaced=np.zeros(n, dtype=bool),
    )
