"""A finished run done again from its directory: same settings, same inputs, or an error that says what changed."""

from __future__ import annotations

import dataclasses
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from foldwise.errors import EXIT_VERIFY, FoldwiseError, FoldwiseWarning, InputError

if TYPE_CHECKING:
    from foldwise.model.analysis import Analysis, Message
    from foldwise.model.certificate import Certificate
    from foldwise.model.experiment import Experiment
    from foldwise.model.spec import AnalysisSpec


SAFE = "padj_safe"


def rerun(
    directory: Path, counts: str | None = None, samples: str | None = None, *, judge: bool = False
) -> tuple[Analysis, dict[str, Any]]:
    """Return the analysis of a run's directory, computed again, and the content of its ``run.json``.

    Parameters
    ----------
    directory : Path
        Output of a finished run.
    counts, samples : str, optional
        Where the inputs are now, if they were moved.
    judge : bool
        Make the certificate again, too, where tables hold a column of it (``padj_safe``); else both are those of the
        directory.

    Raises
    ------
    InputError
        E-FILE-007 no finished run; E-FILE-011 an input is gone or is not the one of the run.
    FoldwiseError
        E-VERIFY-001 where its certificate was changed.
    """
    from foldwise.api.analyze import analyzed
    from foldwise.api.certify import again, with_certificate
    from foldwise.api.choose import stored_choice

    spec, experiment, messages, facts = reread(directory, counts, samples)
    messages = (*messages, *stored_choice(facts))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FoldwiseWarning)  # they were told when the run was made
        analysis = analyzed(spec, experiment, messages=messages)
    made = stored_certificate(directory, facts)
    if made is None:
        return analysis, facts
    if made.safe is not None and made.safe.name:
        analysis = again(analysis, made) if judge else _with_stored_column(analysis, directory, facts)
    return with_certificate(analysis, made), facts


def reread(
    directory: Path, counts: str | None = None, samples: str | None = None
) -> tuple[AnalysisSpec, Experiment, tuple[Message, ...], dict[str, Any]]:
    """Return the settings of a run, its inputs read again, what reading found, and the content of ``run.json``.

    Parameters and errors as for `rerun`; nothing is fitted.
    """
    from foldwise.api.coerce import read_experiment
    from foldwise.api.write_models import require_one_model
    from foldwise.io.run_json import read_run_json

    require_one_model(directory)
    facts = read_run_json(directory)
    spec = stored_spec(directory)
    given = spec.input.counts if counts is None else (counts,)
    sheet = spec.input.samples if samples is None else samples
    spec = dataclasses.replace(spec, input=dataclasses.replace(spec.input, counts=given, samples=sheet))
    require_same_inputs(spec, facts)
    experiment, messages = read_experiment(spec.input.counts, spec.input.samples, spec)
    return spec, experiment, messages, facts


def _with_stored_column(analysis: Analysis, directory: Path, facts: dict[str, Any]) -> Analysis:
    """Return the analysis with ``padj_safe`` as the tables of the directory have it, in styles that show it."""
    from foldwise.api.stored import read_table
    from foldwise.certify.columns import with_columns

    if analysis.spec.output.style != "canonical":
        return analysis
    tables = [read_table(directory, str(contrast["table"])) for contrast in facts["contrasts"]]
    results = tuple(
        with_columns(result, {SAFE: table[SAFE].to_numpy(dtype=float)} if SAFE in table else {})
        for result, table in zip(analysis.results, tables, strict=True)
    )
    return dataclasses.replace(analysis, results=results)


def stored_certificate(directory: Path, facts: dict[str, Any]) -> Certificate | None:
    """Return the certificate that a run wrote, or that was made for it; None where there is none.

    Raises
    ------
    FoldwiseError
        E-VERIFY-001 where the file is not the one that ``run.json`` notes.
    """
    from foldwise.io.certificate_json import FILE, read_certificate
    from foldwise.provenance import file_digest

    noted = next((entry["sha256"] for entry in facts["files"] if entry["name"] == FILE), None)
    if noted is None:
        return None
    path = directory / FILE
    if not path.is_file() or file_digest(path)["sha256"] != noted:
        raise mismatch(f"{FILE} is not the file that the run wrote.")
    return read_certificate(directory)


def stored_spec(directory: Path) -> AnalysisSpec:
    """Return the settings in ``run.toml``, paths made to hold in the working directory."""
    from foldwise.model.spec_paths import rebased
    from foldwise.model.spec_toml import from_toml

    path = directory / "run.toml"
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        fix = "Give the output directory of a finished foldwise run."
        raise InputError("E-FILE-007", f"{path} cannot be read.", fix, where=str(path)) from None
    return rebased(from_toml(text, str(path)), str(directory), ".")


def require_same_inputs(spec: AnalysisSpec, facts: dict[str, Any]) -> None:
    """Raise E-FILE-011 unless the inputs have the SHA-256 that ``run.json`` notes."""
    from foldwise.io.formats import source_files
    from foldwise.io.sources import is_pattern
    from foldwise.model.spec_paths import input_paths
    from foldwise.provenance import input_digests

    noted = facts.get("inputs", [])
    if not noted:
        fix = "It was run on objects in Python; give COUNTS SAMPLES to a new foldwise run."
        raise InputError("E-FILE-011", "The run has no input files.", fix)
    missing = [path for path in input_paths(spec) if not Path(path).exists() and not is_pattern(Path(path))]
    if missing:
        known = {item["name"]: item["sha256"] for item in noted}
        digest = known.get(Path(missing[0]).name, "unknown")
        found = f"{missing[0]} is gone (its SHA-256 was {digest[:12]}…)."
        raise InputError("E-FILE-011", found, "Say where the inputs are: give COUNTS SAMPLES after the directory.")
    for item, now in zip(noted, input_digests(source_files(spec)), strict=False):
        if item["sha256"] != now["sha256"]:
            found = f"{now['name']} is not the file of the run: {now['sha256'][:12]}…, then {item['sha256'][:12]}…."
            raise InputError("E-FILE-011", found, "Give the original COUNTS SAMPLES after the directory.")


def require_same_tables(directory: Path, analysis: Analysis) -> int:
    """Compare the result tables in ``directory`` with ``analysis``; return the number of genes compared.

    Raises
    ------
    FoldwiseError
        E-VERIFY-001 (exit 6) with the first gene and column that differ.
    """
    from foldwise.io.write_outputs import file_stems, result_bytes

    for result, stem in zip(analysis.results, file_stems(analysis.results), strict=True):
        name = f"results/{stem}.tsv"
        try:
            stored = (directory / name).read_bytes()
        except OSError as error:
            raise mismatch(f"{name} cannot be read: {error.strerror}.") from None
        again = result_bytes(result.table, analysis.spec.output.style, result.statistic)
        if stored != again:
            raise mismatch(first_difference(name, stored, again))
    return analysis.experiment.n_genes


def mismatch(found: str) -> FoldwiseError:
    """Return E-VERIFY-001."""
    fix = "The files were changed, or another version of foldwise made them: run again."
    return FoldwiseError("E-VERIFY-001", found, fix, exit_code=EXIT_VERIFY)


def first_difference(name: str, stored: bytes, again: bytes) -> str:
    """Return where two tables differ first: gene, column, both values."""
    old, new = stored.decode("utf-8", "replace").splitlines(), again.decode().splitlines()
    header = new[0].split("\t")
    for old_line, new_line in zip(old, new, strict=False):
        for column, was, now in zip(header, old_line.split("\t"), new_line.split("\t"), strict=False):
            if was != now:
                gene = new_line.split("\t")[0]
                return (
                    f"{name}, gene {gene}, {column}: the file says {was or 'nothing'}, recomputed {now or 'nothing'}."
                )
    return f"{name} has {len(old):,} lines, recomputed {len(new):,}."
