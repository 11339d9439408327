"""The one way out of the program: every exception becomes a sentence and an exit code, never a traceback."""

from __future__ import annotations

import errno
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import click

from foldwise.cli.session import Session
from foldwise.errors import (
    EXIT_CERTIFICATE,
    EXIT_STRICT,
    FoldwiseError,
    InternalError,
    OutputError,
    ResourceError,
    UsageError,
)

INTERRUPTED = 130
TERMINATED = 143
_BROKEN_PIPE = 141


class Interrupted(BaseException):
    """SIGINT arrived."""


class Terminated(BaseException):
    """SIGTERM arrived; unwinds like an interrupt so that temporary files are removed."""


def guarded(session: Session, call: Callable[[], Any]) -> int:
    """Return the exit code of ``call``; tell what went wrong through ``session``."""
    previous = _catch_sigterm()
    try:
        result = call()
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as done:
        return int(done.exit_code)
    except (Interrupted, KeyboardInterrupt, click.Abort):
        return _stopped(session, "interrupted", INTERRUPTED)
    except Terminated:
        return _stopped(session, "terminated", TERMINATED)
    except BrokenPipeError:
        # Whoever read our output has gone; Python must not complain about it again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BROKEN_PIPE
    except Exception as error:
        return _failed(session, error)
    finally:
        if previous is not None:
            signal.signal(signal.SIGTERM, previous)


def strict_code(session: Session, strict: bool) -> int:
    """Return the code of a finished run: 5 where a certificate was required and did not come, 4 where warnings were
    counted under ``--strict``, else 0.
    """
    if session.uncertified:
        return EXIT_CERTIFICATE
    return EXIT_STRICT if strict and session.n_counted else 0


def as_foldwise_error(error: Exception) -> FoldwiseError:
    """Return any exception as an error of the catalogue."""
    if isinstance(error, FoldwiseError):
        return error
    if isinstance(error, click.ClickException):
        return _usage(error)
    if isinstance(error, MemoryError):
        fix = "Close other programs, use fewer --threads, or a machine with more memory. Nothing was written."
        return ResourceError("E-MEM-002", "The memory ran out during the computation.", fix)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EDQUOT, errno.EIO):
        name = Path(str(error.filename)).name if error.filename else "a file"
        fix = "Make room and permission there, or choose another directory with -o."
        return OutputError("E-IO-001", f"{name}: {error.strerror}.", fix)
    return InternalError("E-INTERNAL-001", f"foldwise met a bug of its own: {_crash(error)}")


def _failed(session: Session, error: Exception) -> int:
    known = as_foldwise_error(error)
    session.fail(known)
    session.answer_failure(known.exit_code, known)
    return known.exit_code


def _stopped(session: Session, word: str, code: int) -> int:
    again = "the same command with --resume continues it" if session.resumable else "run the same command again"
    session.fail_plain(f"The run was {word}. Nothing was left half-written; {again}.", code)
    return code


def _usage(error: click.ClickException) -> UsageError:
    """Return a complaint of the command-line parser in our words."""
    from foldwise.model.spec_options import nearest

    context = getattr(error, "ctx", None)
    fix = f"See: {context.command_path} --help" if context else "See: foldwise --help"
    if isinstance(error, click.NoSuchOption):
        known = [name for p in context.command.params for name in p.opts] if context else []
        hint = nearest(error.option_name, known).replace("_", "-")
        return UsageError("E-USAGE-001", f"There is no option '{error.option_name}'.", f"{hint} {fix}".strip())
    message = error.format_message().rstrip(".")
    if isinstance(error, click.UsageError) and message.startswith("No such command") and context:
        word = message.split("'")[1]
        hint = nearest(word, context.command.list_commands(context))
        return UsageError("E-USAGE-001", f"There is no subcommand '{word}'.", f"{hint} {fix}".strip())
    return UsageError("E-USAGE-002", f"{message}.", fix)


def _catch_sigterm() -> Any:
    def stop(number: int, frame: FrameType | None) -> None:
        raise Terminated

    try:
        return signal.signal(signal.SIGTERM, stop)
    except ValueError:  # not the main thread (the program called from Python)
        return None


def _crash(error: Exception) -> str:
    """Write what a bug report needs, without names of user, host or folder, and tell where it is."""
    import traceback

    from foldwise.provenance import machine, redacted, versions

    lines = [f"foldwise crash report, {time.strftime('%Y-%m-%d %H:%M:%S')}", f"versions: {versions()}"]
    lines += [f"machine: {machine()}", f"arguments: {sys.argv[1:]}", ""]
    lines += traceback.format_exception(error)
    name = f"foldwise-crash-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.txt"
    path = Path(tempfile.gettempdir()) / name
    try:
        path.write_text(redacted("\n".join(lines)), encoding="utf-8")
    except OSError:
        return f"{type(error).__name__}: {redacted(str(error))[:300]}."
    return f"{type(error).__name__}. What a bug report needs is in {path}; please send it to the authors."
