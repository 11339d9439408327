"""A few lines of SVG: escaped text, linear scales with round ticks, shapes and colours.

Colours stand as attributes, so that a picture is whole without a style sheet; the
page's style sheet overrides them by class (dark mode).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape

# Okabe and Ito (2008); black and yellow last, for they are hard to see on one of the two grounds
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#6B6B6B", "#B8A800")
UP, DOWN, QUIET, INK, LINE, MUTED = "#D55E00", "#0072B2", "#9AA3AD", "#1B1F24", "#D5DAE0", "#57606A"
BOTH = "#009E73"
# unit paths of about equal area, centred on 0
SHAPES = (
    "M-1 0a1 1 0 1 0 2 0a1 1 0 1 0-2 0z",
    "M0-1.3L1.2.8H-1.2z",
    "M-.9-.9H.9V.9H-.9z",
    "M0-1.3L1.15 0L0 1.3L-1.15 0z",
    "M0 1.3L1.2-.8H-1.2z",
    "M-.4-1.2H.4V-.4H1.2V.4H.4V1.2H-.4V.4H-1.2V-.4H-.4z",
    "M0-1.4L.4-.4L1.35-.4L.6.25L.85 1.2L0 .6L-.85 1.2L-.6.25L-1.35-.4L-.4-.4z",
    "M-1.2-.5H1.2V.5H-1.2z",
)
MINUS = "\N{MINUS SIGN}"
_CHAR = 7.4  # width of a character at 12 px in a wide font


@dataclass(frozen=True)
class Scale:
    """A linear map from data to pixels."""

    low: float
    high: float
    start: float
    stop: float

    def __call__(self, value: float) -> float:
        """Return the pixel of a value."""
        return self.start + (value - self.low) / ((self.high - self.low) or 1.0) * (self.stop - self.start)

    def ticks(self, n: int = 5) -> list[float]:
        """Return about ``n`` round numbers in the range."""
        return nice_ticks(self.low, self.high, n)


@dataclass
class Canvas:
    """Parts of one picture, in drawing order."""

    width: float
    height: float
    label: str
    parts: list[str] = field(default_factory=list)

    def add(self, *markup: str) -> None:
        """Append elements."""
        self.parts.extend(markup)

    def text(self, x: float, y: float, value: object, anchor: str = "start", **more: object) -> None:
        """Append a line of text."""
        self.add(text(x, y, value, anchor, **more))

    def __str__(self) -> str:
        """Return the whole element."""
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {num(self.width)} {num(self.height)}" '
            f'width="{num(self.width)}" height="{num(self.height)}" role="img" aria-label="{clean(self.label)}" '
            f'font-family="system-ui,-apple-system,Segoe UI,Roboto,Helvetica,Arial,sans-serif" font-size="12" '
            f'fill="{INK}">'
        )
        return head + "".join(self.parts) + "</svg>"


def num(value: float) -> str:
    """Return a short pixel number."""
    return f"{value:.1f}".rstrip("0").rstrip(".") if value == value else "0"


def clean(value: object) -> str:
    """Return text that is safe in markup: escaped, and without characters that XML forbids."""
    kept = "".join(c for c in str(value) if c >= " " and not "\ud800" <= c <= "\udfff")
    return escape(kept, quote=True)


def shorten(value: object, limit: int = 22) -> str:
    """Return at most ``limit`` characters, the middle cut out."""
    string = str(value)
    if len(string) <= limit:
        return string
    head = (limit - 1) * 2 // 3
    return string[:head] + "…" + string[-(limit - 1 - head) :]


def attributes(more: dict[str, object]) -> str:
    """Return keyword arguments as attributes: ``class_`` becomes ``class``, ``_`` becomes ``-``."""
    return "".join(f' {key.rstrip("_").replace("_", "-")}="{clean(value)}"' for key, value in more.items())


def text(x: float, y: float, value: object, anchor: str = "start", **more: object) -> str:
    """Return a line of text; what is longer than 22 characters is cut and kept as a tooltip."""
    whole, short = str(value), shorten(value, int(str(more.pop("limit", 60))))
    title = f"<title>{clean(whole[:300])}</title>" if whole != short else ""
    return f'<text x="{num(x)}" y="{num(y)}" text-anchor="{anchor}"{attributes(more)}>{clean(short)}{title}</text>'


def line(x1: float, y1: float, x2: float, y2: float, **more: object) -> str:
    """Return a line; grey unless told."""
    more.setdefault("stroke", LINE)
    return f'<line x1="{num(x1)}" y1="{num(y1)}" x2="{num(x2)}" y2="{num(y2)}"{attributes(more)}/>'


def rect(x: float, y: float, width: float, height: float, title: str = "", **more: object) -> str:
    """Return a rectangle with an optional tooltip."""
    inner = f"><title>{clean(title)}</title></rect>" if title else "/>"
    size = f'x="{num(x)}" y="{num(y)}" width="{num(max(width, 0))}" height="{num(max(height, 0))}"'
    return f"<rect {size}{attributes(more)}{inner}"


def mark(x: float, y: float, shape: int, size: float, title: str = "", **more: object) -> str:
    """Return the shape of a group at a place; beyond the colors the shapes are shifted, so that all groups differ."""
    inner = f"><title>{clean(title)}</title></path>" if title else "/>"
    path = SHAPES[(shape + shape // len(PALETTE)) % len(SHAPES)]
    return f'<path d="{path}" transform="translate({num(x)} {num(y)}) scale({num(size)})"{attributes(more)}{inner}'


def nice_ticks(low: float, high: float, n: int = 5) -> list[float]:
    """Return about ``n`` multiples of 1, 2 or 5 times a power of ten inside the range."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return [low] if math.isfinite(low) else []
    raw = (high - low) / max(n, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [round(k * step, 12) for k in range(first, math.floor(high / step + 1e-9) + 1)]


def tick_text(value: float) -> str:
    """Return a tick label: 20M, 1.5k, 0.25."""
    size = abs(value)
    for unit, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if size >= unit:
            scaled = value / (1e3 if letter == "k" else unit)
            return f"{scaled:.4g} {letter}".replace("-", MINUS)
    return f"{value:.4g}".replace("-", MINUS)


def text_width(values: Iterable[object], limit: int = 22) -> float:
    """Return the width in pixels that the longest of the labels may take."""
    return max((len(shorten(value, limit)) for value in values), default=0) * _CHAR


def polyline(xs: Sequence[float], ys: Sequence[float], **more: object) -> str:
    """Return an open line through points."""
    points = " ".join(f"{num(x)},{num(y)}" for x, y in zip(xs, ys, strict=True))
    more.setdefault("fill", "none")
    return f'<polyline points="{points}"{attributes(more)}/>'
