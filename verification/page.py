"""The table of ``docs/choose_a_method.md``, made from the kept figures so that page and figures cannot part."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from verification.analysis import METHODS
from verification.results import FOLDER, kept

PAGE = Path(__file__).resolve().parents[1] / "docs" / "choose_a_method.md"
BEGIN, END = "<!-- figures: made by verification/page.py -->", "<!-- end of figures -->"
BEGIN_OUTLIERS, END_OUTLIERS = "<!-- outliers: made by verification/page.py -->", "<!-- end of outliers -->"
OUTLIERS = "1 % x 50"
NULL_SIZES, SIZES = (3, 5, 10), (3, 6, 10)


def measured(folder: Path = FOLDER) -> str:
    """Return the table in Markdown: one row per method, the values for rising n between slashes."""
    null = kept("n5_by_replicates", folder).set_index("method")
    false_hits = kept("n7_any_hit", folder)
    simulated = kept("t7_simulated", folder).query("dispersion == 'usual'")
    yeast = kept("t1_yeast_gold", folder).query("truth == 'common'")
    lines = [
        "| method | p < .05 without any difference, n = 3 / 5 / 10 | null runs with a hit, n = 3 / 5 / 10 "
        "| simulated, n = 3 / 6 / 10: false discoveries | power | yeast, n = 3 / 6 / 10: false discoveries | power |",
        "|" + "---|" * 7,
    ]
    for method in METHODS:
        cells = [
            _values([null.loc[method, str(n)] for n in NULL_SIZES], 3),
            _series(false_hits, method, "any_hit", NULL_SIZES),
            *(_series(simulated, method, name, SIZES) for name in ("fdp", "tpr")),
            *(_series(yeast, method, name, SIZES) for name in ("fdp", "tpr")),
        ]
        lines.append(f"| `{method}` | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def outliers(folder: Path = FOLDER) -> str:
    """Return the table of outliers in Markdown: with them, and without."""
    table = kept("t3_outliers", folder)
    lines = [
        "| method | n = 3 / 6 / 10: false discoveries | power | without outliers: false discoveries | power |",
        "|" + "---|" * 5,
    ]
    for method in dict.fromkeys(table["method"]):
        parts = [table[table["planted"] == planted] for planted in (OUTLIERS, "none")]
        cells = [_series(part, method, name, SIZES) for part in parts for name in ("fdp", "tpr")]
        lines.append(f"| `{method}` | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def written(page: Path = PAGE, marks: tuple[str, str] = (BEGIN, END)) -> str:
    """Return the table that stands on the page."""
    return page.read_text().split(marks[0])[1].split(marks[1])[0].strip()


def renew(page: Path = PAGE, folder: Path = FOLDER) -> None:
    """Put the tables of the kept figures on the page."""
    text = page.read_text()
    for begin, end, table in ((BEGIN, END, measured(folder)), (BEGIN_OUTLIERS, END_OUTLIERS, outliers(folder))):
        before, rest = text.split(begin)
        text = f"{before}{begin}\n{table}\n{end}{rest.split(end)[1]}"
    page.write_text(text)


def _series(table: pd.DataFrame, method: str, name: str, sizes: Sequence[int]) -> str:
    chosen = table[table["method"] == method].set_index("n")[name]
    return _values([chosen[n] for n in sizes], 2)


def _values(values: Sequence[float], digits: int) -> str:
    return " / ".join(f"{value:.{digits}f}".removeprefix("0") for value in values)


if __name__ == "__main__":
    renew()
