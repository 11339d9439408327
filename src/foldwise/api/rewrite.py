"""Some files of a finished run written anew; the others, and what ``run.json`` notes of them, stay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from foldwise.io.staging import Staging
    from foldwise.model.analysis import Analysis

REPORT, WORDS = "report.html", "interpretation.md"
_CERTIFICATE_IDS = ("W-LEARN-001", "W-LEARN-002", "W-LEARN-005")


def replace_report(analysis: Analysis, directory: Path, facts: dict[str, Any]) -> list[str]:
    """Write report and interpretation anew, with the enrichments found beside them; note their digests in ``run.json``.

    The caller has locked the directory.

    Returns
    -------
    list of str
        The files written.
    """
    return _replace(analysis, directory, facts, lambda _: None, report=True)


def replace_certificate(analysis: Analysis, directory: Path, facts: dict[str, Any]) -> list[str]:
    """Write the certificate of a run and every file that speaks of it, and note them in ``run.json``.

    The caller has locked the directory; parameters and result as of `replace_report`.
    """
    from foldwise.api.write import message_facts
    from foldwise.io.certificate_json import certificate_facts

    others = [item for item in facts["messages"] if item.get("code") not in _CERTIFICATE_IDS]
    said = [item for item in message_facts(analysis) if item["code"] in _CERTIFICATE_IDS]
    new = {**facts, "certificate": certificate_facts(analysis.certificate), "messages": [*others, *said]}
    had_report = any(entry["name"] == REPORT for entry in facts["files"])
    return _replace(analysis, directory, new, lambda staging: _write(analysis, staging, facts), report=had_report)


def _write(analysis: Analysis, staging: Staging, facts: dict[str, Any]) -> None:
    """Write what a certificate changes: itself, tables (padj_safe), texts, MultiQC's table, the workbook."""
    from foldwise.io.certificate_json import FILE, certificate_bytes
    from foldwise.io.multiqc import CONTRASTS, multiqc_files
    from foldwise.io.write_outputs import write_results
    from foldwise.report import citations, methods_text

    if analysis.certificate is not None:
        staging.file(FILE).write_bytes(certificate_bytes(analysis.certificate))
    write_results(analysis, staging)
    staging.file("methods.md").write_text(methods_text(analysis), encoding="utf-8")
    staging.file("citations.bib").write_text(citations(analysis), encoding="utf-8")
    staging.file(CONTRASTS).write_bytes(multiqc_files(analysis)[CONTRASTS])
    workbook = "results/all_contrasts.xlsx"
    if any(entry["name"] == workbook for entry in facts["files"]):
        from foldwise.io.excel import workbook_bytes
        from foldwise.io.workbook import sheets

        staging.file(workbook).write_bytes(workbook_bytes(sheets(analysis)))


def _replace(
    analysis: Analysis, directory: Path, facts: dict[str, Any], write: Callable[[Staging], None], *, report: bool
) -> list[str]:
    """Move what ``write`` makes into place, with a new page and interpretation, and ``run.json`` as the mark of it."""
    from foldwise.api.interpret import interpretation
    from foldwise.api.stored_sets import stored_gene_sets
    from foldwise.api.write import stems_of
    from foldwise.io.run_json import write_run_json
    from foldwise.io.staging import COMMIT_MARK, Staging, writing
    from foldwise.provenance import file_digest
    from foldwise.report import markdown, write_report

    with Staging(directory) as staging, writing(directory):
        write(staging)
        sets = stored_gene_sets(directory, stems_of(analysis))
        words = interpretation(analysis, sets)
        staging.file(WORDS).write_text(markdown(words), encoding="utf-8")
        others = [entry for entry in facts["files"] if entry["name"] not in (*staging.names(), REPORT)]
        if report:
            names = sorted([*(entry["name"] for entry in others), *staging.names(), COMMIT_MARK, REPORT])
            page = staging.file(REPORT)
            write_report(analysis, page, command=facts.get("command"), files=names, gene_sets=sets, words=words)
        written = [{**file_digest(staging.path / name), "name": name} for name in staging.names()]
        files = sorted([*others, *written], key=lambda entry: entry["name"])
        write_run_json(staging.file(COMMIT_MARK), {**facts, "files": files})
        staging.commit([])
    return [str(entry["name"]) for entry in written]
