"""Gene-set enrichment by gseapy and decoupler, offline: the only file that imports them.

``ora``: over-representation of the genes called (hypergeometric; gseapy). ``prerank``: running-sum statistic on all
genes ranked by their statistic (Subramanian et al. 2005, PNAS 102:15545; gseapy). ``ulm``: slope of the statistic on
membership (Badia-i-Mompel et al. 2022, Bioinf. Adv. 2:vbac016; decoupler).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import pandas as pd

from foldwise.annotate.gene_sets import GeneSets
from foldwise.errors import UsageError
from foldwise.stats.multiple_testing import benjamini_hochberg

METHODS = ("ora", "prerank", "ulm")
COLUMNS = ("gene_set", "direction", "n_genes", "n_found", "score", "pvalue", "padj", "genes")
# Sets of fewer or more genes say little; gseapy's own limits.
SIZES = (15, 500)
PERMUTATIONS = 1000


def over_representation(sets: GeneSets, called: Collection[str], background: Sequence[str]) -> pd.DataFrame:
    """Sets that hold more of the genes called than a random draw from the background would.

    Parameters
    ----------
    sets : GeneSets
        Within the background.
    called : collection of str
        Genes of the background that were called.
    background : sequence of str
        All genes that could have been called.

    Returns
    -------
    DataFrame
        `COLUMNS`; the score is the odds ratio, ``genes`` those found, separated by semicolons. Every set has a row.

    Raises
    ------
    UsageError
        E-EXTRA-001 without gseapy.
    """
    gseapy = _gseapy()
    listed = {name: list(genes) for name, genes in sets.genes.items()}
    some = sorted(set(called))
    rows: dict[str, tuple[float, float, str, int]] = {}
    if sets.all_genes().intersection(some):  # gseapy complains of calls without a hit
        found = gseapy.enrich(
            gene_list=some, gene_sets=listed, background=sorted(set(background)), outdir=None, no_plot=True,
            verbose=False,
        ).results  # fmt: skip
        for term, ratio, p, genes in zip(
            found["Term"], found["Odds Ratio"], found["P-value"], found["Genes"], strict=True
        ):
            members = sorted(str(genes).split(";"))
            rows[str(term)] = (float(ratio), float(p), ";".join(members), len(members))
    table = [
        (name, "", len(genes), rows[name][3] if name in rows else 0, *(rows.get(name) or (0.0, 1.0, ""))[:3])
        for name, genes in listed.items()
    ]
    return _table(table)


def pre_ranked(sets: GeneSets, genes: Sequence[str], score: np.ndarray, *, seed: int = 1) -> pd.DataFrame:
    """Sets whose genes lie together at an end of the ranking.

    Parameters
    ----------
    sets : GeneSets
        Within ``genes``.
    genes, score : sequence of str and ndarray, (n_genes,)
        The ranking; equal scores are taken in the order of the names.
    seed : int
        Of the permutations of genes.

    Returns
    -------
    DataFrame
        `COLUMNS`; the score is the normalized enrichment score, ``genes`` the leading edge, ``padj`` gseapy's FDR.
        Sets beyond `SIZES` have no row.

    Raises
    ------
    UsageError
        E-EXTRA-001 without gseapy.
    """
    gseapy = _gseapy()
    order = np.lexsort((np.asarray(genes, dtype=str), -np.asarray(score, dtype=np.float64)))
    ranking = pd.Series(np.asarray(score, dtype=np.float64)[order], index=[genes[i] for i in order.tolist()])
    fitting = {name: list(m) for name, m in sets.genes.items() if SIZES[0] <= len(m) <= SIZES[1]}
    if not fitting:
        return _table([])
    found = gseapy.prerank(
        rnk=ranking, gene_sets=fitting, min_size=SIZES[0], max_size=SIZES[1], permutation_num=PERMUTATIONS,
        outdir=None, no_plot=True, seed=seed, threads=1, verbose=False,
    ).res2d  # fmt: skip
    table = []
    for row in found.to_dict("records"):
        leading = sorted(str(row["Lead_genes"]).split(";"))
        direction = "up" if float(row["NES"]) > 0 else "down"
        table.append((str(row["Term"]), direction, len(fitting[str(row["Term"])]), len(leading), float(row["NES"]),
                      float(row["NOM p-val"]), ";".join(leading), float(row["FDR q-val"])))  # fmt: skip
    return _table(table)


def linear_model(sets: GeneSets, genes: Sequence[str], score: np.ndarray) -> pd.DataFrame:
    """Sets whose genes have other statistics than the rest: t of the slope on membership.

    Parameters
    ----------
    sets, genes, score
        As for `pre_ranked`.

    Returns
    -------
    DataFrame
        `COLUMNS`; the score is t. Sets beyond `SIZES` have no row.

    Raises
    ------
    UsageError
        E-EXTRA-001 without decoupler.
    """
    try:
        import decoupler
    except ImportError as error:
        raise _missing("decoupler") from error
    fitting = {name: m for name, m in sets.genes.items() if SIZES[0] <= len(m) <= SIZES[1]}
    if not fitting:
        return _table([])
    pairs = [(name, gene, 1.0) for name, members in fitting.items() for gene in members]
    network = pd.DataFrame(pairs, columns=["source", "target", "weight"])
    values = pd.DataFrame([np.asarray(score, dtype=np.float64)], columns=list(genes), index=["statistic"])
    t, p = decoupler.mt.ulm(values, network, tmin=SIZES[0])
    p_of = {str(name): float(p[name].iloc[0]) for name in p.columns}
    return _table(
        [
            (name, "up" if float(t[name].iloc[0]) > 0 else "down", len(fitting[name]), len(fitting[name]),
             float(t[name].iloc[0]), p_of[name], ";".join(sorted(fitting[name])))
            for name in map(str, t.columns)
        ]
    )  # fmt: skip


def _table(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    """Rows (name, direction, genes, found, score, p, names[, padj]) as a table, best first."""
    names = ["gene_set", "direction", "n_genes", "n_found", "score", "pvalue", "genes"]
    has_padj = bool(rows) and len(rows[0]) > len(names)
    frame = pd.DataFrame(rows, columns=[*names, "padj"] if has_padj else names)
    if not has_padj:
        frame["padj"] = benjamini_hochberg(frame["pvalue"].to_numpy(dtype=np.float64)) if len(frame) else 0.0
    order: Any = np.arange(0)
    if len(frame):
        order = np.lexsort((frame["gene_set"].astype(str), -frame["score"].abs(), frame["pvalue"]))
    return frame[list(COLUMNS)].iloc[order].reset_index(drop=True)


def require_gseapy() -> None:
    """Raise E-EXTRA-001 where gseapy is not installed."""
    _gseapy()


def _gseapy() -> Any:
    try:
        import gseapy
    except ImportError as error:
        raise _missing("gseapy") from error
    return gseapy


def _missing(package: str) -> UsageError:
    return UsageError("E-EXTRA-001", f"Enrichment needs {package}.", "pip install 'foldwise[enrich]'")
