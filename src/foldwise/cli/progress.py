"""The progress bar, drawn by rich on a terminal only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from foldwise.cli.session import Session

Callback = Callable[..., None]


@contextmanager
def progress_bar(session: Session, section: str) -> Iterator[Callback | None]:
    """Yield what the engine calls as it gets on, or None where nobody watches.

    The callback takes ``(stage, done, total)``: a word for the stage, genes done and genes in all.
    """
    if session.no_progress or session.quiet or not session.terminal:
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn(f"{section:<9}"), BarColumn(32), MofNCompleteColumn(), TextColumn("{task.description}"))
    console = Console(stderr=True, no_color=not session.color)
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as bar:
        task = bar.add_task("", total=None)

        def advance(stage: str, done: int, total: int) -> None:
            bar.update(task, description=stage, completed=done, total=total)

        yield advance
