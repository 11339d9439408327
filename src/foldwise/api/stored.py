"""A finished run as it lies in its directory: its facts and tables, without computing anything."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from foldwise.errors import InputError, UsageError

if TYPE_CHECKING:
    import pandas as pd

_FIX = "Give the output directory of a finished foldwise run."
_TEXT = ("gene_id", "gene_name", "status")


@dataclass(frozen=True, eq=False)
class StoredRun:
    """What a run left.

    Parameters
    ----------
    directory : Path
    facts : dict
        The content of ``run.json``.
    """

    directory: Path
    facts: dict[str, Any]

    def contrast(self, id: str | None = None) -> dict[str, Any]:
        """Return the facts of a contrast; of the only one where none is named.

        Raises
        ------
        UsageError
            E-USAGE-001 where it does not exist, E-USAGE-002 where several are possible.
        """
        found = {str(item["id"]): item for item in self.facts["contrasts"]}
        if id is None and len(found) == 1:
            return next(iter(found.values()))
        words = ", ".join(list(found)[:20])
        if id is None:
            raise UsageError("E-USAGE-002", f"The run has {len(found)} contrasts.", f"Name one: {words}.")
        if id not in found:
            from foldwise.io.wording import shown

            raise UsageError("E-USAGE-001", f"The run has no contrast {shown(id)}.", f"Possible: {words}.")
        return found[id]

    def table(self, id: str | None = None) -> pd.DataFrame:
        """Return the result table of a contrast: index ``gene_id``, canonical columns."""
        return read_table(self.directory, str(self.contrast(id)["table"]))

    def text(self, name: str) -> str:
        """Return a text file of the run.

        Raises
        ------
        InputError
            E-FILE-007 where it cannot be read.
        """
        try:
            return (self.directory / name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise InputError("E-FILE-007", f"{name} of the run cannot be read.", _FIX) from None


def stored_run(directory: Path) -> StoredRun:
    """Return the finished run in ``directory``.

    Raises
    ------
    InputError
        E-FILE-007 where there is none.
    """
    from foldwise.io.run_json import read_run_json

    return StoredRun(directory, read_run_json(directory))


def read_table(directory: Path, name: str) -> pd.DataFrame:
    """Return a table of canonical columns that a run wrote.

    Raises
    ------
    InputError
        E-FILE-007 where ``name`` lies outside the directory, E-FILE-002 where columns are missing.
    """
    import pandas as pd

    from foldwise.io.raw_bytes import read_bytes

    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise InputError("E-FILE-007", f"run.json names the table {name[:80]!r}, which lies elsewhere.", _FIX)
    data = read_bytes(directory / name)
    header = data[: data.find(b"\n")].decode("utf-8", "replace").split("\t")
    numbers = [column for column in header if column not in _TEXT]
    # "NA" is a name like others; only an empty number is missing
    frame = pd.read_csv(
        io.BytesIO(data), sep="\t", dtype=dict.fromkeys(_TEXT, str), keep_default_na=False,
        na_values={column: [""] for column in numbers}, float_precision="round_trip",
    )  # fmt: skip
    missing = {"gene_id", "log2_fold_change", "pvalue", "padj", "status"} - set(frame.columns)
    if missing:
        found = f"{name} lacks the columns {', '.join(sorted(missing))}."
        raise InputError("E-FILE-002", found, "It was written in another --style; run again with --style canonical.")
    return frame.set_index("gene_id")
