"""Gene-set enrichment of a result: what ``fw.enrich`` and ``foldwise enrich`` do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from foldwise.errors import InputError, UsageError

if TYPE_CHECKING:
    import pandas as pd

    from foldwise.annotate.gene_sets import GeneSets
    from foldwise.api.results import Results

DIRECTIONS = ("up", "down")


def enrich(
    results: Results,
    gene_sets: str | Path | Mapping[str, Sequence[str]],
    method: str = "ora",
    *,
    fdr: float | None = None,
    seed: int | None = None,
) -> pd.DataFrame:
    """Find gene sets that a comparison touches. Nothing is downloaded.

    Parameters
    ----------
    results : Results
    gene_sets : path or mapping
        A GMT file, or genes by set.
    method : str
        ``ora``: sets over-represented among the genes called, up and down by themselves, against all tested genes;
        ``prerank``: sets at either end of all tested genes ranked by the statistic; ``ulm``: sets whose statistics
        differ from the rest.
    fdr : float, optional
        Genes with padj below are called; default that of the run.
    seed : int, optional
        Of the permutations of ``prerank``; default that of the run.

    Returns
    -------
    DataFrame
        ``gene_set direction n_genes n_found score pvalue padj genes``, best first.

    Raises
    ------
    FoldwiseError
        E-ANNOT-001 where the names do not match, E-EXTRA-001 without the extra ``enrich``, E-USAGE-001 for another
        method, and the errors of GMT files.
    """
    import warnings

    from foldwise.annotate.gene_sets import overlap_warning

    sets = read_gene_sets(gene_sets)
    found, known = enrich_table(
        results.result.table, sets, method, results.result.fdr if fdr is None else fdr, results.result.statistic,
        results.spec.run.seed if seed is None else seed,
    )  # fmt: skip
    warning = overlap_warning(sets, known)
    if warning is not None:
        warnings.warn(warning, stacklevel=2)
    return found


def enrich_table(
    table: pd.DataFrame, sets: GeneSets, method: str, fdr: float, statistic: str, seed: int
) -> tuple[pd.DataFrame, list[str]]:
    """Return the enrichment of a result table (canonical columns), and the names of its tested genes."""
    import pandas as pd

    from foldwise.annotate import enrichment
    from foldwise.annotate.gene_sets import match_genes
    from foldwise.io.write_outputs import ranking

    if method not in enrichment.METHODS:
        from foldwise.model.spec_options import nearest

        fix = f"{nearest(method, enrichment.METHODS)} Possible: {', '.join(enrichment.METHODS)}.".strip()
        raise UsageError("E-USAGE-001", f"There is no enrichment method {method!r}.", fix)
    tested = table[table["pvalue"].notna()]
    _, names = match_genes(sets, _kinds_of_names(tested))
    tested = tested.set_axis(pd.Index(names, dtype=object), axis=0)
    tested = tested[(tested.index != "") & ~tested.index.duplicated()]
    inside = sets.within(tested.index)
    if method == "ora":
        called = {
            "up": tested.index[(tested["padj"] < fdr) & (tested["log2_fold_change"] > 0)],
            "down": tested.index[(tested["padj"] < fdr) & (tested["log2_fold_change"] < 0)],
        }
        parts = [
            enrichment.over_representation(inside, list(called[d]), list(tested.index)).assign(direction=d)
            for d in DIRECTIONS
        ]
        joined = pd.concat(parts, ignore_index=True)
        joined = joined.sort_values(["pvalue", "gene_set", "direction"], kind="stable", ignore_index=True)
        return joined, names
    genes, score = ranking(tested, statistic)
    if method == "prerank":
        return enrichment.pre_ranked(inside, genes, score, seed=seed), names
    return enrichment.linear_model(inside, genes, score), names


def read_gene_sets(gene_sets: str | Path | Mapping[str, Sequence[str]]) -> GeneSets:
    """Read a GMT file, plain or gzip, or take genes by set."""
    from foldwise.annotate.gene_sets import GeneSets, parse_gmt

    if isinstance(gene_sets, Mapping):
        members = {str(name): tuple(dict.fromkeys(map(str, genes))) for name, genes in gene_sets.items()}
        if not any(members.values()):
            raise InputError("E-FILE-006", "The gene sets hold no gene.", "Give genes by set, or a GMT file.")
        return GeneSets(members, {}, "the gene sets")
    from foldwise.io.raw_bytes import read_bytes
    from foldwise.io.text_encoding import to_utf8

    data, _ = to_utf8(read_bytes(gene_sets), Path(gene_sets).name)
    return parse_gmt(data.decode("utf-8"), Path(gene_sets).name)


def enrich_directory(directory: Path, gene_sets: str, method: str) -> list[dict[str, Any]]:
    """Return the enrichment of every contrast of a finished run: ``id``, ``label``, ``table``, ``names``, ``sets``.

    Raises
    ------
    InputError
        E-FILE-007 where there is no finished run.
    """
    from foldwise.api.rerun import stored_spec
    from foldwise.io.run_json import read_run_json

    facts = read_run_json(directory)
    spec = stored_spec(directory)
    sets = read_gene_sets(gene_sets)
    done = []
    for contrast in facts["contrasts"]:
        table, statistic = _stored_table(directory, contrast, spec.output.style)
        found, names = enrich_table(table, sets, method, spec.correction.fdr, statistic, spec.run.seed)
        done.append({"id": contrast["id"], "label": contrast["label"], "table": found, "names": names, "sets": sets})
    return done


def _kinds_of_names(table: pd.DataFrame) -> dict[str, list[str]]:
    """Names of the genes: ids, ids without version, symbols."""
    ids = [str(gene) for gene in table.index]
    kinds = {"gene_id": ids, "gene_id without version": [_without_version(gene) for gene in ids]}
    if "gene_name" in table.columns:
        kinds["gene_name"] = ["" if name is None or name != name else str(name) for name in table["gene_name"]]
    return kinds


def _without_version(gene: str) -> str:
    stem, dot, version = gene.rpartition(".")
    return stem if dot and version.isdigit() else gene


def _stored_table(directory: Path, contrast: dict[str, Any], style: str) -> tuple[pd.DataFrame, str]:
    """Read a written result table into canonical columns, and say whether its statistic has a sign."""
    import io

    import numpy as np
    import pandas as pd

    from foldwise.io.raw_bytes import read_bytes
    from foldwise.names import RESULT_COLUMNS, style_columns

    name = str(contrast["table"])
    if Path(name).is_absolute() or ".." in Path(name).parts:
        fix = "Give the output directory of a finished foldwise run."
        raise InputError("E-FILE-007", f"run.json names the table {name[:80]!r}, which lies elsewhere.", fix)
    frame = pd.read_csv(
        io.BytesIO(read_bytes(directory / name)), sep="\t", dtype={0: str}, na_values=["", "NA"], keep_default_na=False,
        index_col=0,
    )  # fmt: skip
    words = [column for column in frame.columns if column in ("t", "F", "LR", "z", "U", "statistic", "stat")]
    statistic = words[0] if words else "statistic"
    canonical = {shown: each for each, shown in style_columns(style, {q.name for q in RESULT_COLUMNS}, statistic)}
    table = frame.rename(columns=canonical)
    needed = {"log2_fold_change", "pvalue", "padj"}
    if not needed <= set(table.columns):
        raise InputError(
            "E-FILE-002", f"{name} lacks the columns {', '.join(sorted(needed - set(table.columns)))}.",
            "Run foldwise again: the table was changed.",
        )  # fmt: skip
    if "statistic" not in table:
        return table, ""
    values = table["statistic"].to_numpy(dtype=np.float64)
    return table, "F" if np.nanmin(values, initial=0.0) >= 0 else "t"
