"""How figures look: the colors and shapes of the report, text that is safe to draw, labels to be placed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from foldwise.report.svg import DOWN, INK, LINE, MUTED, PALETTE, QUIET, UP, shorten

__all__ = ["DOWN", "INK", "LINE", "MARKERS", "MUTED", "PALETTE", "QUIET", "UP", "Labels", "level_look", "safe", "tick"]

# The shapes of the report (`foldwise.report.svg.SHAPES`) as matplotlib's markers, in the same order.
MARKERS: tuple[Any, ...] = ("o", "^", "s", "D", "v", "P", "*", ((-1.2, -0.5), (1.2, -0.5), (1.2, 0.5), (-1.2, 0.5)))
MARKER_UP, MARKER_DOWN = "^", "v"
# Above this many points a cloud is kept as pixels inside svg and pdf; axes and text stay drawn.
MAX_VECTOR_POINTS = 1500


@dataclass(frozen=True, eq=False)
class Labels:
    """Words that want a place near their points.

    Parameters
    ----------
    x, y : ndarray, (n_labels,)
        Points in data coordinates.
    words : sequence of str
        Safe text.
    avoid_x, avoid_y : ndarray
        Points that words should not cover.
    radius : float
        Of the marks of these points, in points of 1/72 inch.
    """

    x: np.ndarray
    y: np.ndarray
    words: Sequence[str]
    avoid_x: np.ndarray
    avoid_y: np.ndarray
    radius: float = 0.0


def safe(value: object, limit: int = 28) -> str:
    """Return text that matplotlib draws as it stands: one line, shortened, dollars no formula."""
    words = "".join(c if c.isprintable() else " " for c in str(value))
    return shorten(words, limit).replace("$", r"\$")


def level_look(level: int) -> tuple[str, Any]:
    """Return color and marker of a level; from the ninth on colors come again as tints, with other markers."""
    if level < 0:
        return QUIET, MARKERS[0]
    turn, place = divmod(level, len(PALETTE))
    return _tint(PALETTE[place], turn), MARKERS[(level + turn) % len(MARKERS)]


def _tint(color: str, turn: int) -> str:
    """Return a color as it is, then lighter, then darker."""
    share, ground = ((0.0, 0), (0.55, 255), (0.45, 0))[turn % 3]
    parts = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(part + share * (ground - part)):02X}" for part in parts)


def tick(value: float) -> str:
    """Return a number of an axis of counts: ``0``, ``0.5``, ``1,000``."""
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:g}"


def legend_above(axes: Any, **more: Any) -> None:
    """Put the legend in one row between title and axes."""
    look = {"frameon": False, "handletextpad": 0.3, "columnspacing": 1.2, "borderaxespad": 0.2, "borderpad": 0.2}
    axes.legend(loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncols=4, **look, **more)


def title_above(axes: Any, words: str, *, legend: bool = True) -> None:
    """Write the title at the left, above the row of the legend."""
    axes.set_title(words, loc="left", pad=22 if legend else 6)
