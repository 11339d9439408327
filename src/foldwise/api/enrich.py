"""Gene-set enrichment of a result: what ``fw.enrich`` and ``foldwise enrich`` do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from foldwise.api.enrich_fit import CORRELATION, fit_table, ranking_table, require_test
from foldwise.errors import InputError, UsageError

if TYPE_CHECKING:
    import pandas as pd

    from foldwise.annotate.gene_sets import GeneSets
    from foldwise.api.results import Results

DIRECTIONS = ("up", "down")
FROM_RANKING = "camera-pr"


def enrich(
    results: Results,
    gene_sets: str | Path | Mapping[str, Sequence[str]],
    method: str | None = None,
    *,
    test: str | None = None,
    correlation: float | None = CORRELATION,
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
        ``ora`` (default): sets over-represented among the genes called, up and down by themselves, against all tested
        genes; ``prerank``: sets at either end of all tested genes ranked by the statistic; ``ulm``: sets whose
        statistics differ from the rest. These take genes for independent.
    test : str, optional
        In place of ``method``, tests that know that genes move together. ``camera``: did the set change more than the
        other genes? ``fry``, ``roast``: did it change at all? They use the fit of limma-voom, limma-trend, edger-ql,
        edger-lrt or edger-exact. ``camera-pr``: camera on the ranking of any method.
    correlation : float or None
        Of camera: between the genes of a set; None to estimate it from the residuals of each set.
    fdr : float, optional
        Genes with padj below are called; default that of the run.
    seed : int, optional
        Of the permutations of ``prerank`` and the rotations of ``roast``; default that of the run.

    Returns
    -------
    DataFrame
        ``gene_set direction n_genes n_found score pvalue padj genes``, best first; with ``test`` ``gene_set direction
        n_genes``, what the test has of ``correlation share_up share_down``, ``pvalue padj``, and for fry and roast
        ``pvalue_mixed padj_mixed`` (changes in any direction).

    Raises
    ------
    FoldwiseError
        E-ANNOT-001 where the names do not match, E-EXTRA-001 without the extra ``enrich``, E-USAGE-001 for another
        method or test, E-USAGE-002 where the model has no such test, and the errors of GMT files.
    """
    import warnings

    from foldwise.annotate.gene_sets import overlap_warning

    _require_either(method, test, correlation)
    sets, seed, result = read_gene_sets(gene_sets), results.spec.run.seed if seed is None else seed, results.result
    if test is None:
        called_at = result.fdr if fdr is None else fdr
        found, known = enrich_table(result.table, sets, method or "ora", called_at, result.statistic, seed)
    elif test == FROM_RANKING:
        found, known = ranking_table(result.table, result.statistic, sets, correlation)
    else:
        found, known = fit_table(results.analysis, result, sets, test, correlation=correlation, seed=seed)
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
    _, names = match_genes(sets, kinds_of_names(tested))
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


def _require_either(method: str | None, test: str | None, correlation: float | None) -> None:
    """Raise E-USAGE-002 where a method and a test are asked for, or settings that are not theirs."""
    if method is not None and test is not None:
        found = f"A method ({method}) and a test ({test}) of gene sets are asked for."
        raise UsageError("E-USAGE-002", found, "Ask for one of them.")
    if test is not None:
        require_test(test, correlation)
    elif correlation != CORRELATION:
        raise UsageError("E-USAGE-002", "correlation is a setting of camera.", "Ask for the test camera.")


def enrich_directory(
    directory: Path,
    gene_sets: str,
    method: str | None = None,
    *,
    test: str | None = None,
    correlation: float | None = CORRELATION,
    inputs: tuple[str, ...] = (),
) -> list[dict[str, Any]]:
    """Return the enrichment of every contrast of a finished run.

    Each has ``id``, ``stem`` (of its file), ``label``, ``table``, ``names`` and ``sets``.

    camera, fry and roast need the fit: the run is made again from its inputs, or from ``inputs`` (counts, samples).

    Raises
    ------
    InputError
        E-FILE-007 where there is no finished run; E-FILE-011 where its inputs are gone or changed.
    """
    _require_either(method, test, correlation)
    if test is not None and test != FROM_RANKING:
        return _refitted(directory, gene_sets, test, correlation, inputs)
    if inputs:
        given = f"{test or method or 'ora'} works on the results of the run and takes no counts ({inputs[0]})."
        raise UsageError("E-USAGE-002", given, "Leave them out, or use --test camera, fry or roast.")
    from foldwise.api.rerun import stored_spec
    from foldwise.io.run_json import read_run_json

    facts = read_run_json(directory)
    spec = stored_spec(directory)
    sets = read_gene_sets(gene_sets)
    done = []
    for contrast in facts["contrasts"]:
        table, statistic = _stored_table(directory, contrast, spec.output.style)
        if test is not None:
            found, names = ranking_table(table, statistic, sets, correlation)
        else:
            found, names = enrich_table(table, sets, method or "ora", spec.correction.fdr, statistic, spec.run.seed)
        done.append(_done(contrast, Path(contrast["table"]).stem, found, names, sets))
    return done


def _done(
    contrast: dict[str, Any], stem: str, table: pd.DataFrame, names: list[str], sets: GeneSets
) -> dict[str, Any]:  # fmt: skip
    own = {"id": contrast["id"], "stem": stem, "label": contrast["label"]}
    return {**own, "table": table, "names": names, "sets": sets}


def _refitted(
    directory: Path, gene_sets: str, test: str, correlation: float | None, inputs: tuple[str, ...]
) -> list[dict[str, Any]]:
    from foldwise.api.rerun import rerun
    from foldwise.io.write_outputs import file_stems

    sets = read_gene_sets(gene_sets)
    analysis, facts = rerun(directory, *inputs)
    done, stems = [], file_stems(analysis.results)
    for contrast, file, result in zip(facts["contrasts"], stems, analysis.results, strict=True):
        found, names = fit_table(analysis, result, sets, test, correlation=correlation, seed=analysis.spec.run.seed)
        done.append(_done(contrast, file, found, names, sets))
    return done


def kinds_of_names(table: pd.DataFrame) -> dict[str, list[str]]:
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
