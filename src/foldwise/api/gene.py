"""One gene of a result: its counts, its row and, in words, why it is called or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from foldwise.api.words import small
from foldwise.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from foldwise.model.analysis import Analysis
    from foldwise.model.results import ResultTable


@dataclass(frozen=True, eq=False, repr=False)
class Gene:
    """One gene.

    Parameters
    ----------
    id : str
    name : str or None
        Symbol, where the input has one.
    row : Series
        Its row of the table.
    samples : DataFrame
        One row per sample: the sheet, then ``count`` and ``normalized``.
    result : ResultTable
        The table it stands in.
    pairing : str or None
        Column of the sheet that pairs the compared groups, if there is one.
    variable : str or None
        Column of the sheet that the comparison is about, which plots have on their axis.
    numeric : bool
        Whether that column is a scale, not a set of groups.
    """

    id: str
    name: str | None
    row: pd.Series
    samples: pd.DataFrame
    result: ResultTable
    pairing: str | None = None
    variable: str | None = None
    numeric: bool = False

    def explain(self) -> str:
        """Return in words why the gene is called, or is not."""
        from foldwise.model.fit import Status

        shown = f"{self.id} ({self.name})" if self.name else self.id
        status = str(self.row["status"])
        lines = [f"{shown}: {self._verdict(status)}"]
        if status == Status.LOW_COUNT.word and "filter_threshold" in self.result.facts:
            cut = float(self.result.facts["filter_threshold"])
            lines.append(f"Its mean count is {self.row['base_mean']:.3g}; the cut of this comparison is {cut:.3g}.")
        if status != Status.OK.word:
            lines.append(Status[status.upper()].sentence)
        lines.append(self._numbers())
        counts = [f"{name} {value:,.6g}" for name, value in self.samples["count"].head(12).items()]
        lines.append("Counts: " + ", ".join(counts))
        return "\n".join(line for line in lines if line)

    def plot(self, *, ax: Any = None) -> Any:
        """Draw its normalized counts, a point per sample, by the groups of the comparison.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Drawn on in place of a new figure.
        """
        from foldwise.api import pictures

        return pictures.gene(self, ax)

    def in_short(self) -> str:
        """Return fold change and adjusted p in one short line, or why there is none."""
        change, padj = self.row["log2_fold_change"], self.row["padj"]
        if change != change:
            return str(self.row["status"]).replace("_", " ")
        words = f"log₂ FC {change:+.2f}".replace("-", "\N{MINUS SIGN}")
        return (
            f"{words}, adjusted p {small(padj)}" if padj == padj else f"{words}, {self.row['status']}".replace("_", " ")
        )

    def _verdict(self, status: str) -> str:
        contrast, fdr = self.result.contrast, self.result.fdr
        padj, fold = self.row["padj"], self.row["log2_fold_change"]
        if padj != padj:
            return f"not called: there is no adjusted p-value (status {status})."
        if padj < fdr:
            where = f"{'higher' if fold > 0 else 'lower'} in {contrast.target}" if contrast.target else f"{fold:+.3g}"
            return f"called, {where}: padj {small(padj)} is below {fdr:g}."
        return f"not called: padj {small(padj)} is not below {fdr:g}."

    def _numbers(self) -> str:
        if self.row["pvalue"] != self.row["pvalue"]:
            return ""
        row = self.row
        error = f" ± {row['log2_fold_change_se']:.2g}" if "log2_fold_change_se" in row else ""
        change = f"log2 fold change {row['log2_fold_change']:+.3g}{error}"
        return f"{change} ({self.result.contrast.label}), p {small(row['pvalue'])}."

    def __repr__(self) -> str:
        return self.explain()


def find_gene(analysis: Analysis, result: ResultTable, name: str) -> Gene:
    """Return the gene with this id, else with this name.

    Raises
    ------
    UsageError
        E-USAGE-001: none or several; names the nearest, or the ids.
    """
    import numpy as np

    from foldwise.io.write_outputs import normalized_counts
    from foldwise.report.sheet import pairing_column, shown_variable

    table = result.table
    number = position(table, name)
    row = table.iloc[number]
    counts = analysis.experiment.counts
    values = counts[number] if isinstance(counts, np.ndarray) else counts.rows(number, number + 1).to_dense()[0]
    samples = analysis.experiment.samples.copy()
    samples["count"] = values
    normalized = normalized_counts(analysis, slice(number, number + 1))
    samples["normalized"] = np.nan if normalized is None else normalized[0]
    symbol = row.get("gene_name")
    name_of = symbol if isinstance(symbol, str) else None
    pairing = pairing_column(analysis, result.contrast)
    variable = shown_variable(analysis, result.contrast)
    numeric = variable in analysis.design.numeric
    return Gene(str(table.index[number]), name_of, row, samples, result, pairing, variable, numeric)


def position(table: pd.DataFrame, name: str) -> int:
    """Return the row of the gene with this id, else with this name; raises as `find_gene`."""
    import numpy as np

    if name in table.index:
        return int(np.flatnonzero(table.index == name)[0])
    named = np.flatnonzero((table["gene_name"] == name).to_numpy()) if "gene_name" in table else np.array([], dtype=int)
    if len(named) == 1:
        return int(named[0])
    if len(named):
        ids = ", ".join(str(table.index[i]) for i in named[:5])
        raise UsageError("E-USAGE-001", f"{len(named)} genes are named '{name}': {ids}.", "Give the id.")
    from foldwise.model.spec_options import nearest

    known = [*table.index[:200_000], *(table["gene_name"].dropna() if "gene_name" in table else [])]
    same_start = [str(item) for item in known if str(item)[:4].lower() == name[:4].lower()]
    raise UsageError("E-USAGE-001", f"There is no gene '{name}'.", nearest(name, same_start[:5000]))
