"""The ways to group samples anew: fake factors balanced within the cells of a design, and scrambled conditions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from math import comb, prod

import numpy as np

from foldwise.certify.cells import factor_codes, joined
from foldwise.certify.seeds import FAKE, stream
from foldwise.model.design import Design

# Cells of odd size are tried in all 2^n ways up to this number, and by drawing beyond it.
MAX_ODD = 14
# Random starts of the search for balanced groupings where there are more odd cells, and failures before it ends.
MAX_TRIES = 200


@dataclass(frozen=True, eq=False)
class Labelings:
    """Groupings of samples, one per null run.

    Parameters
    ----------
    kind : str
        ``fake factor``: values 0 and 1, -1 for samples left out; ``scramble``: row numbers, sample j gets the
        condition of sample ``values[b, j]``.
    values : ndarray of int, (n_labelings, n_samples)
    n_distinct : int or None
        How many exist, up to exchange of the groups; None where there are too many to count.
    approximate : str
        Why they answer the question only nearly, as a sentence; empty where they answer it.
    """

    kind: str
    values: np.ndarray
    n_distinct: int | None
    approximate: str = ""

    def __len__(self) -> int:
        return len(self.values)

    @property
    def complete(self) -> bool:
        """Whether every grouping is here."""
        return self.n_distinct is not None and len(self.values) >= self.n_distinct


def fake_factors(design: Design, n: int, seed: int, *, block: np.ndarray | None = None) -> Labelings:
    """Return fake two-level factors, balanced within every cell of the design.

    In a cell of odd size one group has one sample more; these are spread so that the levels of every factor, and the
    whole, are as even as can be. With pairs this turns half of them round.

    Parameters
    ----------
    design : Design
    n : int
        At most so many are returned: all that exist if they are no more, else drawn without repetition.
    seed : int
    block : ndarray, (n_samples,), optional
        Further groups of samples that belong together, such as the donor.

    Returns
    -------
    Labelings
    """
    codes = factor_codes(design)
    if block is not None:
        if _constant_within(block, joined(codes, design.n_samples)):
            return _of_donors(design, block, n, seed)
        codes = [*codes, block]
    every, counted = balanced(codes, design.n_samples, n, seed)
    kept = [labels for labels in every if estimable(design, labels)]
    values = np.array(kept, dtype=np.int8).reshape(len(kept), design.n_samples)
    if counted is not None and len(every) == counted:
        counted = len(kept)
    return Labelings("fake factor", values, counted, _unevenness(codes, values))


def balanced(codes: Sequence[np.ndarray], n_samples: int, n: int, seed: int) -> tuple[list[np.ndarray], int | None]:
    """Return up to ``n`` groupings (n_samples,) of 0 and 1, and how many exist (None: not counted)."""
    cells = joined(codes, n_samples)
    members = [np.flatnonzero(cells == cell) for cell in range(cells.max() + 1)]
    odd = np.array([cell for cell, each in enumerate(members) if len(each) % 2], dtype=np.int64)
    margins = _margins(codes, members, odd)
    patterns = _even_patterns(margins) if len(odd) <= MAX_ODD else None
    rng = np.random.default_rng(stream(seed, FAKE))
    if patterns is None:
        return _drawn(members, odd, margins, n, rng), None
    sizes = [_ones_of(members, odd, pattern) for pattern in patterns]
    ways = [prod(comb(len(each), k) for each, k in zip(members, of, strict=True)) for of in sizes]
    # Every grouping has its mirror image among the patterns, unless all cells are even and it is in the same one
    total = sum(ways) // 2
    if total <= n:
        return list(_enumerated(members, sizes, n_samples)), total
    found: dict[bytes, np.ndarray] = {}
    share = np.array([float(way) for way in ways]) / float(sum(ways))
    while len(found) < n:
        pattern = sizes[int(rng.choice(len(sizes), p=share))]
        labels = _filled(members, pattern, n_samples, rng)
        found.setdefault(labels.tobytes(), labels)
    return list(found.values()), total


def estimable(design: Design, labels: np.ndarray) -> bool:
    """Tell whether the factor can be told from the design, with a degree of freedom left."""
    used = labels >= 0
    whole = np.column_stack([design.matrix[used], labels[used]])
    p = int(np.linalg.matrix_rank(design.matrix[used]))
    return int(np.linalg.matrix_rank(whole)) == p + 1 and int(used.sum()) - p - 1 >= 1


def mirrored(labels: np.ndarray) -> np.ndarray:
    """Return the grouping, or its exchange, whose first used sample is in group 0."""
    first = labels[labels >= 0][0] if (labels >= 0).any() else 0
    return np.where(labels >= 0, 1 - labels, labels).astype(np.int8) if first == 1 else labels


def _margins(codes: Sequence[np.ndarray], members: Sequence[np.ndarray], odd: np.ndarray) -> np.ndarray:
    """Which odd cells each level of each factor holds, and a last row for all: (n_margins, n_odd)."""
    rows = [np.ones(len(odd))]
    for of in codes:
        for level in range(int(of.max()) + 1):
            row = np.array([1.0 if of[members[cell][0]] == level else 0.0 for cell in odd])
            if row.any() and not row.all():
                rows.append(row)
    return np.array(rows).reshape(len(rows), len(odd))


def _even_patterns(margins: np.ndarray) -> np.ndarray:
    """Signs of the odd cells (which group has one more) with the least imbalance over all margins."""
    k = margins.shape[1]
    if k == 0:
        return np.zeros((1, 0), dtype=np.int64)
    numbers = np.arange(2**k)
    signs = 1 - 2 * ((numbers[:, None] >> np.arange(k)) & 1)
    uneven = np.sum((signs @ margins.T) ** 2, axis=1)
    return np.asarray(signs[uneven == uneven.min()])


def _ones_of(members: Sequence[np.ndarray], odd: np.ndarray, signs: np.ndarray) -> list[int]:
    """How many samples of each cell are in group 1."""
    more = dict(zip(odd.tolist(), (signs > 0).tolist(), strict=True))
    return [len(each) // 2 + int(more.get(cell, False)) for cell, each in enumerate(members)]


def _enumerated(members: Sequence[np.ndarray], sizes: Sequence[list[int]], n_samples: int) -> Iterator[np.ndarray]:
    seen = set()
    for of in sizes:
        for chosen in product(*(combinations(each.tolist(), k) for each, k in zip(members, of, strict=True))):
            labels = np.zeros(n_samples, dtype=np.int8)
            labels[[sample for part in chosen for sample in part]] = 1
            labels = mirrored(labels)
            if labels.tobytes() not in seen:
                seen.add(labels.tobytes())
                yield labels


def _filled(members: Sequence[np.ndarray], ones: Sequence[int], n_samples: int, rng: np.random.Generator) -> np.ndarray:
    labels = np.zeros(n_samples, dtype=np.int8)
    for each, k in zip(members, ones, strict=True):
        labels[rng.permutation(each)[:k]] = 1
    return mirrored(labels)


def _drawn(
    members: Sequence[np.ndarray], odd: np.ndarray, margins: np.ndarray, n: int, rng: np.random.Generator
) -> list[np.ndarray]:
    """Draw balanced groupings where there are too many odd cells to try every pattern."""
    n_samples = int(sum(len(each) for each in members))
    found: dict[bytes, np.ndarray] = {}
    best, tries = np.inf, 0
    while len(found) < n and tries < MAX_TRIES + 20 * n:
        tries += 1
        signs = _descend(margins, rng)
        uneven = float(np.sum((margins @ signs) ** 2))
        if uneven < best:
            best, found = uneven, {}
        if uneven == best:
            labels = _filled(members, _ones_of(members, odd, signs), n_samples, rng)
            found.setdefault(labels.tobytes(), labels)
    return list(found.values())


def _descend(margins: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Turn signs, one or a pair at a time, while that makes the margins more even."""
    k = margins.shape[1]
    signs = rng.choice([-1.0, 1.0], k)
    overlap = margins.T @ margins
    while True:
        # Change of the sum of squares: -4 s_i (M'Ms)_i + 4 (M'M)_ii by turning i; for a pair also 8 s_i s_j (M'M)_ij
        pull = signs * (overlap @ signs)
        one = -4 * pull + 4 * np.diag(overlap)
        two = one[:, None] + one[None, :] + 8 * signs[:, None] * signs[None, :] * overlap
        np.fill_diagonal(two, one)
        least = two.min()
        if least >= -1e-9:
            return np.asarray(signs)
        i, j = np.unravel_index(int(rng.choice(np.flatnonzero(two.ravel() == least))), two.shape)
        signs[i] = -signs[i]
        if i != j:
            signs[j] = -signs[j]


def _constant_within(block: np.ndarray, cells: np.ndarray) -> bool:
    """Tell whether all samples of a block are in one cell, and some block has several."""
    n_blocks = len(np.unique(block))
    return n_blocks < len(block) and len(np.unique(np.column_stack([block, cells]), axis=0)) == n_blocks


def _of_donors(design: Design, block: np.ndarray, n: int, seed: int) -> Labelings:
    """Label whole donors where the conditions do not vary within them."""
    donors, first, which = np.unique(block, return_index=True, return_inverse=True)
    codes = [of[first] for of in factor_codes(design)]
    every, counted = balanced(codes, len(donors), n, seed)
    spread = [labels[np.asarray(which).reshape(-1)] for labels in every]
    kept = [labels for labels in spread if estimable(design, labels)]
    values = np.array(kept, dtype=np.int8).reshape(len(kept), design.n_samples)
    return Labelings("fake factor", values, len(kept) if counted == len(every) else counted)


def _unevenness(codes: Sequence[np.ndarray], values: np.ndarray) -> str:
    """Say that an odd number of pairs (cells of one sample each) leaves a factor uneven, where it does."""
    if not codes or not len(values) or np.bincount(joined(codes, len(codes[0]))).max() > 1:
        return ""
    signs = 2 * values[0].astype(np.int64) - 1
    uneven = any(signs[of == level].sum() != 0 for of in codes for level in range(int(of.max()) + 1))
    return "The number of blocks is odd, so that the groupings are not quite balanced." if uneven else ""
