"""Figures for papers and slides by matplotlib: the only file that imports it.

What is drawn stands in `foldwise.report.drawings`; here are canvas, look, labels and files.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from foldwise.errors import UsageError
from foldwise.report.drawings.look import DOWN, INK, MUTED, UP, Labels, safe

# Low to high: as the colors of down and up; near to far.
_COLORMAPS = {
    "foldwise-change": ["#004B78", DOWN, "#F7F7F7", UP, "#8A3C00"],
    "foldwise-distance": ["#08306B", "#3B7DB5", "#A9CBE3", "#F4F8FB"],
}

# Points in figures: type of 8 to 10 points, as journals ask for; pdf and svg keep text as text.
_LOOK = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # comes with matplotlib, so that figures are the same everywhere
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.labelsize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.8,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "text.color": INK,
    "axes.labelcolor": INK,
    "legend.fontsize": 8,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "figure.dpi": 110,
    "savefig.dpi": 300,
    "text.usetex": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "foldwise",
    "pdf.fonttype": 42,
}
KINDS = ("svg", "pdf", "png")


def drawn(draw: Callable[[Any], Labels | None], size: tuple[float, float], axes: Any = None) -> Any:
    """Draw on a new figure, or on the axes given.

    Parameters
    ----------
    draw : callable
        Takes the axes and returns labels to be placed, or None.
    size : tuple of float
        Width and height of the axes of a new figure, inches.
    axes : matplotlib Axes, optional

    Returns
    -------
    Figure or Axes
        The new figure, which notebooks show and which has ``save(path)``; or ``axes``.

    Raises
    ------
    UsageError
        E-EXTRA-001 without matplotlib and adjustText.
    """
    make = _figure_class()
    import matplotlib

    with matplotlib.rc_context(_LOOK):
        # The axes have the size asked for; words around them enlarge what is saved and never squeeze what is drawn.
        figure = None if axes is not None else make(figsize=size)
        target = axes if figure is None else figure.add_axes((0, 0, 1, 1))
        labels = draw(target)
        if labels is not None and len(labels.words):
            _place(target, labels)
    return target if figure is None else figure


def panels(draws: Sequence[Callable[[Any], Any]], size: tuple[float, float], n_columns: int, title: str = "") -> Any:
    """Return one figure with a panel per drawing, each of ``size`` inches with its words."""
    make = _figure_class()
    import matplotlib

    with matplotlib.rc_context(_LOOK):
        n_rows = -(-len(draws) // n_columns)
        figure = make(figsize=(size[0] * n_columns, size[1] * n_rows), layout="constrained")
        for number, draw in enumerate(draws):
            draw(figure.add_subplot(n_rows, n_columns, number + 1))
        if title:
            figure.suptitle(safe(title, 90), x=0.01, ha="left", fontsize=11)
    return figure


def _place(axes: Any, labels: Labels) -> None:
    """Write labels where they cover neither each other nor the points around, a thin line to each point.

    A label that finds no place of its own is left out, the last ones first.
    """
    from adjustText import adjust_text

    fontsize = 8 if len(labels.words) <= 15 else 7
    texts = [
        axes.text(x, y, word, fontsize=fontsize, color=INK, zorder=5)
        for x, y, word in zip(labels.x, labels.y, labels.words, strict=True)
    ]
    axes.figure.draw_without_rendering()  # so that the places of axes and words are known
    avoid_x, avoid_y = _rings(axes, labels)
    for steps in (150, 250):
        adjust_text(
            texts, target_x=labels.x, target_y=labels.y, x=avoid_x, y=avoid_y, ax=axes, iter_lim=steps, time_lim=None,
            expand=(1.1, 1.35), force_text=(0.2, 0.35), force_static=(0.12, 0.25),
        )  # fmt: skip
        if not _crowded(texts):
            break
    left_out = _crowded(texts)
    for number, (text, x, y) in enumerate(zip(texts, labels.x, labels.y, strict=True)):
        if number in left_out:
            text.remove()
        else:
            _connect(axes, text, x, y)


def _crowded(texts: Sequence[Any]) -> set[int]:
    """Return the numbers of texts that cover one before them."""
    kept: list[Any] = []
    crowded = set()
    for number, text in enumerate(texts):
        box = text.get_window_extent()
        if any(box.overlaps(other) for other in kept):
            crowded.add(number)
        else:
            kept.append(box)
    return crowded


def _connect(axes: Any, text: Any, x: float, y: float) -> None:
    """Draw a line from the nearest edge of a text to its point, where they lie apart."""
    box, point = text.get_window_extent(), axes.transData.transform((x, y))
    edge = np.clip(point, (box.x0, box.y0), (box.x1, box.y1))
    if np.hypot(*(point - edge)) * 72 / axes.figure.dpi > 4:
        start = axes.transData.inverted().transform(edge)
        axes.plot([start[0], x], [start[1], y], color=MUTED, linewidth=0.5, zorder=4, scalex=False, scaley=False)


def _rings(axes: Any, labels: Labels) -> tuple[np.ndarray, np.ndarray]:
    """Return the points to avoid, and around each a ring as wide as its mark."""
    if not labels.radius:
        return labels.avoid_x, labels.avoid_y
    centers = axes.transData.transform(np.column_stack([labels.avoid_x, labels.avoid_y]))
    angles = np.arange(8) * np.pi / 4
    steps = np.column_stack([np.cos(angles), np.sin(angles)]) * labels.radius * axes.figure.dpi / 72
    around = (centers[:, None, :] + np.vstack([[[0.0, 0.0]], steps])[None]).reshape(-1, 2)
    x, y = axes.transData.inverted().transform(around).T
    return x, y


def save(figure: Any, path: Path) -> None:
    """Write a figure as svg, pdf or png: the same drawing, the same bytes.

    Raises
    ------
    UsageError
        E-USAGE-002 for another suffix.
    OutputError
        E-IO-001 where it cannot be written.
    """
    from foldwise.io.write_text import write_file

    kind = path.suffix.removeprefix(".").lower()
    if kind not in KINDS:
        raise UsageError("E-USAGE-002", f"{path.name} is no name of a figure.", "End it in .svg, .pdf or .png.")
    write_file(path, figure_bytes(figure, kind))


def figure_bytes(figure: Any, kind: str, dpi: float = 300) -> bytes:
    """Return a figure as svg, pdf or png, without date and version, so that the same drawing gives the same bytes."""
    import io
    import warnings

    import matplotlib

    empty: dict[str, dict[str, Any]] = {
        "svg": {"Date": None, "Creator": None},
        "pdf": {"CreationDate": None, "Producer": None, "Creator": None},
        "png": {"Software": None},
    }
    file = io.BytesIO()
    with matplotlib.rc_context(_LOOK), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing", category=UserWarning)  # drawn as a box
        figure.savefig(file, format=kind, metadata=empty[kind], dpi=dpi)
    return file.getvalue()


def require_plots() -> None:
    """Raise E-EXTRA-001 without matplotlib and adjustText."""
    _figure_class()


@cache
def _figure_class() -> Any:
    """Return the class of figures: draws without a screen and without global state, shown by notebooks."""
    try:
        import adjustText  # noqa: F401
        import matplotlib
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.colors import LinearSegmentedColormap
        from matplotlib.figure import Figure
    except ImportError as error:
        found = "Figures need matplotlib and adjustText."
        raise UsageError("E-EXTRA-001", found, "pip install 'foldwise[plot]'") from error
    for name, colors in _COLORMAPS.items():
        matplotlib.colormaps.register(LinearSegmentedColormap.from_list(name, colors), force=True)

    logging.getLogger("adjustText").setLevel(logging.ERROR)  # it warns at each step of labels that are too long

    class Plot(Figure):
        """A figure that notebooks show and ``save`` writes."""

        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, **more)
            FigureCanvasAgg(self)

        def savefig(self, fname: Any, **more: Any) -> None:
            super().savefig(fname, **{"bbox_inches": "tight", "pad_inches": 0.06, **more})

        def _repr_png_(self) -> bytes:
            return figure_bytes(self, "png", dpi=self.dpi)

        def save(self, path: str | Path) -> Path:
            """Write svg, pdf or png by the ending of the name; return the path."""
            save(self, Path(path))
            return Path(path)

    return Plot
