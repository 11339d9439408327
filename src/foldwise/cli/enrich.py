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
@click.option(
    "--gene-sets", required=True, metavar="GMT", help="File of gene sets, one per line; nothing is downloaded."
)
@click.option("--method", default="ora", show_default=True, metavar="ora|prerank|ulm",
              help="Genes called against all tested, or all tested genes by their statistic.")  # fmt: skip
@click.option("--force", is_flag=True, help="Overwrite the tables of an earlier enrichment.")
@speech
@click.pass_obj
def command(session: Session, directory: Path, gene_sets: str, method: str, force: bool) -> None:
    """Test gene sets on the results of the run in DIRECTORY; tables go to DIRECTORY/enrichment."""
    from foldwise.annotate.gene_sets import overlap_warning
    from foldwise.api.enrich import enrich_directory
    from foldwise.io.staging import writing
    from foldwise.io.write_text import write_file

    done = enrich_directory(directory, gene_sets, method)
    folder = directory / "enrichment"
    names = [f"{each['id']}.{method}.tsv" for each in done]
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
            session.say("", f"  {row.gene_set}  {row.direction}  {row.n_found} of {row.n_genes} genes  {row.padj:.1e}")
        session.say("Wrote", str(folder / name))
    if session.json:
        session.print_answer(
            {"ok": True, "exit": 0, "contrasts": [], "files": [str(Path("enrichment") / name) for name in names]}
        )
