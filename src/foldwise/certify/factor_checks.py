"""What forbids hidden factors, found before anything is fitted."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from foldwise.errors import DesignError
from foldwise.model.columns import missing_mask, word_set
from foldwise.model.contrast import Contrast
from foldwise.model.design import Design

# Words in the name of a column by which it tells how samples were handled, not what they are.
BATCH_WORDS = word_set("batch plate lane run flowcell chip site center centre study date operator sequencer library")
_MOST_NAMED = 5


def require_separable(samples: pd.DataFrame, design: Design, contrasts: Sequence[Contrast]) -> None:
    """Raise E-LEARN-002 where a batch of the sheet is the same as the compared groups.

    Factors of many genes cannot be told from the effect of the groups then, whatever is estimated.

    Parameters
    ----------
    samples : DataFrame
    design : Design
    contrasts : sequence of Contrast

    Raises
    ------
    DesignError
    """
    used = set(design.columns_used.values())
    for contrast in contrasts:
        groups = _groups(design, contrast)
        if groups is None:
            continue
        same = [str(name) for name in samples.columns if str(name) not in used and _is_batch(str(name))
                and _same(samples[name], groups)]  # fmt: skip
        if same:
            named = ", ".join(repr(name[:60]) for name in same[:_MOST_NAMED])
            raise DesignError(
                "E-LEARN-002",
                f"Hidden factors are asked for, and {named} of the sample sheet "
                f"{'is' if len(same) == 1 else 'are'} the same as the groups of {contrast.label}.",
                "No method can tell the batch from the effect. Leave --learn factors out, and read every result as one "
                "of group or batch; or add samples that break the tie.",
                where=f"column {same[0][:80]}",
                data={"columns": same, "contrast": contrast.id},
            )


def _groups(design: Design, contrast: Contrast) -> np.ndarray | None:
    """1 for samples of the target, 0 of the reference, -1 for others; None where no two levels are compared."""
    factor = design.factor(contrast.variable) if contrast.variable else None
    if factor is None or contrast.target not in factor.levels or contrast.reference not in factor.levels:
        return None
    codes = np.asarray(factor.codes)
    groups = np.full(len(codes), -1)
    groups[codes == factor.levels.index(contrast.target)] = 1
    groups[codes == factor.levels.index(contrast.reference)] = 0
    return groups


def _is_batch(name: str) -> bool:
    words = re.findall(r"[a-z]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", name).lower())
    return bool(BATCH_WORDS & set(words))


def _same(column: pd.Series, groups: np.ndarray) -> bool:
    """Tell whether a column has one value in each group, and another."""
    compared = groups >= 0
    if missing_mask(column)[compared].any():
        return False
    pairs = set(zip(column.astype(str).to_numpy()[compared], groups[compared].tolist(), strict=True))
    return len(pairs) == 2 and len({value for value, _ in pairs}) == 2
