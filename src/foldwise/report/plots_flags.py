"""Pictures of the checks of samples: sexes on one axis, and each sample between its own donor and strangers."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from foldwise.model.flags import DonorMatches, SexScores
from foldwise.report.svg import INK, MUTED, PALETTE, Canvas, Scale, line, mark, rect, shorten, text_width, tick_text

_WIDTH = 500.0
_ROW = 84.0
_STEP = 7.0  # between marks that would cover each other
_MAX_STACK = 5
_MAX_SAMPLES = 60
_MAX_NAMED = 3  # names in a row of the picture; the table has all
_SEXES = ("female", "male", "")


def sex_picture(scores: SexScores, names: Sequence[str], wrong: Collection[str]) -> str:
    """Return one mark per sample on the axis of the score, in the row of the sex that the sheet gives.

    Parameters
    ----------
    scores : SexScores
    names : sequence of str
    wrong : collection of str
        Samples to be named.
    """
    rows = [sex for sex in _SEXES if sex in scores.sheet]
    left, right, top = 76.0, 14.0, 8.0
    low, high = float(scores.score.min()), float(scores.score.max())
    pad = 0.06 * ((high - low) or 1.0)
    scale = Scale(low - pad, high + pad, left, _WIDTH - right)
    bottom = top + _ROW * len(rows)
    canvas = Canvas(_WIDTH, bottom + 40, _sex_sentence(scores, wrong))
    _unclear(canvas, scores.borders, scale, (top, bottom))
    for tick in scale.ticks(7):
        canvas.add(line(scale(tick), top, scale(tick), bottom, class_="grid"))
        canvas.text(scale(tick), bottom + 15, tick_text(tick), "middle", class_="tick", fill=MUTED, font_size=11)
    canvas.text((left + _WIDTH - right) / 2, bottom + 33, "score: Y chromosome against XIST (log2)", "middle")
    for row, sex in enumerate(rows):
        middle = top + _ROW * (row + 0.5)
        canvas.text(left - 10, middle + 4, sex or "not given", "end")
        members = [i for i, given in enumerate(scores.sheet) if given == sex]
        heights = _stacked([scale(float(scores.score[i])) for i in members])
        places = [(scale(float(scores.score[i])), middle + height) for i, height in zip(members, heights, strict=True)]
        for i, (x, y) in zip(members, places, strict=True):
            look: dict[str, object] = {"class_": f"g{row}", "fill": PALETTE[row]}
            if names[i] in wrong:
                look |= {"stroke": INK, "stroke_width": 0.22}
            canvas.add(mark(x, y, row, 7.0 if names[i] in wrong else 4.2, shorten(names[i], 80), **look))
        _name(
            canvas, [(x, y, names[i]) for i, (x, y) in zip(members, places, strict=True) if names[i] in wrong], middle
        )
    return str(canvas)


def _name(canvas: Canvas, marks: Sequence[tuple[float, float, str]], middle: float) -> None:
    """Write names above the row, one below the other where there are several, each with a line to its mark."""
    for number, (x, y, name) in enumerate(sorted(marks)[:_MAX_NAMED]):
        side = "start" if x < _WIDTH * 0.6 else "end"
        height = middle - 0.5 * _ROW + 11 + 12 * number
        canvas.add(line(x, y, x, height, class_="axis", stroke=MUTED, stroke_width=0.7))
        canvas.text(x + (5 if side == "start" else -5), height + 3, name, side, limit=28, class_="ink", font_size=11)


def _unclear(canvas: Canvas, borders: tuple[float, float], scale: Scale, rows: tuple[float, float]) -> None:
    low, high = max(borders[0], scale.low), min(borders[1], scale.high)
    if not high > low:
        return
    x, width = scale(low), scale(high) - scale(low)
    canvas.add(rect(x, rows[0], width, rows[1] - rows[0], "unclear", class_="same", fill=INK, fill_opacity=0.06))
    canvas.text(x + width / 2, rows[0] + 11, "unclear", "middle", class_="tick", fill=MUTED, font_size=10)


def _stacked(places: Sequence[float]) -> list[float]:
    """Return a vertical shift of each mark so that near ones do not cover each other."""
    shifts, taken = [], dict[int, int]()
    for x in places:
        cell = int(x // (_STEP + 2))
        number = taken.get(cell, 0)
        taken[cell] = number + 1
        step = (number + 1) // 2 % (_MAX_STACK + 1)
        shifts.append(_STEP * (step if number % 2 else -step))
    return shifts


def _sex_sentence(scores: SexScores, wrong: Collection[str]) -> str:
    counted = [f"{scores.sheet.count(sex)} {sex}" for sex in ("female", "male") if sex in scores.sheet]
    named = f" Against the sheet: {', '.join(shorten(n, 40) for n in list(wrong)[:10])}." if wrong else ""
    return f"Score of sex chromosomes of {len(scores.sheet)} samples ({', '.join(counted)} by the sheet).{named}"


def donor_picture(matches: DonorMatches, names: Sequence[str], wrong: Collection[str]) -> str:
    """Return a row per sample with its correlation to the own donor and to the nearest stranger.

    Samples without a partner are left out unless flagged; of more than 60 those are shown whose stranger comes nearest.
    """
    lead = np.where(np.isnan(matches.own), -1.0, matches.own) - np.nan_to_num(matches.stranger, nan=-1.0)
    known = [i for i in range(len(names)) if np.isfinite(matches.own[i]) or names[i] in wrong]
    chosen = sorted(sorted(known, key=lambda i: (names[i] not in wrong, lead[i]))[:_MAX_SAMPLES])
    left, right, top = min(text_width([names[i] for i in chosen], 18), 140) + 12, 16.0, 22.0
    values = np.concatenate([matches.own[chosen], matches.stranger[chosen]])
    values = values[np.isfinite(values)]
    scale = Scale(min(float(values.min(initial=0.0)), 0.0) - 0.03, 1.0, left, _WIDTH - right)
    height = 16.0 if len(chosen) <= 30 else 12.0
    bottom = top + height * len(chosen)
    canvas = Canvas(_WIDTH, bottom + 40, _donor_sentence(matches, names, wrong, len(chosen)))
    _legend(canvas, left)
    for tick in scale.ticks(5):
        canvas.add(line(scale(tick), top, scale(tick), bottom, class_="grid"))
        canvas.text(scale(tick), bottom + 15, tick_text(tick), "middle", class_="tick", fill=MUTED, font_size=11)
    canvas.text((left + _WIDTH - right) / 2, bottom + 33, "correlation", "middle")
    for row, i in enumerate(chosen):
        _donor_row(canvas, matches, names, i, top + height * (row + 0.5), scale, left, names[i] in wrong)
    return str(canvas)


def _donor_row(
    canvas: Canvas,
    matches: DonorMatches,
    names: Sequence[str],
    i: int,
    y: float,
    scale: Scale,
    left: float,
    wrong: bool,
) -> None:
    own, stranger = float(matches.own[i]), float(matches.stranger[i])
    bold: dict[str, object] = {"font_weight": "bold"} if wrong else {}
    canvas.text(left - 10, y + 4, names[i], "end", limit=18, font_size=10.5, **bold)
    if np.isfinite(own):
        canvas.add(line(scale(stranger), y, scale(own), y, class_="stem", stroke_width=2))
        title = f"{shorten(names[i], 60)}: own {matches.column} {own:.2f}"
        canvas.add(mark(scale(own), y, 0, 4.4, title, class_="g0", fill=PALETTE[0]))
    partner = int(matches.partner[i])
    whose = f"{shorten(names[partner], 60)} ({shorten(matches.donors[partner], 40)})"
    title = f"{shorten(names[i], 60)}: {whose} {stranger:.2f}"
    canvas.add(mark(scale(stranger), y, 1, 4.4, title, class_="g1", fill=PALETTE[1]))


def _legend(canvas: Canvas, left: float) -> None:
    canvas.add(mark(left + 6, 9, 0, 4.4, "", class_="g0", fill=PALETTE[0]))
    canvas.text(left + 16, 13, "own donor", font_size=11)
    canvas.add(mark(left + 96, 9, 1, 4.4, "", class_="g1", fill=PALETTE[1]))
    canvas.text(left + 106, 13, "nearest stranger", font_size=11)


def _donor_sentence(matches: DonorMatches, names: Sequence[str], wrong: Collection[str], n: int) -> str:
    own = int((np.nan_to_num(matches.own, nan=-2.0) > matches.stranger).sum())
    paired = int(np.isfinite(matches.own).sum())
    named = f" Flagged: {', '.join(shorten(name, 40) for name in names if name in wrong)}." if wrong else ""
    part = "" if n == len(names) else f" The {n} with the nearest strangers are shown."
    return (
        f"Correlation of each sample with its own {shorten(matches.column, 40)} and with the nearest stranger; "
        f"{own} of {paired} with a partner resemble their own more.{part}{named}"
    )
