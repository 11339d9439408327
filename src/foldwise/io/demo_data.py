"""The bundled airway counts: real data that travel with the package."""

from __future__ import annotations

from pathlib import Path

FILES = ("counts.tsv.gz", "samples.tsv", "README.md")
FORMULA = "~ cell + dex"
CONTRAST = "dex:trt:untrt"


def airway_folder() -> Path:
    """Return the folder of the bundled files (`FILES`)."""
    return Path(__file__).resolve().parents[1] / "data" / "airway"


def copy_airway(directory: Path) -> list[Path]:
    """Write the bundled files into ``directory``, which exists, and return their paths."""
    written = []
    for name in FILES:
        target = directory / name
        target.write_bytes((airway_folder() / name).read_bytes())
        written.append(target)
    return written
