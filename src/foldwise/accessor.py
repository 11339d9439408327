"""The AnnData face: ``fw.tl.de``, ``fw.get.de_df``, ``fw.pl.volcano``.

They read counts from an AnnData and keep their result in ``adata.uns``; nothing else of it is touched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from foldwise.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from foldwise.api.picture import Picture
    from foldwise.api.results import Results

__all__ = ["get", "pl", "tl"]


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

            tables = results.analysis.results
            adata.uns["rank_genes_groups"] = rank_genes_groups(tables, results.spec.method.name, options.get("layer"))


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
    """Plots of results in ``adata.uns``."""

    @staticmethod
    def volcano(adata: Any, key: str = "de", *, contrast: str | None = None) -> Picture:
        """Return the volcano plot of one contrast (default: the first): log2 fold change on x, -log10 p on y."""
        import numpy as np

        from foldwise.api.picture import Picture
        from foldwise.model.contrast import Contrast
        from foldwise.model.results import ResultTable
        from foldwise.report.contrast_view import contrast_view

        stored = _stored(adata, key)
        name = _chosen(stored, key, contrast)
        words = stored["contrasts"][name]
        target = str(words["target"]) or None
        shown = Contrast(name, str(words["label"]), str(words["direction"]), np.zeros(0), "levels", target=target)
        result = ResultTable(shown, stored["tables"][name].set_index("gene_id"), float(stored["params"]["fdr"]))
        figure = contrast_view(result, None).volcano
        return Picture(figure.title, figure.caption, figure.svg)


def _slot(results: Results) -> dict[str, Any]:
    """Return what is kept in ``uns``: values that h5ad and zarr can hold."""
    from foldwise.model.spec_toml import to_toml

    tables = {r.contrast.id: r.table.reset_index() for r in results.analysis.results}
    words = {
        r.contrast.id: {"label": r.contrast.label, "direction": r.contrast.direction, "target": r.contrast.target or ""}
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
