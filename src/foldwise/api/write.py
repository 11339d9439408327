"""Everything a run leaves: tables, report, methods, settings; all of it or nothing."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from foldwise.errors import UsageError
from foldwise.model.spec import InterpretSettings

if TYPE_CHECKING:
    from foldwise.io.staging import Staging
    from foldwise.model.analysis import Analysis
    from foldwise.model.spec import AnalysisSpec

_OWN_FOLDERS = ("results", "counts", "plots", "multiqc", "models", "enrichment")
_OWN_FILES = (
    "report.html", "interpretation.md", "fit.h5ad", "methods.md", "citations.bib", "run.toml", "run.json",
    "certificate.json",
)  # fmt: skip


def write(analysis: Analysis, directory: str | Path, *, force: bool = False) -> Path:
    """Write what ``foldwise run`` writes into ``directory``; return the directory.

    Parameters
    ----------
    analysis : Analysis
        What `foldwise.run` returns.
    directory : path
    force : bool
        Replace the files of an earlier run.

    Raises
    ------
    UsageError
        E-IO-003 the directory holds something, E-IO-004 it is or holds an input.
    ResourceError
        E-IO-002 another run is writing there.
    OutputError
        E-IO-001 disk full or no permission; what was there before is untouched.
    """
    from foldwise.io.lock import DirectoryLock

    target = Path(directory)
    require_extras(analysis.spec)
    check_output(target, analysis.spec, force=force)
    with DirectoryLock(target):
        write_files(analysis, target)
    return target


def check_output(directory: Path, spec: AnalysisSpec, *, force: bool, resume: bool = False) -> None:
    """Refuse a directory that holds results or inputs.

    With ``resume`` one that holds the traces of a stopped run, or a finished run, is taken.

    Raises
    ------
    UsageError
        E-IO-003, E-IO-004.
    """
    from foldwise.api.resume import was_stopped
    from foldwise.io.staging import COMMIT_MARK
    from foldwise.model.spec_paths import input_paths

    own = Path(os.path.realpath(directory))
    for name in input_paths(spec):
        path = Path(os.path.realpath(name))
        if path == own or (path.is_dir() and own.is_relative_to(path)) or _would_be_replaced(path, own):
            fix = "Give a directory of its own with -o."
            raise UsageError("E-IO-004", f"The output {directory} and the input {name} are in each other's way.", fix)
    if own.exists() and not own.is_dir():
        raise UsageError("E-IO-003", f"{directory} is a file.", "Give a directory with -o.")
    if resume and ((own / COMMIT_MARK).is_file() or was_stopped(own)):
        return
    if not force and own.is_dir() and any(not item.name.startswith(".foldwise.") for item in own.iterdir()):
        fix = (
            "Add --force to replace the files of the earlier run there, --resume to continue one that was stopped, "
            "or give another directory with -o."
        )
        raise UsageError("E-IO-003", f"{directory} already exists and is not empty.", fix)


def _would_be_replaced(path: Path, own: Path) -> bool:
    if not path.is_relative_to(own) or path == own:
        return False
    inside = path.relative_to(own).parts
    return inside[0] in _OWN_FOLDERS if len(inside) > 1 else inside[0] in _OWN_FILES


def write_files(
    analysis: Analysis, directory: Path, *, command: str | None = None, notes: Sequence[dict[str, Any]] = ()
) -> list[str]:
    """Write all files of a run into a directory that the caller has locked; return their names.

    Parameters
    ----------
    analysis : Analysis
    directory : Path
    command : str, optional
        The command line, for the report.
    notes : sequence of dict
        Messages for ``run.json``; default those of the analysis.
    """
    from foldwise.api.interpret import interpretation
    from foldwise.api.stored_sets import stored_gene_sets
    from foldwise.io.run_json import earlier_files, run_facts, write_run_json
    from foldwise.io.staging import COMMIT_MARK, Staging, writing
    from foldwise.io.write_outputs import write_tables
    from foldwise.model.spec_paths import rebased
    from foldwise.model.spec_toml import to_toml
    from foldwise.report import citations, markdown, methods_text, write_report
    from foldwise.report.words import redact

    stale = earlier_files(directory)
    with Staging(directory) as staging, writing(directory):
        write_tables(analysis, staging)
        _write_extras(analysis, staging)
        staging.file("methods.md").write_text(methods_text(analysis), encoding="utf-8")
        staging.file("citations.bib").write_text(citations(analysis), encoding="utf-8")
        portable = rebased(analysis.spec, ".", str(directory))
        staging.file("run.toml").write_text(to_toml(portable), encoding="utf-8")
        sets = stored_gene_sets(staging.path, stems_of(analysis))
        words = interpretation(analysis, sets)
        staging.file("interpretation.md").write_text(markdown(words), encoding="utf-8")
        if analysis.spec.output.report:
            files = sorted([*staging.names(), COMMIT_MARK, "report.html"])
            report = staging.file("report.html")
            write_report(analysis, report, command=command, files=files, gene_sets=sets, words=words)
        facts = run_facts(analysis, staging.path, staging.names(), notes or message_facts(analysis))
        facts["command"] = None if command is None else redact(command)
        facts["interpretation"] = {"source": words.source, "note": words.note, "n_dropped": len(words.dropped)}
        write_run_json(staging.file(COMMIT_MARK), facts)
        names = staging.names()
        staging.commit(stale)
    return names


def require_extras(spec: AnalysisSpec) -> None:
    """Raise E-EXTRA-001 where a file is asked for whose package is not installed: before the fit, not after it."""
    output = spec.output
    if spec.interpret != InterpretSettings():
        from foldwise.api.language_model import require_settings

        require_settings(spec.interpret)
    if output.plots != "none":
        from foldwise.report.figures import require_plots

        require_plots()
    if output.excel:
        from foldwise.io.excel import require_writer

        require_writer()
    if output.gene_sets is not None:
        from foldwise.annotate.enrichment import require_gseapy
        from foldwise.api.enrich import read_gene_sets

        require_gseapy()
        read_gene_sets(output.gene_sets)
    if output.h5ad:
        from foldwise.io.anndata_bridge import require_anndata

        require_anndata()


def _write_extras(analysis: Analysis, staging: Staging) -> None:
    """Write the files for other programs (MultiQC's always, figures, workbook and AnnData where asked for), and the
    certificate where there is one.
    """
    from foldwise.io.certificate_json import FILE, certificate_bytes
    from foldwise.io.multiqc import multiqc_files

    output = analysis.spec.output
    for name, content in multiqc_files(analysis).items():
        staging.file(name).write_bytes(content)
    if analysis.certificate is not None:
        staging.file(FILE).write_bytes(certificate_bytes(analysis.certificate))
    if output.plots != "none":
        from foldwise.api.pictures import save_all

        save_all(analysis, output.plots.split(","), lambda name: staging.file(f"plots/{name}"))
    if output.excel:
        from foldwise.io.excel import workbook_bytes
        from foldwise.io.workbook import sheets

        staging.file("results/all_contrasts.xlsx").write_bytes(workbook_bytes(sheets(analysis)))
    if output.gene_sets is not None:
        _write_gene_sets(analysis, output.gene_sets, staging)
    if output.h5ad:
        from foldwise.io.anndata_out import write_h5ad

        write_h5ad(analysis, staging.file("fit.h5ad"))


def _write_gene_sets(analysis: Analysis, path: str, staging: Staging) -> None:
    """Write what ``foldwise enrich`` with its default method writes: sets that hold more of the calls than chance."""
    import warnings

    from foldwise.annotate.gene_sets import overlap_warning
    from foldwise.api.enrich import enrich_table, read_gene_sets

    sets, seed = read_gene_sets(path), analysis.spec.run.seed
    warning = None
    for result, stem in zip(analysis.results, stems_of(analysis).values(), strict=True):
        table, names = enrich_table(result.table, sets, "ora", result.fdr, result.statistic, seed)
        warning = warning or overlap_warning(sets, names)
        text = table.to_csv(sep="\t", index=False, lineterminator="\n")
        staging.file(f"enrichment/{stem}.ora.tsv").write_bytes(text.encode())
    if warning is not None:
        warnings.warn(warning, stacklevel=2)


def stems_of(analysis: Analysis) -> dict[str, str]:
    """Return the stem of the files of each contrast, by its id."""
    from foldwise.io.write_outputs import file_stems

    ids = [result.contrast.id for result in analysis.results]
    return dict(zip(ids, file_stems(analysis.results), strict=True))


def message_facts(analysis: Analysis) -> list[dict[str, Any]]:
    """Return the messages of an analysis as plain objects."""
    return [{"level": item.level, "code": item.id, "msg": item.text} for item in analysis.messages]
