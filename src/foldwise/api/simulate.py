"""``fw.simulate``: data whose true changes are known."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from foldwise.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Simulation:
    """Simulated counts and the truth behind them.

    Parameters
    ----------
    counts : DataFrame, (n_genes, n_samples)
        Whole numbers; index ``gene_id``.
    samples : DataFrame
        Index ``sample``; column ``group`` with levels ``control`` and ``treated``.
    truth : DataFrame
        Index ``gene_id``; ``log2_fold_change`` (treated against control, 0 if unchanged), ``mean``, ``dispersion``.
    """

    counts: pd.DataFrame
    samples: pd.DataFrame
    truth: pd.DataFrame

    def rates(self, padj: pd.Series, fdr: float = 0.05) -> tuple[float, float]:
        """Return (false discovery proportion, power) of the genes with ``padj`` below ``fdr``."""
        from foldwise.stats.simulate import realized_rates

        called = (padj.reindex(self.truth.index) < fdr).to_numpy()
        return realized_rates(called, self.truth["log2_fold_change"].to_numpy() != 0)


def simulate(
    n_genes: int = 10_000, n_samples: int = 8, seed: int = 1, *, share_changed: float = 0.1, sd_log2: float = 1.0
) -> Simulation:
    """Simulate read counts of two groups.

    Parameters
    ----------
    n_genes, n_samples : int
        Samples in all; half of them are treated.
    seed : int
        Same seed, same data.
    share_changed : float
        Share of genes with a true change.
    sd_log2 : float
        Spread of the true log2 fold changes.

    Raises
    ------
    UsageError
        E-USAGE-002 for numbers that make no data.
    """
    if n_genes < 1 or n_samples < 2 or not 0 <= share_changed <= 1 or not sd_log2 > 0 or seed < 0:
        found = f"genes {n_genes}, samples {n_samples}, share changed {share_changed:g}, sd {sd_log2:g}, seed {seed}."
        fix = "Needed: at least 1 gene and 2 samples, a share from 0 to 1, a positive sd, a seed of 0 or more."
        raise UsageError("E-USAGE-002", f"Nothing can be simulated from {found}", fix)
    import pandas as pd

    from foldwise.stats.simulate import simulate_counts

    drawn = simulate_counts(n_genes, n_samples, share_changed, sd_log2, seed)
    genes = pd.Index(_numbered("gene", n_genes), dtype=object, name="gene_id")
    samples = pd.Index(_numbered("S", n_samples), dtype=object, name="sample")
    truth = {"log2_fold_change": drawn.log2_fold_change, "mean": drawn.mean, "dispersion": drawn.dispersion}
    groups = ["treated" if member else "control" for member in drawn.group]
    return Simulation(
        pd.DataFrame(drawn.counts, index=genes, columns=samples),
        pd.DataFrame({"group": groups}, index=samples, dtype=object),
        pd.DataFrame(truth, index=genes),
    )


def write_simulation(data: Simulation, directory: Path) -> list[str]:
    """Write ``counts.tsv.gz``, ``samples.tsv`` and ``truth.tsv.gz``; return their names."""
    from foldwise.io.write_outputs import write_columns

    genes = list(data.counts.index)
    names = ["counts.tsv.gz", "samples.tsv", "truth.tsv.gz"]
    matrix: np.ndarray = data.counts.to_numpy(dtype="int64")
    write_columns(directory / names[0], ["gene_id", *data.counts.columns], [genes, matrix])
    write_columns(directory / names[1], ["sample", "group"], [list(data.samples.index), list(data.samples["group"])])
    truth = [data.truth[name].to_numpy() for name in data.truth.columns]
    write_columns(directory / names[2], ["gene_id", *data.truth.columns], [genes, *truth])
    return names


def _numbered(stem: str, number: int) -> list[str]:
    width = len(str(number))
    return [f"{stem}{i:0{width}d}" for i in range(1, number + 1)]
