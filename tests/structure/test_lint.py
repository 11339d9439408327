"""The structure of the code: style, types and import rules, run by the one test command."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "foldwise"
FILES = sorted(SOURCE.rglob("*.py"))


def run(*arguments: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "MYPY_CACHE_DIR": str(ROOT / ".mypy_cache")}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(arguments)}\n{done.stdout[-6000:]}\n{done.stderr[-3000:]}"


def test_ruff():
    run("-m", "ruff", "check", "src", "tests", "benchmarks", "scripts", "verification")


@pytest.mark.slow
def test_mypy():
    run("-m", "mypy")


def test_import_rules():
    run("-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache")


def imports(path: Path) -> set[str]:
    """Every module that a file imports, also inside functions, as dotted names."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


FORBIDDEN_EVERYWHERE = {
    "scipy.stats",
    "pickle",
    "shelve",
    "marshal",
    "dill",
    "joblib",
    "yaml.load",
    "requests",
    "urllib.request",
}


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_no_forbidden_import(path):
    hits = {
        name for name in imports(path) if any(name == bad or name.startswith(bad + ".") for bad in FORBIDDEN_EVERYWHERE)
    }
    assert not hits, f"{path.name} imports {sorted(hits)}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_no_dynamic_code(path):
    calls = {
        node.func.id
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not calls & {"eval", "exec", "compile", "__import__"}, f"{path.name} runs code made at run time"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_small_files(path):
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= 450, f"{path.relative_to(SOURCE)} has {lines} lines: one concept per file"


def test_every_kernel_is_typed():
    from foldwise import _kernels

    stub = (SOURCE / "_kernels" / "_compiled.pyi").read_text(encoding="utf-8")
    missing = [name for name in _kernels.__all__ if f"def {name}(" not in stub and f"{name}: " not in stub]
    assert not missing
