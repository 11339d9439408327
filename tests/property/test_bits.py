"""The same inputs give the same bits of a whole fit: on every tier, thread count, block size and storage of counts."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy._core import _multiarray_umath as numpy_core

import foldwise
from foldwise import _kernels
from foldwise.engine.threads import ThreadEngine
from tests.property.bits_of_a_fit import FITS, SAMPLES, as_csr, digest, draw, fit

PACKAGES = Path(foldwise.__file__).parents[1]
REPOSITORY = Path(__file__).resolve().parents[2]
FEATURES = numpy_core.__cpu_features__
NEEDED = {"v2": ("SSE42", "POPCNT"), "v3": ("AVX2", "FMA3"), "v4": ("AVX512F", "AVX512DQ", "AVX512VL", "AVX512BW")}
TIERS = ["portable"]
if platform.machine().lower() in ("x86_64", "amd64"):
    TIERS += [tier for tier, needed in NEEDED.items() if all(FEATURES.get(name) for name in needed)]
# Other vector instructions for NumPy, and another BLAS kernel, which a fit must not notice either.
PLAIN_NUMPY = {
    "NPY_DISABLE_CPU_FEATURES": " ".join(name for name in numpy_core.__cpu_dispatch__ if FEATURES.get(name)),
    "OPENBLAS_CORETYPE": "Prescott",
}
ENVIRONMENTS = {tier: {"FOLDWISE_ISA": tier} for tier in TIERS} | {"plain NumPy": PLAIN_NUMPY}

Digests = dict[tuple[int, str], str]


@pytest.fixture(scope="module")
def counts() -> dict[int, np.ndarray]:
    return {n: draw(n) for n in SAMPLES}


@pytest.fixture(scope="module")
def expected(counts: dict[int, np.ndarray]) -> Digests:
    """Digests in this process: fastest tier, one thread, one block, dense int32."""
    return {(n, kind): digest(fit(counts[n], kind)) for n, kind in FITS}


@pytest.fixture(scope="module")
def processes(counts: dict[int, np.ndarray], tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Digests]]:
    """Digests of processes with other instruction sets; they run side by side."""
    path = tmp_path_factory.mktemp("bits") / "counts.npz"
    np.savez(path, **{str(n): values for n, values in counts.items()})
    started = {
        name: subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tests.property.bits_of_a_fit", str(path)],
            cwd=REPOSITORY,
            env={**os.environ, "PYTHONPATH": str(PACKAGES), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name, environment in ENVIRONMENTS.items()
    }
    found = {}
    for name, process in started.items():
        out, err = process.communicate(timeout=240)
        assert process.returncode == 0, f"{name}: {err[-2000:]}"
        lines = [line.split() for line in out.splitlines()]
        found[name] = {(int(n), kind): value for n, kind, value in lines}
    yield found


def differences(found: Digests, expected: Digests) -> list[tuple[int, str]]:
    return [key for key in expected if found[key] != expected[key]]


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_bits_do_not_depend_on_the_instruction_set(name: str, processes: dict[str, Digests], expected: Digests) -> None:
    assert len(set(expected.values())) == len(FITS)
    assert not differences(processes[name], expected)


@pytest.mark.parametrize("n_threads", [2, 4, 7])
def test_bits_do_not_depend_on_the_number_of_threads(
    n_threads: int, counts: dict[int, np.ndarray], expected: Digests
) -> None:
    found = {(n, kind): digest(fit(counts[n], kind, ThreadEngine(n_threads))) for n, kind in FITS}
    assert not differences(found, expected)


# Blocks of one gene cost a call per gene and stage: one design of each size is enough.
@pytest.mark.parametrize(("block_genes", "fits"), [(1, FITS[::6]), (7, FITS[1::3]), (100, FITS)])
def test_bits_do_not_depend_on_the_blocks(
    block_genes: int, fits: tuple[tuple[int, str], ...], counts: dict[int, np.ndarray], expected: Digests
) -> None:
    for n, kind in fits:
        engine = ThreadEngine(2, block_genes=block_genes)
        assert digest(fit(counts[n], kind, engine)) == expected[n, kind], (n, kind)


@pytest.mark.parametrize("storage", ["float64", "csr_int32", "csr_float64"])
def test_bits_do_not_depend_on_the_storage_of_counts(
    storage: str, counts: dict[int, np.ndarray], expected: Digests
) -> None:
    for n, kind in FITS[::2]:
        values = counts[n].astype(np.float64) if storage.endswith("float64") else counts[n]
        matrix = as_csr(values) if storage.startswith("csr") else values
        assert digest(fit(matrix, kind, ThreadEngine(2, block_genes=250))) == expected[n, kind], (n, kind)


def test_the_fits_reach_the_rare_paths(counts: dict[int, np.ndarray]) -> None:
    """Replaced outliers, the fallback optimizer and the grid all take part in the digests."""
    analysis = fit(counts[24], "two_group")
    assert analysis.fit.replaced is not None
    assert analysis.fit.replaced.sum() > 5
    assert any(fit(counts[n], "two_group").fit.used_optim.any() for n in SAMPLES)
    assert analysis.fit.dispersions is not None
    assert (analysis.fit.dispersions.genewise_iterations == 1).any()
    status = analysis.results[0].table["status"]
    assert {"ok", "all_zero", "low_count"} <= set(status)


def test_an_unknown_instruction_set_is_refused() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import foldwise._kernels"],
        env={**os.environ, "PYTHONPATH": str(PACKAGES), "FOLDWISE_ISA": "v9"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode != 0
    assert "FOLDWISE_ISA=v9" in done.stderr
    assert _kernels.tier in TIERS
