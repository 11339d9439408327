"""One call of the program: how it talks (words or JSON lines) and what it has said so far."""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from foldwise.cli.text import printable, titled
from foldwise.errors import FoldwiseError, FoldwiseWarning

_LABEL = 10
_WIDTH = 88
_MARKS = {"ok": "ok", "note": ".", "warning": "!", "error": "x"}
_COLORS = {"ok": "green", "note": None, "warning": "yellow", "error": "red"}


class Session:
    """Speaks to the user on stderr; stdout is left to data.

    Parameters
    ----------
    arguments : sequence of str
        The command line, of which the flags that decide how to speak are read
        at once, so that an error while parsing is told in the same way.
    """

    def __init__(self, arguments: Sequence[str] = ()) -> None:
        self.start = time.monotonic()
        self.json = "--json" in arguments
        self.quiet = "-q" in arguments or "--quiet" in arguments
        self.verbose = "-v" in arguments or "--verbose" in arguments
        self.no_progress = "--no-progress" in arguments
        self.arguments = list(arguments)
        self.warnings: list[dict[str, Any]] = []
        self.n_counted = 0
        self.resumable = False
        self.requires = False  # a certificate, whatever the settings say
        self.uncertified = False  # a certificate was required, and it failed or could not be made
        self.answer: dict[str, Any] | None = None
        self._section = ""

    @property
    def terminal(self) -> bool:
        """Whether a person watches: stderr is a terminal and words are wanted."""
        return sys.stderr.isatty() and not self.json

    @property
    def may_ask(self) -> bool:
        """Whether a question can be answered."""
        return self.terminal and sys.stdin.isatty() and not self.quiet

    @property
    def color(self) -> bool:
        """Whether to color, by NO_COLOR, FORCE_COLOR and the terminal."""
        if os.environ.get("NO_COLOR"):
            return False
        return bool(os.environ.get("FORCE_COLOR")) or self.terminal

    def say(self, section: str, text: str, level: str = "plain", data: dict[str, Any] | None = None) -> None:
        """Say one line of a section; ``level``: plain, ok, note, warning."""
        if self.quiet:
            return
        if self.json:
            self._event("info", "", text, data or {})
        else:
            self._line(section, text, level)

    def detail(self, section: str, text: str, data: dict[str, Any] | None = None) -> None:
        """Say one line that is wanted under ``-v`` only."""
        if self.verbose:
            self.say(section, text, "note", data)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Say under ``-v`` what libraries of ours log, while inside ``with``."""
        logger, handler = logging.getLogger("foldwise"), _Spoken(self)
        level = logger.level
        if self.verbose:
            logger.setLevel(logging.DEBUG)
            logger.addHandler(handler)
        try:
            yield
        finally:
            logger.removeHandler(handler)
            logger.setLevel(level)

    def warn(self, warning: FoldwiseWarning, section: str = "Checks") -> None:
        """Tell a warning; it is said under ``-q`` too, and counts under ``--strict`` where it is counted."""
        self.warnings.append({"code": warning.id, "msg": warning.sentence(), "data": warning.data})
        self.n_counted += warning.counted
        if self.json:
            self._event("warning", warning.id, f"{warning.found} {warning.fix}".strip(), warning.data)
        else:
            text = f"{warning.found} {warning.fix}".strip()
            self._line(section, text if warning.id in text else f"{text} [{titled(warning.id)}]", "warning")

    def fail(self, error: FoldwiseError) -> None:
        """Tell the error that ends the run."""
        if self.json:
            data = {**error.data, "found": error.found, "where": error.where, "fix": error.fix}
            self._event("error", error.id, f"{error.found} {error.fix}".strip(), data)
            return
        from foldwise.cli.text import error_lines

        for number, line in enumerate(error_lines(error)):
            self._write(click.style(line, fg="red") if number == 0 else line)

    def answer_failure(self, code: int, error: FoldwiseError) -> None:
        """Print the one JSON object of a run that failed."""
        if self.json:
            failed = {"code": error.id, "found": error.found, "fix": error.fix, "where": error.where}
            self.print_answer({"ok": False, "exit": code, "contrasts": [], "files": [], "error": failed})

    def fail_plain(self, text: str, code: int) -> None:
        """Tell an end that is no error of the catalogue (an interrupt)."""
        if self.json:
            self._event("error", "", text, {})
            self.print_answer({"ok": False, "exit": code, "contrasts": [], "files": [], "error": None})
        else:
            self._write(click.style(f"x {text}", fg="red"))

    def print_answer(self, answer: dict[str, Any]) -> None:
        """Print the one JSON object of a run on stdout."""
        whole = {"certificate": None, **answer, "warnings": self.warnings}
        click.echo(json.dumps(whole, ensure_ascii=False))
        self.answer = whole

    def rule(self, text: str) -> None:
        """Write a line without a section (the heading of the run)."""
        if self.quiet:
            return
        if self.json:
            self._event("info", "", text, {})
        else:
            self._write(printable(text))

    def _event(self, level: str, code: str, message: str, data: dict[str, Any]) -> None:
        seconds = round(time.monotonic() - self.start, 3)
        event = {"t": seconds, "level": level, "code": code, "msg": message, "data": data}
        click.echo(json.dumps(event, ensure_ascii=False, default=str), err=True)

    def _line(self, section: str, text: str, level: str) -> None:
        label = section if section != self._section else ""
        self._section = section
        mark = _MARKS.get(level, "")
        text = printable(text)
        if level in ("warning", "note"):
            text = f"{mark} {text}"
        head = click.style(f"{label:<{_LABEL}}", bold=True)
        for number, part in enumerate(self._wrapped(text, indent=2 if level in ("warning", "note") else 0)):
            if level == "ok" and number == 0:
                part = f"{part:<{_WIDTH - _LABEL - 4}}  {click.style(mark, fg='green')}"
            elif number == 0 and level in _COLORS and _COLORS[level]:
                part = click.style(part[0], fg=_COLORS[level]) + part[1:]
            self._write((head if number == 0 else " " * _LABEL) + part)

    def _wrapped(self, text: str, indent: int) -> list[str]:
        if not self.terminal:
            return [text]
        import shutil
        import textwrap

        width = min(shutil.get_terminal_size((100, 20)).columns, 120) - _LABEL
        return textwrap.wrap(text, max(width, 40), subsequent_indent=" " * indent, break_long_words=False) or [""]

    def _write(self, line: str) -> None:
        click.echo(line, err=True, color=self.color)


class _Spoken(logging.Handler):
    """Says what is logged through a session."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session

    def emit(self, record: logging.LogRecord) -> None:
        """Say one record."""
        self.session.detail("Log", record.getMessage(), {"logger": record.name})
