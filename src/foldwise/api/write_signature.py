"""What a judged signature leaves in its directory; all of it or nothing."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from foldwise.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from foldwise.model.signature import Score, SignatureResult

MARK = "signature.json"
FILES = (
    "signature.json", "model.json", "genes.tsv", "predictions.tsv", "roc.svg", "calibration.svg", "permutations.svg",
    "signature.html",
)  # fmt: skip
SCHEMA_VERSION = 1


def write_signature(
    result: SignatureResult,
    directory: str | Path,
    *,
    force: bool = False,
    command: str | None = None,
    inputs: Sequence[dict[str, Any]] = (),
) -> list[str]:
    """Write the files of a signature; return their names.

    Parameters
    ----------
    result : SignatureResult
    directory : path
        Other files in it stay as they are.
    force : bool
        Replace the files of an earlier signature.
    command : str, optional
        As typed.
    inputs : sequence of dict
        ``name``, ``bytes`` and ``sha256`` of the files read.

    Raises
    ------
    UsageError
        E-IO-003 where files of an earlier signature are there.
    OutputError, ResourceError
        E-IO-001, E-IO-002.
    """
    from foldwise.io.lock import DirectoryLock
    from foldwise.io.signature_model import model_text
    from foldwise.io.staging import Staging, writing
    from foldwise.report.signature_page import figures, render_signature

    target = Path(directory)
    require_free(target, FILES, force=force)
    with DirectoryLock(target), Staging(target, MARK) as staging, writing(target):
        staging.file("model.json").write_text(model_text(result.model), encoding="ascii")
        write_frame(staging.file("genes.tsv"), result.genes)
        write_frame(staging.file("predictions.tsv"), result.predictions)
        for figure in figures(result):
            staging.file(f"{figure.name}.svg").write_text(figure.svg, encoding="utf-8")
        page = render_signature(result, command=command, inputs=inputs)
        staging.file("signature.html").write_bytes(page.encode("utf-8", "replace"))
        files = staging.names()
        facts = {**signature_facts(result), "inputs": list(inputs), "files": files}
        text = json.dumps(facts, indent=1, ensure_ascii=False, allow_nan=False)
        staging.file(MARK).write_bytes((text + "\n").encode("utf-8", "replace"))
        staging.commit([name for name in FILES if name not in files and name != MARK])
    return sorted([*files, MARK])


def require_free(target: Path, names: Sequence[str], *, force: bool) -> None:
    """Raise E-IO-003 where one of the files is there and may not be replaced."""
    if target.exists() and not target.is_dir():
        raise UsageError("E-IO-003", f"{target} is a file.", "Give a directory with -o.")
    taken = [name for name in names if (target / name).exists()]
    if taken and not force:
        raise UsageError("E-IO-003", f"{target} already holds {taken[0]}.", "Add --force to overwrite it.")


def signature_facts(result: SignatureResult) -> dict[str, Any]:
    """Return what ``signature.json`` says, and the JSON answer of the command: everything but the long tables."""
    from foldwise.provenance import versions

    low, high = result.model.classes
    own = versions()
    return {
        "schema_version": SCHEMA_VERSION,
        "versions": {**own, **_sklearn()},
        "outcome": result.model.outcome,
        "classes": [low, high],
        "group": result.group,
        "persons": dict(zip((low, high), result.n_persons, strict=True)),
        "samples": dict(zip((low, high), result.n_samples, strict=True)),
        "score": _score(result.score),
        "pvalue": _number(result.pvalue),
        "permuted_auc": [float(value) for value in result.permuted],
        "permuted_score": float(result.permuted_score),
        "baselines": [_score(score) for score in result.baselines],
        "stable_genes": [str(name) for name in result.stable.index],
        "model_genes": len(result.model.genes),
        "calibration": [
            {"probability": float(p), "share": float(s), "n": int(n)}
            for p, s, n in result.calibration.itertuples(index=False)
        ],
        "settings": dict(result.settings),
        "messages": [
            {"level": m.level, "code": m.id, "msg": m.text} for m in result.messages if m.level in ("warning", "note")
        ],
    }


def _score(score: Score) -> dict[str, Any]:
    return {
        "name": score.name, "auc": score.auc, "low": _number(score.low), "high": _number(score.high),
        "balanced_accuracy": score.balanced_accuracy, "brier": score.brier,
    }  # fmt: skip


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _sklearn() -> dict[str, str]:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return {"scikit-learn": version("scikit-learn")}
    except PackageNotFoundError:
        return {}


def write_frame(path: Path, table: pd.DataFrame) -> None:
    """Write a table with its index as the first column, numbers with the fewest digits that read back alike."""
    from foldwise.io.write_text import table_bytes

    columns: list[Any] = [[str(name) for name in table.index]]
    for name in table.columns:
        values = table[name].to_numpy()
        if values.dtype.kind == "b":
            columns.append(["true" if value else "false" for value in values])
        elif values.dtype.kind in "fi":
            columns.append(values)
        else:
            columns.append([value if isinstance(value, str) else None for value in values])
    header = [str(table.index.name), *(str(name) for name in table.columns)]
    path.write_bytes(table_bytes(header, columns))
