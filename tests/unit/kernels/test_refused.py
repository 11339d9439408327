"""What the kernels do not take is refused by the binding, with a sentence, before any loop: never a wrong number."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from foldwise import _kernels
from foldwise.stats.householder import projection
from tests.unit.kernels.examples import LOG_HIGH, LOG_LOW, SEARCH, csr

N, G, P = 6, 4, 2
RNG = np.random.default_rng(0)
COUNTS = RNG.integers(1, 50, (G, N)).astype(np.int32)
DESIGN = np.ascontiguousarray(np.column_stack([np.ones(N), np.arange(N) % 2.0]))
BETA = np.ascontiguousarray(np.column_stack([np.full(G, 3.0), np.zeros(G)]))
CELLS = (np.arange(N) % 2).astype(np.int32)

# Valid arguments of each kernel, by name and in order.
VALID: dict[str, dict[str, Any]] = {
    "row_summaries": {"counts": COUNTS, "factors": np.ones(N), "weights": None},
    "column_medians": {"counts": COUNTS, "log_geomeans": np.zeros(G), "control": None},
    "nb_start": {
        "counts": COUNTS, "factors": np.ones(N), "design": DESIGN, "projection": projection(DESIGN),
        "mean_inverse_size": 1.0,
    },
    "nb_dispersion_search": {
        "counts": COUNTS, "factors": np.ones(N), "design": DESIGN, "mean": BETA, "link": "log", "min_mu": 0.5,
        "start": np.full(G, -1.0), "prior_mean": np.zeros(G), "prior_variance": 1.0, "weights": None,
        **dict(
            zip(
                ("log_min", "log_max", "stop_below", "kappa", "armijo", "tolerance", "gate", "max_iterations"), SEARCH,
                strict=True,
            )
        ),
        "mode": 0, "exact_low": LOG_LOW, "exact_high": LOG_HIGH,
    },
    "nb_profile_loglik": {
        "counts": COUNTS, "factors": np.ones(N), "design": DESIGN, "mean": BETA, "link": "log", "min_mu": 0.5,
        "grid": np.zeros((G, 3)), "prior_mean": None, "prior_variance": 0.0, "weights": None, "form": 0,
    },
    "nb_irls": {
        "counts": COUNTS, "factors": np.ones(N), "design": DESIGN, "alpha": np.full(G, 0.1), "start": BETA,
        "projection": projection(DESIGN), "ridge": np.full(P, 1e-6), "weights": None, "min_mu": 0.5,
        "tolerance": 1e-8, "beta_limit": 30.0, "max_iterations": 100,
    },
    "nb_cooks": {
        "counts": COUNTS, "factors": np.ones(N), "design": DESIGN, "mean": BETA, "link": "log", "beta": BETA,
        "alpha": np.full(G, 0.1), "ridge": np.full(P, 1e-6), "weights": None, "mean_floor": 0.0, "min_mu": 0.5,
        "cells": CELLS, "counted": None, "hat": None,
    },
}  # fmt: skip
NEGATIVE_BINOMIAL = [name for name in VALID if name.startswith("nb_")]


def call(kernel: str, **changed: Any) -> Any:
    return getattr(_kernels, kernel)(**{**VALID[kernel], **changed})


def with_value(array: np.ndarray, value: float) -> np.ndarray:
    whole = np.isfinite(value) and not value % 1 and abs(value) < 2**31
    changed = array.copy() if whole else array.astype(np.float64)
    changed.flat[changed.size - 1] = value
    return changed


@pytest.mark.parametrize("kernel", VALID)
def test_the_valid_arguments_are_taken(kernel: str) -> None:
    found = call(kernel)
    for values in found.values() if isinstance(found, dict) else [found]:
        assert np.isfinite(values).all()


@pytest.mark.parametrize("kernel", VALID)
@pytest.mark.parametrize(
    "counts",
    [
        COUNTS.astype(np.int64),
        COUNTS.astype(np.float32),
        COUNTS.astype(np.uint32),
        COUNTS > 3,
        COUNTS.astype(">i4"),
        COUNTS.astype(">f8"),
        COUNTS.astype(object),
        COUNTS.tolist(),
        np.asfortranarray(COUNTS),
        np.repeat(COUNTS, 2, axis=1)[:, ::2],
        COUNTS[:, ::-1],
        COUNTS[0],
        COUNTS[None],
        COUNTS[:, :0].copy(),
        None,
        "counts",
    ],
    ids=[
        "int64", "float32", "uint32", "bool", "big-endian int", "big-endian float", "object", "list", "columns first",
        "strided", "reversed", "vector", "three axes", "no samples", "none", "text",
    ],
)  # fmt: skip
def test_counts_of_another_type_or_layout_are_refused(kernel: str, counts: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        call(kernel, counts=counts)


@pytest.mark.parametrize("kernel", VALID)
@pytest.mark.parametrize("value", [-1.0, -0.5, np.nan, np.inf, -np.inf, 1e300])
@pytest.mark.parametrize("sparse", [False, True])
def test_counts_that_are_none_are_refused(kernel: str, value: float, sparse: bool) -> None:
    counts = with_value(COUNTS, value)
    with pytest.raises(ValueError, match="counts"):
        call(kernel, counts=csr(counts) if sparse else counts)


@pytest.mark.parametrize("kernel", NEGATIVE_BINOMIAL)
def test_fractional_counts_are_refused_where_the_likelihood_knows_none(kernel: str) -> None:
    with pytest.raises(ValueError, match="whole"):
        call(kernel, counts=with_value(COUNTS, 2.5))


def test_fractional_counts_are_summarized() -> None:
    found = call("row_summaries", counts=with_value(COUNTS, 2.5))
    assert found["mean"][-1] == pytest.approx((COUNTS[-1, :-1].sum() + 2.5) / N, rel=1e-15)


@pytest.mark.parametrize("kernel", [name for name in VALID if "factors" in VALID[name]])
@pytest.mark.parametrize("value", [0.0, -1.0, np.nan, np.inf])
@pytest.mark.parametrize("per_gene", [False, True])
def test_factors_must_be_positive_and_finite(kernel: str, value: float, per_gene: bool) -> None:
    with pytest.raises(ValueError, match="factors"):
        call(kernel, factors=with_value(np.ones((G, N) if per_gene else N), value))


BAD_SHAPES: list[tuple[str, list[np.ndarray]]] = [
    ("factors", [np.ones(N + 1), np.ones((G, N - 1)), np.ones((G + 1, N)), np.ones(0), np.ones((1, G, N))]),
    ("design", [np.ones((N - 1, 1)), np.ones((N, 0)), np.ones((N, N + 1)), np.ones(N), np.ones((1, N, 1))]),
    ("mean", [np.ones((G, P + 1)), np.ones((G - 1, P)), np.ones(G)]),
    ("beta", [np.ones((G, P + 1)), np.ones((G - 1, P)), np.ones(G)]),
    ("alpha", [np.ones(G + 1), np.ones((G, 1))]),
    ("start", [np.ones(G + 1), np.ones((G, P + 1))]),
    ("prior_mean", [np.ones(G + 1), np.ones((G, 1))]),
    ("grid", [np.ones((G + 1, 3)), np.ones((1, G, 3))]),
    ("ridge", [np.ones(P + 1), np.ones((P, P))]),
    ("weights", [np.ones((G, N + 1)), np.ones((G + 1, N)), np.ones(N)]),
    ("projection", [np.ones((P + 1, N)), np.ones((P, N + 1)), np.ones(N)]),
    ("cells", [np.zeros(N + 1, dtype=np.int32), np.zeros((N, 1), dtype=np.int32)]),
    ("counted", [np.zeros(N + 1, dtype=np.uint8)]),
    ("hat", [np.ones((G, N + 1)), np.ones(N)]),
    ("log_geomeans", [np.ones(G + 1), np.ones((G, 1))]),
    ("control", [np.ones(G + 1)]),
]


@pytest.mark.parametrize(
    ("kernel", "argument", "value"),
    [
        pytest.param(kernel, argument, value, id=f"{kernel}-{argument}-{value.shape}")
        for argument, values in BAD_SHAPES
        for kernel in VALID
        if argument in VALID[kernel]
        for value in values
    ],
)
def test_other_shapes_are_refused(kernel: str, argument: str, value: np.ndarray) -> None:
    with pytest.raises((ValueError, TypeError)):
        call(kernel, **{argument: value})


@pytest.mark.parametrize(
    ("kernel", "argument"),
    [(k, a) for k in VALID for a, value in VALID[k].items() if isinstance(value, np.ndarray) and a != "counts"],
)
def test_arrays_of_another_type_or_layout_are_refused(kernel: str, argument: str) -> None:
    value = VALID[kernel][argument]
    others = [value.astype(np.float32), value.astype(np.complex128), value.astype(object), None]
    others.append(np.repeat(value, 2, axis=-1)[..., ::2])
    if value.ndim == 2:
        others.append(np.asfortranarray(value))
    for other in others:
        if other is None and argument in ("prior_mean", "projection", "start"):
            continue
        with pytest.raises((ValueError, TypeError)):
            call(kernel, **{argument: other})


BAD_VALUES: list[tuple[str, str, Any]] = [
    *[(kernel, "design", with_value(DESIGN, value)) for kernel in NEGATIVE_BINOMIAL for value in (np.nan, np.inf)],
    *[
        (kernel, "alpha", with_value(np.full(G, 0.1), value))
        for kernel in ("nb_irls", "nb_cooks")
        for value in (0.0, -1.0, np.nan, np.inf)
    ],
    *[
        (kernel, "ridge", with_value(np.full(P, 0.1), value))
        for kernel in ("nb_irls", "nb_cooks")
        for value in (-1.0, np.nan, np.inf)
    ],
    *[
        (kernel, "weights", with_value(np.ones((G, N)), value))
        for kernel in VALID
        if "weights" in VALID[kernel]
        for value in (-1.0, np.nan, np.inf)
    ],
    *[("nb_irls", "start", with_value(BETA, value)) for value in (np.nan, np.inf)],
    *[("nb_dispersion_search", "start", with_value(np.zeros(G), value)) for value in (np.nan, -np.inf)],
    *[("nb_dispersion_search", "prior_mean", with_value(np.zeros(G), value)) for value in (np.nan, np.inf)],
    *[("nb_dispersion_search", "prior_variance", value) for value in (0.0, -1.0, np.nan, np.inf)],
    *[("nb_profile_loglik", "grid", with_value(np.zeros(3), value)) for value in (np.nan, np.inf)],
    *[(k, "link", value) for k in ("nb_dispersion_search", "nb_profile_loglik", "nb_cooks") for value in ("sqrt", "")],
    *[("nb_cooks", "cells", np.full(N, value, dtype=np.int32)) for value in (-1, N)],
]


@pytest.mark.parametrize(
    ("kernel", "argument", "value"),
    [
        pytest.param(*case, id=f"{case[0]}-{case[1]}-{np.ravel(case[2])[-1]}")
        for case in BAD_VALUES
    ],
)  # fmt: skip
def test_values_outside_their_range_are_refused(kernel: str, argument: str, value: Any) -> None:
    with pytest.raises(ValueError, match=argument.replace("_", "[ _]")):
        call(kernel, **{argument: value})


def test_prior_of_a_profile_needs_a_variance() -> None:
    for variance in (0.0, np.nan):
        with pytest.raises(ValueError, match="prior_variance"):
            call("nb_profile_loglik", prior_mean=np.zeros(G), prior_variance=variance)


def test_irls_needs_a_start() -> None:
    with pytest.raises(ValueError, match="start or projection"):
        call("nb_irls", start=None, projection=None)


DATA, INDICES, INDPTR, _ = csr(COUNTS)


@pytest.mark.parametrize("kernel", VALID)
@pytest.mark.parametrize(
    "sparse",
    [
        (DATA, INDICES, INDPTR),
        (DATA, INDICES, INDPTR, N, 0),
        (DATA.astype(np.int64), INDICES, INDPTR, N),
        (DATA, INDICES.astype(np.int64), INDPTR, N),
        (DATA, INDICES, INDPTR.astype(np.int32), N),
        (DATA[:-1], INDICES, INDPTR, N),
        (DATA, INDICES[:-1], INDPTR, N),
        (DATA, INDICES, INDPTR[:-1], N),
        (DATA, INDICES, INDPTR + 1, N),
        (DATA, INDICES, INDPTR[[0, 2, 1, 3, 4]].copy(), N),
        (DATA, INDICES, INDPTR[:0], N),
        (DATA, with_value(INDICES, N), INDPTR, N),
        (DATA, with_value(INDICES, -1), INDPTR, N),
        (DATA[::2], INDICES[::2], INDPTR, N),
        (DATA, INDICES, INDPTR, 0),
        (DATA, INDICES, INDPTR, "six"),
        (DATA.reshape(2, -1), INDICES, INDPTR, N),
    ],
    ids=[
        "three parts", "five parts", "int64 data", "int64 indices", "int32 indptr", "short data", "short indices",
        "short indptr", "shifted indptr", "indptr falls", "no indptr", "index too large", "index negative", "strided",
        "no samples", "samples in words", "data in two rows",
    ],
)  # fmt: skip
def test_broken_sparse_counts_are_refused(kernel: str, sparse: tuple[Any, ...]) -> None:
    with pytest.raises((ValueError, TypeError, RuntimeError)):
        call(kernel, counts=sparse)


def test_sparse_counts_of_another_width_are_refused() -> None:
    data, indices, indptr, _ = csr(COUNTS[:, :-1].copy())
    with pytest.raises(ValueError, match="samples"):
        call("nb_irls", counts=(data, indices, indptr, N - 1), factors=np.ones(N - 1))


@pytest.mark.parametrize("kernel", NEGATIVE_BINOMIAL)
def test_read_only_arrays_are_taken_and_left_as_they_are(kernel: str) -> None:
    arguments = {k: v.copy() if isinstance(v, np.ndarray) else v for k, v in VALID[kernel].items()}
    for value in arguments.values():
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
    expected = call(kernel)
    found = getattr(_kernels, kernel)(**arguments)
    if isinstance(found, dict):
        for name in found:
            np.testing.assert_array_equal(found[name], expected[name])
    for name, value in VALID[kernel].items():
        np.testing.assert_array_equal(arguments[name], value)


def test_more_coefficients_than_the_workspace_knows_are_refused() -> None:
    wide = np.ascontiguousarray(np.eye(300)[:, :256])
    with pytest.raises(ValueError, match="coefficients"):
        _kernels.nb_start(np.ones((1, 300), dtype=np.int32), np.ones(300), wide, np.ones((256, 300)), 1.0)
