"""Pictures of hidden factors: how many stand out from chance, and how their number was chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from foldwise.report.svg import DOWN, MUTED, QUIET, UP, Canvas, Scale, line, mark, polyline, rect, tick_text

_LEFT, _TOP, _BOTTOM, _RIGHT = 54.0, 16.0, 42.0, 12.0
# Factors shown beyond those that stand out.
_MORE = 10


def scree_plot(
    variances: Sequence[float], chance: Sequence[float], rank: int, k: int, label: str,
    size: tuple[float, float] = (500, 320),
) -> str:  # fmt: skip
    """Return bars of the variance of each factor, those used in color, and the line that chance gives.

    Parameters
    ----------
    variances, chance : sequence of float
        Shares of the variance.
    rank : int
        Factors above chance.
    k : int
        Factors used.
    label : str
    size : (width, height)
    """
    n = min(len(variances), max(rank, k) + _MORE)
    canvas = Canvas(*size, label)
    x = Scale(0.5, n + 0.5, _LEFT, size[0] - _RIGHT)
    y = Scale(0.0, max([*variances[:n], *chance[:n], 1e-9]) * 1.08, size[1] - _BOTTOM, _TOP)
    _frame(canvas, x, y, n, "factor", "share of the variance, %", 100.0)
    for j in range(n):
        used = j < k
        look = {"class_": "g0", "fill": DOWN} if used else {"class_": "quiet", "fill": QUIET}
        title = f"factor {j + 1}: {variances[j]:.1%}, by chance {chance[j]:.1%}{', used' if used else ''}"
        canvas.add(rect(x(j + 0.65), y(variances[j]), x(1.7) - x(1.0), y(0) - y(variances[j]), title, **look))
    places = [x(j + 1.0) for j in range(n)]
    dashed: dict[str, Any] = {"class_": "level", "stroke": UP, "stroke_width": 2, "stroke_dasharray": "5 4"}
    canvas.add(polyline(places, [y(value) for value in chance[:n]], **dashed))
    canvas.text(size[0] - 14, y(chance[n - 1]) - 8, "by chance", "end", class_="level-text", fill="#A84A00")
    return str(canvas)


def choice_plot(
    candidates: Sequence[Mapping[str, Any]], k: int, label: str, size: tuple[float, float] = (500, 320)
) -> str:
    """Return the share of planted changes found for each number of factors; those that null runs fail are crossed."""
    canvas = Canvas(*size, label)
    n = len(candidates)
    x = Scale(-0.5, n - 0.5, _LEFT, size[0] - _RIGHT)
    top = max([each["power"] for each in candidates] + [0.01])
    y = Scale(0.0, min(top * 1.15, 1.0), size[1] - _BOTTOM, _TOP)
    _frame(canvas, x, y, n, "hidden factors", "planted changes found, %", 100.0, first=0)
    places = [x(float(each["k"])) for each in candidates]
    canvas.add(polyline(places, [y(each["power"]) for each in candidates], class_="curve", stroke=MUTED))
    for place, each in zip(places, candidates, strict=True):
        title = f"{each['k']}: {each['power']:.1%} found, {each['n_any']} null runs with a call, {each['verdict']}"
        if each["verdict"] == "PASS":
            chosen = each["k"] == k
            canvas.add(mark(place, y(each["power"]), 0, 7 if chosen else 4, title, class_="g0", fill=DOWN))
        else:
            canvas.add(mark(place, y(each["power"]), 1, 5, title, class_="g1", fill=UP))
    return str(canvas)


def _frame(
    canvas: Canvas, x: Scale, y: Scale, n: int, x_label: str, y_label: str, times: float, first: int = 1
) -> None:
    """Draw axes with whole numbers below."""
    for tick in y.ticks(4):
        canvas.add(line(x.start, y(tick), x.stop, y(tick), class_="grid"))
        canvas.text(x.start - 7, y(tick) + 4, tick_text(tick * times), "end", class_="tick", fill=MUTED)
    step = max(1, round(n / 10))
    for number in range(first, first + n, step):
        canvas.text(x(float(number)), y.start + 17, number, "middle", class_="tick", fill=MUTED)
    canvas.add(line(x.start, y(0), x.stop, y(0), class_="axis", stroke=MUTED))
    canvas.text((x.start + x.stop) / 2, canvas.height - 6, x_label, "middle")
    canvas.text(14, (y.start + y.stop) / 2, y_label, "middle", transform=f"rotate(-90 14 {(y.start + y.stop) / 2:g})")
