"""``foldwise certify``: null runs of a whole analysis, of a finished run or of counts given here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from foldwise.cli.guard import strict_code
from foldwise.cli.options import settings, spec_of, speech
from foldwise.cli.session import Session
from foldwise.errors import UsageError

_USUAL = 200
# What a finished run has decided already.
_OF_THE_RUN = ("threads", "seed")


@click.command("certify")
@click.argument("files", nargs=-1, metavar="DIR [COUNTS SAMPLES] | COUNTS... SAMPLES")
@click.option("-n", "n_runs", default=_USUAL, show_default=True, metavar="N", help="Null runs of each kind.")
@click.option("--samples", "sheet_file", metavar="FILE", help="The sample sheet; then all other files are counts.")
@settings("design", "method", "input", "run")
@click.option("-o", "--output", metavar="DIR", help="Where to write a run of COUNTS.  [default: foldwise_out]")
@click.option("--force", is_flag=True, help="Replace the results of an earlier run of COUNTS.")
@click.option("--strict", is_flag=True, help="Exit 4 where the certificate warns.")
@speech
@click.pass_obj
def command(session: Session, /, files: tuple[str, ...], n_runs: int, force: bool, strict: bool, **given: Any) -> int:
    """Judge the false discovery rate of a run by null runs of all of it; exit 5 where it fails or cannot be judged.

    DIR is the directory of a finished run: the certificate, the report and all that speaks of it are written there.
    COUNTS SAMPLES after it say where its inputs are, if they were moved; alone, with the options of run, they are
    analyzed first.
    """
    from foldwise.model.spec_options import OPTIONS, check_value

    if n_runs < 1:
        raise UsageError("E-USAGE-002", f"-n must be at least 1; it is {n_runs}.", "200 is usual.")
    check_value(OPTIONS["certificate"], str(n_runs))
    session.requires = True
    if files and (Path(files[0]) / "run.json").is_file():
        return _of_directory(session, Path(files[0]), files[1:], n_runs, given, strict)
    if len(files) == 1 and Path(files[0]).is_dir() and given["sheet_file"] is None and not given["groups"]:
        found = f"{files[0]} holds no finished run."
        raise UsageError("E-USAGE-002", found, "Give the output directory of a run, or COUNTS SAMPLES.")
    return _of_counts(session, files, n_runs, given, force=force, strict=strict)


def _of_counts(
    session: Session, files: tuple[str, ...], n: int, given: dict[str, Any], *, force: bool, strict: bool
) -> int:
    """Run COUNTS SAMPLES as ``foldwise run --certificate N`` does."""
    import shlex

    from foldwise.cli.files import counts_and_sheet
    from foldwise.cli.run import run_spec
    from foldwise.cli.steps import RunFlags

    counts, sheet = counts_and_sheet(files, given.pop("sheet_file"), given["groups"])
    spec = spec_of(None, given | {"counts": counts, "samples": sheet, "certificate": str(n)})
    line = "foldwise " + shlex.join(session.arguments)
    return run_spec(session, spec, RunFlags(force=force, strict=strict, yes=True, command=line))


def _of_directory(
    session: Session, directory: Path, inputs: tuple[str, ...], n: int, given: dict[str, Any], strict: bool
) -> int:
    from foldwise.api.certify_directory import certify_directory
    from foldwise.api.write_models import certificates_of
    from foldwise.cli.certificate_steps import require_step, say_certificate, told
    from foldwise.cli.progress import progress_bar
    from foldwise.io.certificate_json import certificate_facts
    from foldwise.io.run_json import read_run_json

    foreign = [name for name, value in given.items() if value not in (None, ()) and name not in _OF_THE_RUN]
    if foreign or len(inputs) > 2:
        what = f"--{foreign[0].replace('_', '-')}" if foreign else inputs[2]
        found = f"{what} is given beside the directory of a run, which has its own settings."
        raise UsageError("E-USAGE-002", found, "Leave it out, or give COUNTS SAMPLES in place of the directory.")
    session.resumable = False
    with progress_bar(session, "Certifying") as progress:
        done = certify_directory(
            directory, n, seed=given["seed"], inputs=inputs, threads=given["threads"], progress=progress,
            warn=session.warn,
        )  # fmt: skip
    facts: dict[str, Any] = {}
    for each in done:
        made = each.analysis.certificate
        if made is None:
            continue
        if len(done) > 1:
            session.say("Model", f"{each.directory.name}: {each.analysis.design.formula}")
        warning = told(each.analysis)
        if warning is not None:
            warning.counted = True
        say_certificate(session, made, warning)
        facts[f"models/{each.directory.name}"] = certificate_facts(made)
        require_step(session, each.analysis.spec, facts[f"models/{each.directory.name}"])
    session.say("Wrote", f"{directory / 'certificate.json'}, report.html and what else names the certificate", "ok")
    code = strict_code(session, strict)
    if session.json:
        whole = next(iter(facts.values())) if len(done) == 1 else certificates_of(dict(facts))
        files = sorted({*(name for each in done for name in each.files), "run.json"})
        contrasts = read_run_json(directory)["contrasts"]
        told_of = {"contrasts": contrasts, "certificate": whole, "files": files, "output": str(directory)}
        session.print_answer({"ok": True, "exit": code, **told_of})
    return code
