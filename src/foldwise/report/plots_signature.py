"""Pictures of a signature: ROC curve, calibration, and where the AUC lies among those of permuted labels."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from foldwise.model.signature import SignatureResult
from foldwise.report.plots_genes import histogram
from foldwise.report.signature_words import number
from foldwise.report.svg import DOWN, MUTED, Canvas, Scale, line, num, polyline, shorten, tick_text

_SIDE, _LEFT, _RIGHT, _TOP, _BOTTOM = 380.0, 54.0, 14.0, 12.0, 44.0
_Z = 1.959964


def roc_plot(result: SignatureResult) -> str:
    """Return the ROC curve as SVG."""
    false, true = result.roc
    label = f"ROC curve of held-out samples, area {number(result.score.auc)}"
    canvas, x, y = _square(label, f"share of {shorten(result.model.classes[0], 24)} called wrongly",
                           f"share of {shorten(result.model.classes[1], 24)} called rightly")  # fmt: skip
    _diagonal(canvas, x, y)
    xs, ys = [x(float(value)) for value in false], [y(float(value)) for value in true]
    canvas.add(polyline(xs, ys, stroke=DOWN, stroke_width=2.5, class_="curve", stroke_linejoin="round"))
    text = f"AUC {number(result.score.auc)} ({number(result.score.low)} to {number(result.score.high)})"
    canvas.text(x(0.97), y(0.06), text, "end", font_weight=600)
    return str(canvas)


def calibration_plot(result: SignatureResult) -> str:
    """Return shares of the second class against mean probabilities, with 95 % binomial intervals, as SVG."""
    target = shorten(result.model.classes[1], 24)
    label = f"Calibration: share of {target} against the probability given, in {len(result.calibration)} bins"
    canvas, x, y = _square(label, f"mean probability of {target}", f"share that is {target}")
    _diagonal(canvas, x, y)
    for probability, share, n in calibration_rows(result):
        low, high = wilson(share, n)
        at = x(probability)
        canvas.add(line(at, y(low), at, y(high), class_="stem", stroke=MUTED, stroke_width=1.5))
        title = f"probability {probability:.2f}: {share:.2f} of {n} samples"
        place = f'cx="{num(at)}" cy="{num(y(share))}" r="4.5"'
        canvas.add(f'<circle {place} fill="{DOWN}" class="g0"><title>{title}</title></circle>')
    return str(canvas)


def permutation_plot(result: SignatureResult) -> str:
    """Return the histogram of the AUC with permuted labels, the real one marked, as SVG."""
    values = np.append(result.permuted, result.permuted_score)
    low, high = math.floor(values.min() * 20) / 20, math.ceil(values.max() * 20 + 0.4) / 20
    edges = np.linspace(low, high, round((high - low) * 40) + 1)
    counts, _ = np.histogram(result.permuted, edges)
    beyond = int((result.permuted >= result.permuted_score - 1e-12).sum())
    label = f"AUC with permuted labels: {beyond} of {len(result.permuted)} reach the real {result.permuted_score:.2f}"
    cut = (float(result.permuted_score), "real labels")
    return histogram(counts, edges, "AUC with permuted labels", "permutations", label, cut=cut)


def calibration_rows(result: SignatureResult) -> Sequence[tuple[float, float, int]]:
    """Return mean probability, share and number of samples of each bin."""
    table = result.calibration
    return [
        (float(p), float(s), int(n)) for p, s, n in zip(table["probability"], table["share"], table["n"], strict=True)
    ]


def wilson(share: float, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share of ``n`` (Wilson 1927, J Am Stat Assoc 22:209)."""
    center = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z / (1 + _Z**2 / n) * math.sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2))
    return max(center - half, 0.0), min(center + half, 1.0)


def _square(label: str, x_label: str, y_label: str) -> tuple[Canvas, Scale, Scale]:
    """Return an empty square of shares."""
    canvas = Canvas(_SIDE, _SIDE, label)
    x, y = Scale(0.0, 1.0, _LEFT, _SIDE - _RIGHT), Scale(0.0, 1.0, _SIDE - _BOTTOM, _TOP)
    for tick in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        canvas.add(line(x(tick), y.stop, x(tick), y.start, class_="grid"))
        canvas.add(line(x.start, y(tick), x.stop, y(tick), class_="grid"))
        canvas.text(x(tick), y.start + 16, tick_text(tick), "middle", class_="tick", fill=MUTED)
        canvas.text(x.start - 6, y(tick) + 4, tick_text(tick), "end", class_="tick", fill=MUTED)
    canvas.text((x.start + x.stop) / 2, _SIDE - 8, x_label, "middle")
    middle = (y.start + y.stop) / 2
    canvas.text(13, middle, y_label, "middle", transform=f"rotate(-90 13 {num(middle)})")
    return canvas, x, y


def _diagonal(canvas: Canvas, x: Scale, y: Scale) -> None:
    canvas.add(line(x(0), y(0), x(1), y(1), class_="axis", stroke=MUTED, stroke_dasharray="4 4"))
