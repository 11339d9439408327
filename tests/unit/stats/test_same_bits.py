"""M9: the global steps give the same bytes whatever vector instructions NumPy and the kernels use."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import foldwise

PACKAGES = Path(foldwise.__file__).resolve().parents[1]
REPOSITORY = Path(__file__).resolve().parents[3]


def digest(**environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.unit.stats.bits_of_all_steps"],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(PACKAGES), **environment},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return done.stdout.strip()


def test_m9_bits_do_not_depend_on_vector_instructions() -> None:
    core = pytest.importorskip("numpy._core._multiarray_umath")
    available = [name for name in core.__cpu_dispatch__ if core.__cpu_features__.get(name)]
    expected = digest()
    assert len(expected) == 64
    assert digest(NPY_DISABLE_CPU_FEATURES=" ".join(available)) == expected
    assert digest(FOLDWISE_ISA="portable") == expected


def test_m10_bits_do_not_depend_on_hash_seed_language_or_threads() -> None:
    assert digest(PYTHONHASHSEED="7", LC_ALL="C", TZ="Asia/Tokyo", OPENBLAS_NUM_THREADS="1") == digest(
        PYTHONHASHSEED="8"
    )


def test_cold_import_needs_no_scipy_or_pandas() -> None:
    code = (
        "import sys; import tests.unit.stats.bits_of_all_steps as b; b.results();"
        "print([m for m in ('scipy', 'pandas', 'formulaic') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(PACKAGES)},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert done.stdout.strip() == "[]"
