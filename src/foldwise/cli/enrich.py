"""``foldwise enrich``: gene sets that the comparisons of a finished run touch."""

from __future__ import annotations

from pathlib import Path

import click

from foldwise.cli.options import speech
from foldwise.cli.session import Session
from foldwise.errors import UsageError

_TOP = 5


@click.command("enrich")
@click.argument("directory", type=click.Path(path_type=Path))
@click.argument("counts", required=False)
@click.argument("samples", required=False)
@click.option(
    "--gene-sets", required=True, metavar="GMT", help="File of gene sets, one per line; nothing is downloaded."
)
@click.option(
    "--method",
    metavar="ora|prerank|ulm",
    help="Genes called against all tested, or all tested genes by their statistic.  [default: ora]",
)
@click.option(
    "--test",
    metavar="camera|camera-pr|fry|roast",
    help="In place of a method: tests that know that genes move together; the run is made again.",
)
@click.option("--correlation", metavar="X|estimate", help="camera: between the genes of a set.  [default: 0.01]")
@click.option("--force", is_flag=True, help="Overwrite the tables of an earlier enrichment.")
@speech
@click.pass_obj
def command(
    session: Session, directory: Path, counts: str | None, samples: str | None, gene_sets: str, method: str | None,
    test: str | None, correlation: str | None, force: bool,
) -> None:  # fmt: skip
    """Test gene sets on the results of the run in DIRECTORY; tables go to DIRECTORY/enrichment.

    camera, fry and roast need the counts: those of the run, or COUNTS SAMPLES where they were moved.
    """
    from foldwise.annotate.gene_sets import overlap_warning
    from foldwise.api.enrich import enrich_directory
    from foldwise.io.staging import writing
    from foldwise.io.write_text import write_file

    moved = tuple(path for path in (counts, samples) if path)
    done = enrich_directory(
        directory, gene_sets, method, test=test, correlation=_correlation(correlation), inputs=moved
    )
    folder = directory / "enrichment"
    names = [f"{each['stem']}.{test or method or 'ora'}.tsv" for each in done]
    taken = [name for name in names if (folder / name).exists()]
    if taken and not force:
        raise UsageError("E-IO-003", f"{folder / taken[0]} exists.", "Add --force to overwrite it.")
    warning = overlap_warning(done[0]["sets"], done[0]["names"]) if done else None
    if warning is not None:
        session.warn(warning)
    with writing(folder):
        folder.mkdir(exist_ok=True)
        for each, name in zip(done, names, strict=True):
            text = each["table"].to_csv(sep="\t", index=False, lineterminator="\n")
            write_file(folder / name, text.encode())
    for each, name in zip(done, names, strict=True):
        table = each["table"]
        found = table[table["padj"] < 0.05]
        session.say("Result", f"{each['label']}: {len(found):,} of {len(table):,} tests of sets at FDR 5 %", "ok")
        for row in found.head(_TOP).itertuples():
            size = f"{row.n_found} of {row.n_genes}" if "n_found" in table else str(row.n_genes)
            session.say("", f"  {row.gene_set}  {row.direction}  {size} genes  {row.padj:.1e}")
        session.say("Wrote", str(folder / name))
    if session.json:
        session.print_answer(
            {"ok": True, "exit": 0, "contrasts": [], "files": [str(Path("enrichment") / name) for name in names]}
        )


def _correlation(text: str | None) -> float | None:
    """Read the correlation of camera: a number, or None for ``estimate``."""
    from foldwise.api.enrich_fit import CORRELATION

    if text is None:
        return CORRELATION
    if text == "estimate":
        return None
    try:
        return float(text)
    except ValueError:
        fix = "Give a number between -1 and 1, or estimate."
        raise UsageError("E-USAGE-002", f"correlation has no value {text!r}.", fix) from None
