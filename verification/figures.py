"""Two figures of the kept tables, as SVG written by hand: no plotting library is needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10
from pathlib import Path

import pandas as pd

from verification.analysis import METHODS
from verification.results import kept

# Okabe and Ito's colors, told apart by readers with any color vision, and a brown.
COLORS = ("#000000", "#0072B2", "#56B4E9", "#8C510A", "#D55E00", "#E69F00", "#009E73", "#CC79A7", "#999999")
RANK_COLORS = {"adjusted": "#0072B2", "raw": "#E69F00", "residual": "#D55E00"}
PANEL, HEIGHT, MARGIN = 250, 240, 50


@dataclass(frozen=True)
class Axis:
    """Values between ``low`` and ``high`` fall on pixels between ``start`` and ``stop``."""

    low: float
    high: float
    start: float
    stop: float

    def __call__(self, value: float) -> float:
        """Return the pixel of a value; values outside fall on the border."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.start + share * (self.stop - self.start)


def draw_all(folder: Path) -> None:
    """Draw each figure whose table is there."""
    if (folder / "n5_type_one_error.tsv").is_file():
        (folder / "type_one_error.svg").write_text(type_one_error(kept("n5_type_one_error", folder)))
    if (folder / "t1_yeast_gold.tsv").is_file():
        (folder / "yeast_power.svg").write_text(yeast_power(kept("t1_yeast_gold", folder)))
    if (folder / "b1_hidden_by_rank.tsv").is_file():
        (folder / "hidden_factors.svg").write_text(by_rank(kept("b1_hidden_by_rank", folder)))


def type_one_error(table: pd.DataFrame) -> str:
    """Draw the fraction of p < .05 against n, one panel per dispersion; the gate is shaded."""
    sizes = sorted(table["n"].unique())
    panels = list(table["dispersion"].unique())
    parts = []
    for k, dispersion in enumerate(panels):
        x = Axis(0, len(sizes) - 1, MARGIN + k * PANEL + 10, MARGIN + (k + 1) * PANEL - 30)
        y = Axis(0.0, 0.12, HEIGHT, 30)
        parts += [
            _band(x, y, 0.040, 0.055),
            *_frame(x, y, [str(n) for n in sizes], (0.0, 0.04, 0.08, 0.12), "n per group"),
        ]
        parts.append(_text((x.start + x.stop) / 2, 20, f"{dispersion} dispersion"))
        means = table[table["dispersion"] == dispersion].groupby(["method", "n"])["below_05"].mean()
        for method, color in zip(METHODS, COLORS, strict=True):
            points = [(x(i), y(means[method, n])) for i, n in enumerate(sizes) if (method, n) in means.index]
            parts.append(_line(points, color))
    return _svg(parts, len(panels), "Null simulations: fraction of p < .05 (gate shaded)")


def yeast_power(table: pd.DataFrame) -> str:
    """Draw power against the false discovery proportion on the common truth, one panel per n."""
    table = table[table["truth"] == "common"]
    sizes = sorted(table["n"].unique())
    parts = []
    for k, n in enumerate(sizes):
        x = Axis(0.0, 0.10, MARGIN + k * PANEL + 10, MARGIN + (k + 1) * PANEL - 30)
        y = Axis(0.0, 1.0, HEIGHT, 30)
        parts += _frame(x, y, ["0", ".05", ".10"], (0.0, 0.25, 0.5, 0.75, 1.0), "false discovery proportion")
        parts.append(f'<line x1="{x(0.05):.1f}" x2="{x(0.05):.1f}" y1="{y.start}" y2="{y.stop}" stroke="#bbb"/>')
        parts.append(_text((x.start + x.stop) / 2, 20, f"{n} v {n}"))
        for method, color in zip(METHODS, COLORS, strict=True):
            row = table[(table["n"] == n) & (table["method"] == method)]
            if len(row):
                point = (x(row["fdp"].iloc[0]), y(row["tpr"].iloc[0]))
                parts.append(f'<circle cx="{point[0]:.1f}" cy="{point[1]:.1f}" r="5" fill="{color}"/>')
    return _svg(parts, len(sizes), "Yeast: power (up) against false discoveries (right), BH .05")


def by_rank(table: pd.DataFrame) -> str:
    """Draw true calls (lines) and autosomal ones (dashed) against the number of factors, one panel per study."""
    names = list(table["data"].unique())
    ticks = (0, 1, 10, 100, 1000)
    parts = []
    for i, name in enumerate(names):
        of = table[table["data"] == name]
        x = Axis(0, max(of["k"].max(), 1), MARGIN + i * PANEL + 10, MARGIN + (i + 1) * PANEL - 30)
        y = Axis(0.0, log10(1 + 10_000), HEIGHT, 30)
        parts += _frame(x, y, ["0", "3", "6", "9", "12"], (), "factors")
        parts += [_text(x.start - 8, y(log10(1 + tick)) + 4, f"{tick:,}", "end") for tick in ticks]
        parts.append(_text((x.start + x.stop) / 2, 20, f"{name}, {of['samples'].iloc[0]} people"))
        for variant, color in RANK_COLORS.items():
            rows = of[of["variant"] == variant].sort_values("k")
            for column, dash in (("true", ""), ("autosomal", "4 3")):
                points = [(x(k), y(log10(1 + n))) for k, n in zip(rows["k"], rows[column], strict=True)]
                parts.append(_line(points, color, dash))
            chosen = rows[rows["chosen"]]
            parts += [f'<circle cx="{x(k):.1f}" cy="{y(log10(1 + n)):.1f}" r="5" fill="{color}"/>'
                      for k, n in zip(chosen["k"], chosen["true"], strict=True)]  # fmt: skip
    words = {"adjusted": "ours (dot: chosen)", "raw": "components of all data", "residual": "of residuals (wrong)"}
    legend = [(words[variant], color) for variant, color in RANK_COLORS.items()]
    title = "Sex genes (lines) and autosomal genes (dashed) called, by number of hidden factors"
    return _svg(parts, len(names), title, legend, 130)


def _svg(
    parts: Sequence[str], panels: int, title: str, entries: Sequence[tuple[str, str]] | None = None, room: int = 60
) -> str:
    width, height = 2 * MARGIN + panels * PANEL + room, HEIGHT + 60
    entries = list(zip(METHODS, COLORS, strict=True)) if entries is None else entries
    left = MARGIN + panels * PANEL - 10
    legend = [
        f'<circle cx="{left}" cy="{40 + 20 * i}" r="5" fill="{color}"/>'
        + _text(left + 12, 44 + 20 * i, method, "start")
        for i, (method, color) in enumerate(entries)
    ]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'font-family="sans-serif" font-size="12"><title>{title.replace("<", "&lt;")}</title>'
        f'<rect width="{width}" height="{height}" fill="white"/>'
    )
    return "\n".join([head, *parts, *legend, "</svg>"]) + "\n"


def _frame(x: Axis, y: Axis, x_labels: Sequence[str], y_ticks: Sequence[float], name: str) -> list[str]:
    step = (x.stop - x.start) / (len(x_labels) - 1)
    labels = [_text(x.start + i * step, y.start + 18, label) for i, label in enumerate(x_labels)]
    ticks = [_text(x.start - 8, y(tick) + 4, f"{tick:g}", "end") for tick in y_ticks]
    axes = f'<path d="M{x.start:.1f} {y.stop:.1f}V{y.start:.1f}H{x.stop:.1f}" fill="none" stroke="#444"/>'
    return [axes, *labels, *ticks, _text((x.start + x.stop) / 2, y.start + 38, name)]


def _band(x: Axis, y: Axis, low: float, high: float) -> str:
    return (
        f'<rect x="{x.start:.1f}" width="{x.stop - x.start:.1f}" y="{y(high):.1f}" height="{y(low) - y(high):.1f}" '
        'fill="#e8e8e8"/>'
    )


def _line(points: Sequence[tuple[float, float]], color: str, dash: str = "") -> str:
    path = " ".join(f"{px:.1f},{py:.1f}" for px, py in points)
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"{dashed}/>'


def _text(x: float, y: float, text: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text}</text>'
