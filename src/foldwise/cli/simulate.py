"""``foldwise simulate``: counts whose true changes are known."""

from __future__ import annotations

from pathlib import Path

import click

from foldwise.cli.options import speech
from foldwise.cli.session import Session
from foldwise.errors import UsageError


@click.command("simulate")
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--genes", default=10_000, show_default=True, metavar="N", help="Number of genes.")
@click.option("--samples", default=8, show_default=True, metavar="N", help="Samples in all; half are treated.")
@click.option("--seed", default=1, show_default=True, metavar="N", help="Same seed, same data.")
@click.option("--changed", default=0.1, show_default=True, metavar="SHARE", help="Share of genes with a true change.")
@click.option("--sd", default=1.0, show_default=True, metavar="X", help="Spread of the true log2 fold changes.")
@click.option("--force", is_flag=True, help="Overwrite files of an earlier simulation.")
@speech
@click.pass_obj
def command(
    session: Session, out: Path, genes: int, samples: int, seed: int, changed: float, sd: float, force: bool
) -> None:
    """Write simulated read counts, their sample sheet and the truth behind them into the folder OUT."""
    from foldwise.api.simulate import simulate, write_simulation
    from foldwise.io.staging import writing

    taken = [name for name in ("counts.tsv.gz", "samples.tsv", "truth.tsv.gz") if (out / name).exists()]
    if taken and not force:
        raise UsageError("E-IO-003", f"{out} already holds {taken[0]}.", "Add --force to overwrite it.")
    data = simulate(genes, samples, seed, share_changed=changed, sd_log2=sd)
    with writing(out):
        out.mkdir(parents=True, exist_ok=True)
        files = write_simulation(data, out)
    n_changed = int((data.truth["log2_fold_change"] != 0).sum())
    session.say("Simulated", f"{genes:,} genes × {samples} samples; {n_changed:,} genes truly change", "ok")
    session.say("Wrote", f"{out}/{files[0]}, {files[1]}, {files[2]} (the truth)")
    session.say("Next", f"foldwise run {out / files[0]} {out / files[1]} --contrast group:treated:control")
    if session.json:
        session.print_answer({"ok": True, "exit": 0, "contrasts": [], "files": [str(out / name) for name in files]})
