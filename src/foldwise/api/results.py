"""What ``fw.de`` returns: a frozen view of an analysis and one of its contrasts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from foldwise.api import pictures
from foldwise.api.gene import Gene, find_gene

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from foldwise.model.analysis import Analysis, Message
    from foldwise.model.certificate import Certificate
    from foldwise.model.contrast import Contrast
    from foldwise.model.design import Design
    from foldwise.model.interpretation import Interpretation
    from foldwise.model.results import ResultTable
    from foldwise.model.spec import AnalysisSpec


@dataclass(frozen=True, eq=False, repr=False)
class Results:
    """Results of one contrast, and everything they rest on. Nothing in it changes after it is made.

    Parameters
    ----------
    analysis : Analysis
        The whole run.
    number : int
        Which of its contrasts this is.
    others : tuple of Analysis
        The other models of a contrasts file, where it asks for several.
    """

    analysis: Analysis
    number: int = 0
    others: tuple[Analysis, ...] = ()

    @property
    def result(self) -> ResultTable:
        """Table, contrast and facts as values of the model."""
        return self.analysis.results[self.number]

    @property
    def table(self) -> pd.DataFrame:
        """A copy of the table: index ``gene_id``, canonical columns (see `foldwise.names`), one row per gene."""
        return self.result.table.copy()

    @property
    def contrast(self) -> Contrast:
        """The comparison, with its direction in words."""
        return self.result.contrast

    @property
    def contrasts(self) -> dict[str, Results]:
        """Results of every contrast of the run, by id."""
        every = (self.analysis, *self.others)
        return {
            result.contrast.id: Results(analysis, i, tuple(other for other in every if other is not analysis))
            for analysis in every
            for i, result in enumerate(analysis.results)
        }

    @property
    def design(self) -> Design:
        """Formula, matrix and coefficient names."""
        return self.analysis.design

    @property
    def spec(self) -> AnalysisSpec:
        """All settings."""
        return self.analysis.spec

    @property
    def warnings(self) -> tuple[Message, ...]:
        """Findings that the user should see."""
        return tuple(message for message in self.analysis.messages if message.level == "warning")

    @property
    def certificate(self) -> Certificate | None:
        """What null runs of the whole analysis say of its false discovery rate; None where they were not asked for.

        Asked for with ``certificate=100``, or made afterwards by `foldwise.certify`.
        """
        return self.analysis.certificate

    @property
    def provenance(self) -> dict[str, Any]:
        """A copy of versions, input digests, stage times, peak memory."""
        return dict(self.analysis.provenance)

    def to_frame(self, style: str = "canonical") -> pd.DataFrame:
        """Return the table with the column names of a style: canonical, deseq2, edger, limma or scanpy.

        Raises
        ------
        UsageError
            E-USAGE-001 for another style.
        """
        from foldwise.model.spec_options import OPTIONS, check_value
        from foldwise.names import style_columns

        check_value(OPTIONS["style"], style)
        table = self.result.table
        columns = style_columns(style, ["gene_id", *table.columns], self.result.statistic)
        frame = table[[name for name, _ in columns if name != "gene_id"]].rename(columns=dict(columns))
        return frame.rename_axis(index=dict(columns)["gene_id"])

    def top(self, n: int = 20, *, fdr: float | None = None, lfc: float = 0.0) -> pd.DataFrame:
        """Return the best ``n`` genes, by padj, p-value and id.

        Those with padj below ``fdr`` and an absolute log2 fold change of at least ``lfc``.

        Parameters
        ----------
        n : int
        fdr : float, optional
            Default: the FDR of the run.
        lfc : float
        """
        from foldwise.io.write_outputs import best_first

        table = self.result.table
        level = self.result.fdr if fdr is None else fdr
        kept = (table["padj"] < level) & (table["log2_fold_change"].abs() >= lfc)
        return best_first(table[kept.to_numpy()]).head(n).copy()

    def confidence_intervals(self, level: float = 0.95) -> pd.DataFrame:
        """Return the confidence interval of each log2 fold change; empty where there is no standard error.

        From Student's t with the degrees of freedom of the test, from the normal distribution for Wald tests.

        Parameters
        ----------
        level : float
            Coverage of each interval by itself, between 0 and 1.

        Returns
        -------
        DataFrame
            Index ``gene_id``; ``log2_fold_change``, ``low``, ``high``.

        Raises
        ------
        UsageError
            E-USAGE-002 for a level that is none.
        """
        from foldwise.api.effects import confidence_intervals

        return confidence_intervals(self.analysis, self.result, level)

    def decisions(self, mode: str = "separate", *, fdr: float | None = None, lfc: float = 0.0) -> pd.DataFrame:
        """Return -1, 0 or 1 for each gene and contrast of the run: down, not called, up.

        Parameters
        ----------
        mode : str
            ``separate``: by ``padj`` of each contrast; ``global``: the p-values of all contrasts are adjusted together,
            so that one cut holds for all; ``hierarchical``: genes by the F (or likelihood ratio) test of all contrasts,
            then contrasts within each gene; ``nested-f`` (limma methods): genes likewise, then contrasts from the
            largest on while the F test calls the gene without what was called before.
        fdr : float, optional
            Default: that of the run.
        lfc : float
            Only changes larger than this, absolute log2.

        Raises
        ------
        UsageError
            E-USAGE-001 for another mode; E-USAGE-002 where the run has no test of all contrasts at once.
        """
        from foldwise.api.effects import decisions

        return decisions(self.analysis, mode, self.result.fdr if fdr is None else fdr, lfc)

    def gene(self, name: str) -> Gene:
        """Return one gene, by id or by name: its counts, normalized counts and row of the table.

        Raises
        ------
        UsageError
            E-USAGE-001 where no gene, or more than one, has that name.
        """
        return find_gene(self.analysis, self.result, name)

    def explain(self, name: str) -> str:
        """Return in words why a gene is called, or is not."""
        return self.gene(name).explain()

    def summary(self) -> str:
        """Return the result in a few lines."""
        from foldwise.api.words import summary_lines

        return "\n".join(summary_lines(self.analysis, self.result))

    def volcano(self, *, label: int | Sequence[str] = 10, lfc: float = 0.0, ax: Any = None) -> Any:
        """Draw log2 fold change against -log10 p.

        Parameters
        ----------
        label : int or sequence of str
            How many called genes are labeled, best first; or ids or names of genes.
        lfc : float
            Only genes beyond this absolute log2 fold change are drawn as called.
        ax : matplotlib Axes, optional
            Drawn on in place of a new figure.

        Returns
        -------
        matplotlib Figure, or ``ax``
            The figure has ``save(path)`` for svg, pdf and png.

        Raises
        ------
        UsageError
            E-EXTRA-001 without the extra ``plot``; E-USAGE-001 for a gene that is not there.
        """
        return pictures.volcano(self.result, label, lfc, ax)

    def ma(self, *, label: int | Sequence[str] = 0, ax: Any = None) -> Any:
        """Draw log2 fold change against mean expression; parameters as for `volcano`."""
        return pictures.ma(self.result, label, ax)

    def pvalue_hist(self, *, ax: Any = None) -> Any:
        """Draw the histogram of the p-values of tested genes, with its shape in words."""
        return pictures.pvalues(self.result, ax)

    def pca(self, *, color: str | None = None, shape: str | None = None, ax: Any = None) -> Any:
        """Draw samples on two principal components; ``color`` and ``shape`` are columns of the sample sheet."""
        return pictures.components(self.analysis, self.result, color, shape, ax)

    def heatmap(self, genes: int | Sequence[str] = 40, *, samples: Sequence[str] | None = None, ax: Any = None) -> Any:
        """Draw genes x samples, clustered: the best called genes, or those named, on the log scale of the run."""
        return pictures.heatmap(self.analysis, self.result, genes, samples, ax)

    def sample_distances(self, *, ax: Any = None) -> Any:
        """Draw the Euclidean distances of samples on the log scale of the run, clustered."""
        return pictures.sample_distances(self.analysis, ax)

    def dispersion(self, *, ax: Any = None) -> Any:
        """Draw gene-wise, trended and used dispersions against the mean."""
        return pictures.dispersions(self.analysis, ax)

    def upset(self, *, ax: Any = None) -> Any:
        """Draw how many genes are called in exactly which contrasts of the run."""
        return pictures.upset(self.analysis, ax)

    def report(self, path: str | Path) -> Path:
        """Write the report, one HTML file that opens without internet, and return its path."""
        from foldwise.report import write_report

        target = Path(path)
        write_report(self.analysis, target)
        return target

    def interpretation(self, gene_sets: Mapping[str, pd.DataFrame] | None = None) -> Interpretation:
        """Return what this comparison shows as sentences, each with the numbers that it rests on.

        Parameters
        ----------
        gene_sets : mapping of str to DataFrame, optional
            What `foldwise.enrich` returned, by method; themes are told only where a set is significant.
        """
        from foldwise.api.interpret import interpretation
        from foldwise.report.gene_set_view import GeneSetTable

        id = self.contrast.id
        sets = [GeneSetTable(id, method, table) for method, table in (gene_sets or {}).items()]
        made = interpretation(self.analysis, sets)
        return replace(made, sections=tuple(part for part in made.sections if part.contrast == id))

    def methods(self) -> str:
        """Return the paragraph for the Methods section of a paper, with references."""
        from foldwise.report import methods_text

        return methods_text(self.analysis)

    def to_rnk(self, path: str | Path) -> Path:
        """Write gene and score, best first, for gene-set tools, and return the path."""
        from foldwise.io.write_outputs import write_ranking

        target = Path(path)
        write_ranking(target, self.result.table, self.result.statistic)
        return target

    def to_tsv(self, path: str | Path, style: str = "canonical") -> Path:
        """Write the table as ``results/<contrast>.tsv`` of the command line, byte for byte, and return the path."""
        from foldwise.io.write_outputs import write_result

        target = Path(path)
        write_result(target, self.result.table, style, self.result.statistic)
        return target

    def to_excel(self, path: str | Path) -> Path:
        """Write a workbook of typed cells, a sheet for every contrast of the run, and return the path.

        Raises
        ------
        UsageError
            E-EXTRA-001 without the extra ``excel``.
        """
        from foldwise.io.excel import workbook_bytes
        from foldwise.io.workbook import sheets
        from foldwise.io.write_text import write_file

        target = Path(path)
        write_file(target, workbook_bytes(sheets(self.analysis)))
        return target

    def to_anndata(self) -> Any:
        """Return counts, samples, genes and the tables of all contrasts as AnnData (samples x genes).

        Raises
        ------
        UsageError
            E-EXTRA-001 without the extra ``anndata``.
        """
        from foldwise.io.anndata_out import to_anndata

        return to_anndata(self.analysis)

    def write(self, directory: str | Path, *, force: bool = False) -> Path:
        """Write everything that ``foldwise run`` writes, and return the directory."""
        from foldwise.api.write import write

        return write(self.analysis, directory, force=force)

    def __repr__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        """Show verdict, checks, top genes and volcano in a notebook; no script in it."""
        from foldwise.report import notebook_card

        return notebook_card(self.analysis, self.number)
