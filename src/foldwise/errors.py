"""Every exception and warning that foldwise raises on purpose, each with its id.

Imports nothing of ours. An error is a sentence: what was found (with its
address) and what to do. The ids are API: they are never reused or renumbered.
"""

from __future__ import annotations

from typing import Any

EXIT_INTERNAL = 1
EXIT_USAGE = 2
EXIT_INVALID = 3
EXIT_STRICT = 4
EXIT_CERTIFICATE = 5
EXIT_VERIFY = 6
EXIT_IO = 74
EXIT_RESOURCES = 75


class FoldwiseError(Exception):
    """An input, a setting or a resource that does not allow a correct result.

    Parameters
    ----------
    id : str
        Key of the catalogue, such as ``"E-SHEET-002"``.
    found : str
        What was found, with its address (file and line, gene and sample, column).
    fix : str
        What to do, as one or more sentences.
    where : str, optional
        File, line or column, where there is a single one.
    data : dict, optional
        The same facts for machines (``--json``).
    """

    exit_code = EXIT_INVALID

    def __init__(
        self,
        id: str,
        found: str,
        fix: str = "",
        *,
        where: str | None = None,
        exit_code: int | None = None,
        data: dict[str, Any] | None = None,
    ) -> None:
        self.id = id
        self.found = found
        self.fix = fix
        self.where = where
        self.data = data or {}
        if exit_code is not None:
            self.exit_code = exit_code
        super().__init__(self.sentence())

    def sentence(self) -> str:
        """Return id, finding and remedy as one text."""
        text = f"{self.id}  {self.found}"
        return f"{text} {self.fix}" if self.fix else text


class InputError(FoldwiseError):
    """Counts, names, sample sheet or files are invalid (exit 3)."""


class DesignError(FoldwiseError):
    """Formula, design or contrast is invalid (exit 3)."""


class FitError(FoldwiseError):
    """The data do not allow this method to be fitted (exit 3)."""


class UsageError(FoldwiseError):
    """Options, config, missing extra or existing output (exit 2)."""

    exit_code = EXIT_USAGE


class OutputError(FoldwiseError):
    """Reading or writing failed: disk full, no permission (exit 74)."""

    exit_code = EXIT_IO


class ResourceError(FoldwiseError):
    """Would not fit in memory, or the directory is locked (exit 75)."""

    exit_code = EXIT_RESOURCES


class InternalError(FoldwiseError):
    """A bug of foldwise (exit 1)."""

    exit_code = EXIT_INTERNAL


class FoldwiseWarning(UserWarning):
    """A finding that the user must see and that does not stop the run.

    Parameters and attributes as in `FoldwiseError`; ``counted`` tells whether
    ``--strict`` counts it.
    """

    def __init__(
        self,
        id: str,
        found: str,
        fix: str = "",
        *,
        counted: bool = True,
        data: dict[str, Any] | None = None,
    ) -> None:
        self.id = id
        self.found = found
        self.fix = fix
        self.counted = counted
        self.data = data or {}
        super().__init__(self.sentence())

    def sentence(self) -> str:
        """Return id, finding and remedy as one text."""
        text = f"{self.id}  {self.found}"
        return f"{text} {self.fix}" if self.fix else text
