"""``foldwise demo``: the whole way on data that travel with the program, or on simulated ones."""

from __future__ import annotations

import dataclasses
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from foldwise.cli.options import speech
from foldwise.cli.session import Session
from foldwise.errors import UsageError
from foldwise.model.spec import AnalysisSpec
from foldwise.model.spec_options import with_options

if TYPE_CHECKING:
    from foldwise.api.simulate import Simulation
    from foldwise.model.analysis import Analysis, Message

_OUTPUT = "foldwise_out"


@click.command("demo")
@click.argument("directory", required=False, type=click.Path(path_type=Path))
@click.option("--simulated", is_flag=True, help="Simulated counts with known truth in place of the airway counts.")
@click.option("--seed", default=1, show_default=True, metavar="N", help="Seed of the simulation.")
@click.option("--force", is_flag=True, help="Replace an earlier demo.")
@speech
@click.pass_obj
def command(session: Session, directory: Path | None, simulated: bool, seed: int, force: bool) -> int:
    """Write demo data into DIRECTORY (default: demo) and run foldwise on them. Needs no network."""
    from foldwise.cli.run import run_spec
    from foldwise.cli.steps import RunFlags

    folder = directory or Path("demo-simulated" if simulated else "demo")
    if not force and (folder / _OUTPUT / "run.json").exists():
        fix = "Add --force to replace it, or name another directory."
        raise UsageError("E-IO-003", f"{folder} already holds a demo.", fix)
    data = _write_inputs(folder, simulated, seed)
    spec = _spec(folder, simulated, seed)
    line = _command_line(spec)
    session.rule(f"$ {line}")

    def judge(analysis: Analysis) -> tuple[Message, ...]:
        return () if data is None else (_rates(data, analysis),)

    return run_spec(session, spec, RunFlags(force=True, yes=True, command=line), judge)


def _write_inputs(folder: Path, simulated: bool, seed: int) -> Simulation | None:
    from foldwise.io.staging import writing

    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if not simulated:
            from foldwise.io.demo_data import copy_airway

            copy_airway(folder)
            return None
        from foldwise.api.simulate import simulate, write_simulation

        data = simulate(seed=seed)
        write_simulation(data, folder)
        return data


def _spec(folder: Path, simulated: bool, seed: int) -> AnalysisSpec:
    from foldwise.io.demo_data import CONTRAST, FORMULA

    formula, contrast = ("~ group", "group:treated:control") if simulated else (FORMULA, CONTRAST)
    options = {
        "counts": (str(folder / "counts.tsv.gz"),),
        "samples": str(folder / "samples.tsv"),
        "design": formula,
        "contrast": (contrast,),
        "output": str(folder / _OUTPUT),
        "seed": seed,
    }
    return with_options(AnalysisSpec(), options)


def _command_line(spec: AnalysisSpec) -> str:
    files = shlex.join([spec.input.counts[0], str(spec.input.samples)])
    model = f'--design "{spec.design.formula}" --contrast {spec.design.contrasts[0]}'
    return f"foldwise run {files} {model} -o {shlex.quote(spec.output.directory)}"


def _rates(data: Simulation, analysis: Analysis) -> Message:
    """Return what share of the calls is false, and what share of the true changes was called."""
    from foldwise.io.messages import done

    result = analysis.results[0]
    false_share, power = data.rates(result.table["padj"], result.fdr)
    text = (
        f"Simulated data, truth known: {100 * false_share:.1f} % of the calls are false (asked for: "
        f"{100 * result.fdr:g} % on average); {100 * power:.1f} % of the true changes were called."
    )
    message = done("Truth", text, false_discovery_proportion=false_share, power=power)
    return dataclasses.replace(message, level="note")
