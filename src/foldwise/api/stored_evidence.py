"""What may be said of one comparison of a finished run, from the files that it left."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from foldwise.api.stored import StoredRun
    from foldwise.report.interpretation.evidence import Evidence


def stored_evidence(stored: StoredRun, contrast: str | None) -> Evidence:
    """Return what claims about a comparison of a run are held against.

    Parameters
    ----------
    stored : StoredRun
    contrast : str, optional
        Id; None where the run has one comparison.

    Raises
    ------
    FoldwiseError
        As `StoredRun.contrast` and `StoredRun.table`.
    """
    from foldwise.api.stored_sets import stored_gene_sets
    from foldwise.io.certificate_json import read_certificate
    from foldwise.report.interpretation.certificate_facts import certificate_facts
    from foldwise.report.interpretation.evidence import Evidence, is_directional, set_facts, table_facts

    facts, table, run = stored.contrast(contrast), stored.table(contrast), stored.facts
    fdr, method = float(facts["fdr"]), _section(run, "method")
    sets = tuple(stored_gene_sets(stored.directory, {str(facts["id"]): Path(str(facts["table"])).stem}))
    direction = str(facts["direction"])
    variable, target, reference = groups_of(str(facts["label"]))
    shape = {"n_genes": run["shape"]["genes"], "n_samples": run["shape"]["samples"]}
    verdict, numbers, quotes = certificate_facts(read_certificate(stored.directory), str(facts["id"]))
    warnings = tuple(str(item["msg"]) for item in run["messages"] if item["level"] == "warning")
    return Evidence(
        table=table,
        fdr=fdr,
        contrast=str(facts["id"]),
        label=str(facts["label"]),
        direction=direction,
        variable=variable,
        target=target,
        reference=reference,
        method=str(run.get("method", "")),
        formula=str(run["design"]["formula"] or ""),
        directional=is_directional(
            str(method.get("test", "wald")), str(method.get("alternative", "greaterAbs")), direction
        ),
        facts={
            **shape,
            "n_comparisons": len(run["contrasts"]),
            **table_facts(table, fdr),
            **set_facts(sets, fdr),
            **numbers,
        },
        sets=sets,
        verdict=verdict,
        quotes=(*warnings, *quotes),
        names=frozenset(_samples(stored.directory)),
    )


def groups_of(label: str) -> tuple[str, str, str]:
    """Return variable, target and reference of ``dex: trt vs untrt``; empty where it is no comparison of two groups."""
    variable, colon, rest = label.partition(": ")
    target, word, reference = rest.partition(" vs ")
    return (variable, target, reference) if colon and word else ("", "", "")


def _section(run: dict[str, Any], name: str) -> dict[str, Any]:
    found = run.get("options", {}).get(name, {})
    return found if isinstance(found, dict) else {}


def _samples(directory: Path) -> list[str]:
    """Return the names of the samples, where the run has size factors."""
    path = directory / "counts" / "size_factors.tsv"
    if not path.is_file():
        return []
    return [line.split("\t")[0] for line in path.read_text(encoding="utf-8").splitlines()[1:]]
