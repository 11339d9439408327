"""What importing costs, in fresh processes, and what the public surface is."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import foldwise

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("numpy", "pandas", "scipy", "formulaic", "rich", "jinja2", "anndata")


def fresh(*arguments: str) -> tuple[str, float]:
    """Return stdout and CPU seconds of a fresh interpreter: the best of three, as the first may write bytecode."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    best, output = float("inf"), ""
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        output = subprocess.run(
            [sys.executable, *arguments], capture_output=True, text=True, check=True, env=environment
        ).stdout
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        best = min(best, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return output, best


def test_import_loads_nothing_heavy_and_is_quick():
    code = "import sys, json, foldwise; print(json.dumps(sorted(sys.modules)))"
    output, seconds = fresh("-c", code)
    loaded = json.loads(output)
    assert not [name for name in HEAVY if name in loaded]
    assert seconds < 0.1


def test_help_loads_nothing_heavy_and_is_quick():
    code = (
        "import sys, json\n"
        "from foldwise.cli.app import cli\n"
        "try:\n    cli(['--help'], prog_name='foldwise')\n"
        "except SystemExit:\n    print('MODULES' + json.dumps(sorted(sys.modules)))\n"
    )
    output, _ = fresh("-c", code)
    help_text, _, modules = output.partition("MODULES")
    assert "Usage: foldwise" in help_text
    assert not [name for name in HEAVY if name in json.loads(modules)]
    _, seconds = fresh("-m", "foldwise", "--help")
    assert seconds < 0.3
    _, seconds = fresh("-m", "foldwise", "--version")
    assert seconds < 0.3


def test_public_names_exist_and_are_listed():
    assert foldwise.__all__ == sorted(foldwise.__all__)
    for name in foldwise.__all__:
        assert getattr(foldwise, name) is not None
        assert name in dir(foldwise)
    listed = set(foldwise.__all__) - {"__version__"}
    assert listed == set(foldwise._WHERE)


def test_unknown_name_is_an_attribute_error():
    assert not hasattr(foldwise, "foldchange")


def test_version_is_that_of_the_project():
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert foldwise.__version__ == project["version"]


def test_every_public_object_is_documented():
    for name in set(foldwise.__all__) - {"__version__"}:
        assert (getattr(foldwise, name).__doc__ or "").strip(), name


def test_the_type_stub_names_the_same_things_in_the_same_places():
    import re

    text = (ROOT / "src" / "foldwise" / "__init__.pyi").read_text(encoding="utf-8")
    stub = {
        name: module
        for module, names in re.findall(r"^from (\S+) import (.+?)(?=^from|^\S|\Z)", text, re.MULTILINE | re.DOTALL)
        for name in re.findall(r"(\w+) as \1", names)
    }
    assert stub == foldwise._WHERE


def test_a_function_stays_one_when_the_package_of_its_name_is_loaded():
    """Both are called ``foldwise.certify``."""
    code = "import foldwise as fw, foldwise.certify.seeds; assert callable(fw.certify); fw.certify(None, 0)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "UsageError: E-USAGE-002" in done.stderr
