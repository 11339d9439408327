"""Results that narratives are told of: airway (bundled), three simulations, and public data where they are there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.stats import hypergeom

import foldwise as fw
from foldwise.io.demo_data import airway_folder
from foldwise.report.gene_set_view import GeneSetTable
from foldwise.report.interpretation.evidence import Evidence, evidence_of
from foldwise.stats.multiple_testing import benjamini_hochberg
from verification import reference
from verification.simulate import draw

# Prefixes of made-up gene names that look like those of people, mice, flies and yeast.
_STEMS = (
    "DUSP",
    "KLF",
    "ZBTB",
    "TSC22D",
    "NKX2-",
    "HLA-D",
    "MT-ND",
    "C9orf",
    "Nppb",
    "Cyp2c",
    "Slc25a",
    "YAL0",
    "unc-",
)


def cases() -> Iterator[tuple[str, Evidence]]:
    """Yield name and evidence of each result."""
    yield "airway", _evidence(_airway(), 1)
    for number, (method, levels, share) in enumerate(
        (("edger-ql", ("control", "treated"), 0.3), ("limma-voom", ("wild type", "mutant"), 0.2),
         ("deseq2", ("D0", "D7"), 0.04))
    ):  # fmt: skip
        yield f"simulated {method}", _evidence(_simulated(method, levels, share, number), number + 2)
    if reference.available():
        for name, design, contrast in (("pasilla", "~ type + condition", ("condition", "treated", "untreated")),
                                       ("bottomly", "~ batch + strain", ("strain", "DBA2J", "C57BL6J"))):  # fmt: skip
            counts, sheet = reference.table(name, "counts.tsv.gz"), reference.table(name, "samples.tsv")
            sheet = sheet.astype(str)
            yield name, _evidence(fw.de(counts, sheet, design=design, contrast=contrast, threads=1), 9)


def _airway() -> fw.Results:
    folder = airway_folder()
    return fw.de(folder / "counts.tsv.gz", folder / "samples.tsv", design="~ cell + dex",
                 contrast=("dex", "trt", "untrt"), threads=1)  # fmt: skip


def _simulated(method: str, levels: tuple[str, str], share: float, seed: int) -> fw.Results:
    drawn = draw(1500, 5, "deep", "usual", (seed, 41), share)
    names = [f"{_STEMS[i % len(_STEMS)]}{i // len(_STEMS) + 1}" for i in range(1500)]
    ids = [f"ENSG{i:011d}" for i in range(1500)]
    samples = [f"S{i + 1}" for i in range(10)]
    counts = pd.DataFrame(drawn.counts, index=pd.Index(ids, name="gene_id"), columns=samples)
    genes = pd.DataFrame({"gene_name": names}, index=counts.index)
    sheet = pd.DataFrame({"group": [levels[g] for g in drawn.group]}, index=samples)
    made = fw.de(counts, sheet, design="~ group", contrast=("group", levels[1], levels[0]), method=method, threads=1)
    result = made.analysis.results[0]
    table = result.table.copy()
    table.insert(0, "gene_name", genes.loc[table.index, "gene_name"].to_numpy())
    return replace(made, analysis=replace(made.analysis, results=(replace(result, table=table),)))


def _evidence(results: fw.Results, seed: int) -> Evidence:
    result = results.analysis.results[0]
    return evidence_of(results.analysis, result, [enrichment(result.table, result.fdr, result.contrast.id, seed)])


def enrichment(table: pd.DataFrame, fdr: float, contrast: str, seed: int) -> GeneSetTable:
    """Return the over-representation of 24 sets, four of which are planted among the genes called."""
    return over_represented(table, gene_sets(table, fdr, seed), fdr, contrast)


def gene_sets(table: pd.DataFrame, fdr: float, seed: int) -> dict[str, np.ndarray]:
    """Return the rows of the genes of each set: 40 tested ones, in four sets 20 of them and 25 that are called."""
    rng = np.random.default_rng([seed, 77])
    padj, change = (table[name].to_numpy(dtype=float) for name in ("padj", "log2_fold_change"))
    tested = np.flatnonzero(np.isfinite(padj))
    found = {}
    for number, name in enumerate(_SETS):
        members = rng.choice(tested, 40, replace=False)
        own = np.flatnonzero((padj < fdr) & ((change > 0) == bool(number % 2)))
        if number < 4 and own.size >= 8:
            members = np.union1d(members[:20], rng.choice(own, min(25, own.size), replace=False))
        found[name] = members
    return found


def over_represented(table: pd.DataFrame, sets: dict[str, np.ndarray], fdr: float, contrast: str) -> GeneSetTable:
    """Return the hypergeometric test of each set among the genes called up, and down, adjusted within each."""
    padj, change = (table[name].to_numpy(dtype=float) for name in ("padj", "log2_fold_change"))
    n_tested = int(np.isfinite(padj).sum())
    called = {"up": np.flatnonzero((padj < fdr) & (change > 0)), "down": np.flatnonzero((padj < fdr) & (change < 0))}
    rows = []
    for name, members in sets.items():
        for direction, genes in called.items():
            hits = np.intersect1d(members, genes).size
            p = float(hypergeom.sf(hits - 1, n_tested, genes.size, members.size))
            rows.append((name, direction, members.size, hits, p))
    frame = pd.DataFrame(rows, columns=["gene_set", "direction", "n_genes", "n_found", "pvalue"])
    frame["padj"] = 1.0
    for direction in called:
        own = frame["direction"] == direction
        frame.loc[own, "padj"] = benjamini_hochberg(frame.loc[own, "pvalue"].to_numpy(dtype=float))
    return GeneSetTable(contrast, "ora", frame.sort_values(["pvalue", "gene_set"], ignore_index=True))


_SETS = tuple(
    f"{family}_{theme}"
    for family in ("HALLMARK", "REACTOME")
    for theme in ("INTERFERON_ALPHA_RESPONSE", "OXIDATIVE_PHOSPHORYLATION", "G2M_CHECKPOINT", "APOPTOSIS", "HYPOXIA",
                  "P53_PATHWAY", "MYOGENESIS", "ADIPOGENESIS", "TGF_BETA_SIGNALING", "DNA_REPAIR", "GLYCOLYSIS",
                  "ANGIOGENESIS")
)  # fmt: skip
