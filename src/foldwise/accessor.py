"""The AnnData face: ``fw.pp``, ``fw.tl``, ``fw.get`` and ``fw.pl``.

They read counts from an AnnData and keep their result in ``adata.uns``; nothing else of it is touched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from foldwise.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from foldwise.api.results import Results
    from foldwise.model.results import ResultTable

__all__ = ["get", "pl", "pp", "tl"]


class pp:
    """Preprocessing: from cells to the profiles that are tested."""

    @staticmethod
    def pseudobulk(
        adata: Any, *, sample: str, groups: str | None = None, layer: str | None = None, min_cells: int = 10
    ) -> Any:
        """Sum the raw counts of cells to one profile per sample and group.

        Parameters
        ----------
        adata : AnnData, cells x genes
            In memory, backed (read in blocks of cells) or with dask arrays; sparse or dense.
        sample : str
            Column of ``obs`` that names the replicate: donor, animal, well.
        groups : str, optional
            Column of ``obs`` that names the group, such as the cell type.
        layer : str, optional
            Layer of raw counts, ``X`` or ``raw``; without it X or raw.X, the first that holds whole numbers.
        min_cells : int
            Profiles of fewer cells are left out and listed in ``uns["pseudobulk"]["left_out"]``.

        Returns
        -------
        AnnData, profiles x genes
            ``X`` sums; ``obs`` sample, group, the columns that are the same in all cells of a sample, and ``n_cells``.

        Raises
        ------
        InputError
            E-CELL-002 no whole counts (lists the layers that are), E-CELL-003 no such column, or one sample only.
        """
        from foldwise.api.pseudobulk import pseudobulk

        return pseudobulk(adata, sample=sample, groups=groups, layer=layer, min_cells=min_cells)


class tl:
    """Tools: computations that leave their result in ``adata.uns``."""

    @staticmethod
    def de(
        adata: Any,
        design: str | None = None,
        *,
        contrast: Any = None,
        key_added: str = "de",
        write: str | None = None,
        **options: Any,
    ) -> None:
        """Test every gene for differential expression between the samples of an AnnData.

        Parameters
        ----------
        adata : AnnData
            Samples (or pseudobulk profiles) x genes; the sample sheet is ``obs``.
        design : str, optional
            Formula such as ``"~ donor + stim"``; guessed from ``obs`` when not given.
        contrast : optional
            As in `foldwise.de`.
        key_added : str
            ``adata.uns[key_added]`` gets ``tables`` (per contrast id, with the column ``gene_id``), ``contrasts``
            (label and direction in words) and ``params``.
        write : str, optional
            ``"scanpy"``: also fill ``uns["rank_genes_groups"]``, for scanpy's plots.
        **options
            As in `foldwise.de`; ``layer`` names the layer of counts.

        Raises
        ------
        FoldwiseError
            As `foldwise.de`.
        """
        from foldwise.api.analyze import de

        if write not in (None, "scanpy"):
            raise UsageError("E-USAGE-001", f"write has no value '{write}'.", "Possible: scanpy, or leave it out.")
        results = de(adata, None, design, contrast=contrast, **options)
        adata.uns[key_added] = _slot(results)
        if write == "scanpy":
            from foldwise.io.scanpy_slot import rank_genes_groups

            adata.uns["rank_genes_groups"] = rank_genes_groups(
                results.analysis.results, results.spec.method.name, options.get("layer"),
                correction=results.spec.correction.method,
            )  # fmt: skip

    @staticmethod
    def rank_genes_groups(
        adata: Any,
        groupby: str,
        *,
        sample: str | None = None,
        reference: str = "rest",
        groups: Sequence[str] | None = None,
        method: str = "edger-ql",
        layer: str | None = None,
        min_cells: int = 10,
        key_added: str = "rank_genes_groups",
        **options: Any,
    ) -> None:
        """Rank the genes of each group of cells with p-values that rest on donors, in scanpy's slot.

        The counts of each sample are summed inside and outside the group, and the two sums are compared within
        samples (``~ donor + side``) by a bulk method.

        Parameters
        ----------
        adata : AnnData, cells x genes
        groupby : str
            Column of ``obs``, such as the cell type.
        sample : str
            Column of ``obs`` that names donors. Cells are no replicates, so it is needed.
        reference : str
            ``rest``: all other cells; or one group.
        groups : sequence of str, optional
            Groups to test; default all.
        method : str
            Any method of `foldwise.de`.
        layer : str, optional
            Layer of raw counts, ``X`` or ``raw``; without it X or raw.X, the first that holds whole numbers.
        min_cells : int
            A sample counts where it has this many cells on both sides.
        key_added : str
            ``adata.uns[key_added]`` gets what ``scanpy.get.rank_genes_groups_df`` and scanpy's plots read.
        **options
            Further options of `foldwise.de`.

        Raises
        ------
        InputError
            E-CELL-001 without ``sample``; E-CELL-002, E-CELL-003 as `pp.pseudobulk`.

        Warns
        -----
        FoldwiseWarning
            W-CELL-001 for a group with fewer than two samples, which is left out.
        """
        from foldwise.api.group_tests import group_tests
        from foldwise.io.scanpy_slot import rank_genes_groups

        if sample is None:
            raise _no_sample(adata, groupby)
        tested, shares, others = group_tests(
            adata, groupby, sample=sample, reference=reference, groups=groups, layer=layer, min_cells=min_cells,
            options={"method": method, **options},
        )  # fmt: skip
        correction = str(options.get("correction", "bh"))
        adata.uns[key_added] = rank_genes_groups(
            tested, method, layer, correction=correction, fractions=shares, rest_fractions=others
        )


class get:
    """Getters: results in ``adata.uns`` as pandas."""

    @staticmethod
    def de_df(adata: Any, key: str = "de", *, contrast: str | None = None, style: str = "canonical") -> pd.DataFrame:
        """Return the table of one contrast (default: the first), indexed by gene id.

        Raises
        ------
        UsageError
            E-USAGE-001 where there is no such result, contrast or style.
        """
        from foldwise.model.spec_options import OPTIONS, check_value
        from foldwise.names import statistic_name, style_columns

        check_value(OPTIONS["style"], style)
        stored = _stored(adata, key)
        table = stored["tables"][_chosen(stored, key, contrast)]
        params = stored["params"]
        statistic = statistic_name(str(params["method"]), str(params["test"]))
        columns = dict(style_columns(style, list(table.columns), statistic))
        return table[list(columns)].rename(columns=columns).set_index(columns["gene_id"])


class pl:
    """Plots of results in ``adata.uns``; all take ``ax=``, else they return a new figure."""

    @staticmethod
    def volcano(
        adata: Any, key: str = "de", *, contrast: str | None = None, label: int | Sequence[str] = 10, ax: Any = None
    ) -> Any:
        """Draw log2 fold change against -log10 p of one contrast (default: the first); see `Results.volcano`."""
        from foldwise.api import pictures

        return pictures.volcano(_result(adata, key, contrast), label, ax=ax)

    @staticmethod
    def ma(
        adata: Any, key: str = "de", *, contrast: str | None = None, label: int | Sequence[str] = 0, ax: Any = None
    ) -> Any:
        """Draw log2 fold change against mean expression of one contrast (default: the first)."""
        from foldwise.api import pictures

        return pictures.ma(_result(adata, key, contrast), label, ax=ax)

    @staticmethod
    def pvalue_hist(adata: Any, key: str = "de", *, contrast: str | None = None, ax: Any = None) -> Any:
        """Draw the histogram of p-values of one contrast (default: the first)."""
        from foldwise.api import pictures

        return pictures.pvalues(_result(adata, key, contrast), ax=ax)


def _no_sample(adata: Any, groupby: str) -> InputError:
    """Return the error of a test between cells."""
    found = f"{adata.n_obs:,} cells are no replicates: a test between cells of '{groupby}' gives p-values for these "
    found += "donors only."
    return InputError("E-CELL-001", found, 'Name the column of donors: sample="donor".')


def _result(adata: Any, key: str, contrast: str | None) -> ResultTable:
    """Return a stored table with its words, as the figures want it."""
    import numpy as np

    from foldwise.model.contrast import Contrast
    from foldwise.model.results import ResultTable
    from foldwise.names import statistic_name

    stored = _stored(adata, key)
    name = _chosen(stored, key, contrast)
    words, params = stored["contrasts"][name], stored["params"]
    target, reference = (str(words.get(side, "")) or None for side in ("target", "reference"))
    said = (name, str(words["label"]), str(words["direction"]))
    shown = Contrast(*said, np.zeros(0), "levels", target=target, reference=reference)
    statistic = statistic_name(str(params["method"]), str(params["test"]))
    table = stored["tables"][name].set_index("gene_id")
    return ResultTable(shown, table, float(params["fdr"]), statistic=statistic)


def _slot(results: Results) -> dict[str, Any]:
    """Return what is kept in ``uns``: values that h5ad and zarr can hold."""
    from foldwise.model.spec_toml import to_toml

    tables = {r.contrast.id: r.table.reset_index() for r in results.analysis.results}
    words = {
        r.contrast.id: {
            "label": r.contrast.label,
            "direction": r.contrast.direction,
            "target": r.contrast.target or "",
            "reference": r.contrast.reference or "",
        }
        for r in results.analysis.results
    }
    params = {
        "method": results.spec.method.name,
        "test": results.spec.method.test,
        "formula": results.design.formula or "",
        "fdr": results.spec.correction.fdr,
        "first": results.contrast.id,
        "settings": to_toml(results.spec),
    }
    return {"tables": tables, "contrasts": words, "params": params}


def _stored(adata: Any, key: str) -> Any:
    if key not in adata.uns or "tables" not in adata.uns[key]:
        kept = [name for name, value in adata.uns.items() if hasattr(value, "keys") and "tables" in value]
        fix = f"There are: {', '.join(kept)}." if kept else "Run foldwise.tl.de(adata, ...) first."
        raise UsageError("E-USAGE-001", f"uns['{key}'] holds no result of foldwise.", fix)
    return adata.uns[key]


def _chosen(stored: Any, key: str, contrast: str | None) -> str:
    names = list(stored["tables"])
    if contrast is None:
        return str(stored["params"]["first"])
    if contrast not in names:
        raise UsageError(
            "E-USAGE-001", f"uns['{key}'] has no contrast '{contrast}'.", f"There are: {', '.join(names)}."
        )
    return contrast
