"""The picture of learned weights: weight against mean count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from foldwise.report.svg import MUTED, PALETTE, Canvas, Scale, line, polyline, tick_text

_LEFT, _TOP, _BOTTOM, _RIGHT = 58.0, 12.0, 42.0, 14.0
# On a short axis, and on one of more than a decade.
_FINE, _COARSE = (0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0), (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 20.0)


def weight_curve(curves: Sequence[np.ndarray], label: str, size: tuple[float, float] = (500, 320)) -> str:
    """Return the curves on log scales, with a line where the weight is 1.

    Parameters
    ----------
    curves : sequence of ndarray, (2, n_points)
        Mean counts, ascending, and weights.
    label : str
    size : (width, height)
    """
    canvas = Canvas(*size, label)
    means, weights = (np.log10(np.concatenate([each[k] for each in curves])) for k in (0, 1))
    x = Scale(float(means.min()) - 0.05, float(means.max()) + 0.05, _LEFT, size[0] - _RIGHT)
    y = Scale(min(float(weights.min()), -0.3) - 0.08, max(float(weights.max()), 0.3) + 0.08, size[1] - _BOTTOM, _TOP)
    for power in range(int(np.ceil(x.low)), int(np.floor(x.high)) + 1):
        canvas.add(line(x(power), y.stop, x(power), y.start, class_="grid"))
        canvas.text(x(power), y.start + 16, tick_text(10.0**power), "middle", class_="tick", fill=MUTED)
    for tick in _FINE if y.high - y.low < 1.2 else _COARSE:
        place = float(np.log10(tick))
        if y.low <= place <= y.high:
            canvas.add(line(x.start, y(place), x.stop, y(place), class_="grid"))
            canvas.text(_LEFT - 6, y(place) + 4, tick_text(tick), "end", class_="tick", fill=MUTED)
    even: dict[str, Any] = {"class_": "axis", "stroke": MUTED, "stroke_dasharray": "5 4"}
    canvas.add(line(x.start, y(0.0), x.stop, y(0.0), **even))
    for number, curve in enumerate(curves):
        xs, ys = ([scale(float(value)) for value in np.log10(row)] for scale, row in ((x, curve[0]), (y, curve[1])))
        look: dict[str, Any] = {
            "class_": f"curve g{number}",
            "stroke": PALETTE[number % len(PALETTE)],
            "stroke_width": 2.4,
        }
        canvas.add(polyline(xs, ys, **look))
    canvas.text((x.start + x.stop) / 2, size[1] - 8, "mean count", "middle")
    middle = (y.start + y.stop) / 2
    canvas.text(13, middle, "weight", "middle", transform=f"rotate(-90 13 {middle:.1f})")
    return str(canvas)
