"""What workflow programs get: the commands of the Nextflow module and the Snakemake wrapper, run as those run them."""

from __future__ import annotations

import json
import os
import re
import runpy
import shlex
import string
import subprocess
import sys
import textwrap
import tomllib
import types
from pathlib import Path
from typing import Any

import pytest
import yaml

import foldwise

ROOT = Path(__file__).resolve().parents[2]
MODULE = ROOT / "pipelines" / "nf-core" / "modules" / "foldwise" / "run"
WRAPPER = ROOT / "pipelines" / "snakemake" / "wrapper"
MAIN = (MODULE / "main.nf").read_text(encoding="utf-8")
PACKAGE = str(Path(foldwise.__file__).resolve().parents[1])


@pytest.fixture
def shell(tmp_path):
    """Run a script as a workflow program does: bash, every error ends it, ``foldwise`` on the PATH."""
    program = tmp_path / "bin" / "foldwise"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m foldwise "$@"\n')
    program.chmod(0o755)
    path = f"{program.parent}:{os.environ['PATH']}"
    paths = [PACKAGE, os.environ.get("PYTHONPATH", "")]
    env = {**os.environ, "PATH": path, "PYTHONPATH": ":".join(filter(None, paths))}

    def run(script: str, folder: Path) -> None:
        command = ["bash", "-euo", "pipefail", "-c", script]
        done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    return run


def block(name: str) -> str:
    """The shell script of the ``script:`` or ``stub:`` block."""
    part = re.search(rf'{name}:\n.*?"""\n(.*?)"""', MAIN, re.DOTALL)
    assert part is not None
    return textwrap.dedent(part.group(1))


def groovy(text: str, values: dict[str, str]) -> str:
    """Put values into ``${name}``, and undo the escapes, as Groovy does."""
    filled = re.sub(r"(?<!\\)\$\{([\w.]+)\}", lambda match: values[match.group(1)], text)
    return filled.replace("\\$", "$").replace("\\\\", "\\")


def outputs() -> list[str]:
    declared = MAIN.split("output:")[1].split("when:")[0]
    return re.findall(r'path[( ]"([^"]+)"\)?\s*,\s*emit', declared)


VALUES = {"counts": "counts.tsv", "samplesheet": "samples.tsv", "prefix": "study", "task.cpus": "2",
          "memory": "--memory 4G",
          "task.process": "NFCORE:FOLDWISE_RUN", "settings": "",
          "args": '--design "~ group" --contrast group:treated:control'}  # fmt: skip


@pytest.mark.parametrize("name", ["script", "stub"])
def test_the_nextflow_module_makes_what_it_declares(shell, tmp_path, name):
    for file in ("counts.tsv", "samples.tsv"):
        (tmp_path / file).write_bytes((MODULE / "tests" / file).read_bytes())
    shell(groovy(block(name), VALUES), tmp_path)
    declared = outputs()
    assert len(declared) == 10
    for pattern in declared:
        assert list(tmp_path.glob(pattern.replace("${prefix}", "study"))), pattern
    versions = yaml.safe_load((tmp_path / "versions.yml").read_text())
    assert versions == {"NFCORE:FOLDWISE_RUN": {"foldwise": foldwise.__version__}}
    if name == "script":
        facts = json.loads((tmp_path / "study" / "run.json").read_text())
        assert facts["contrasts"][0]["id"] == "group_treated_vs_control"


def test_the_nextflow_module_takes_a_config(shell, tmp_path):
    for file in ("counts.tsv", "samples.tsv"):
        (tmp_path / file).write_bytes((MODULE / "tests" / file).read_bytes())
    (tmp_path / "run.toml").write_text('[design]\nformula = "~ group"\n[method]\nname = "limma-trend"\n')
    values = {**VALUES, "settings": "--config run.toml", "args": "--fdr 0.1", "memory": ""}
    shell(groovy(block("script"), values), tmp_path)
    options = json.loads((tmp_path / "study" / "run.json").read_text())["options"]
    assert (options["method"]["name"], options["correction"]["fdr"]) == ("limma-trend", 0.1)


def test_the_module_and_its_description_agree():
    meta = yaml.safe_load((MODULE / "meta.yml").read_text())
    assert meta["name"] == "foldwise_run"
    emitted = re.findall(r"emit: (\w+)", MAIN)
    assert [item for entry in meta["output"] for item in entry] == emitted
    patterns = [key for entry in meta["output"] for each in entry.values() for item in each
                for key in (item if isinstance(item, dict) else {}) if key != "meta"]  # fmt: skip
    assert patterns == outputs()
    inputs = [key for group in meta["input"] for item in group for key in item]
    assert inputs == ["meta", "counts", "samplesheet", "config"]
    tests = (MODULE / "tests" / "main.nf.test").read_text()
    assert 'process "FOLDWISE_RUN"' in tests
    assert tests.count("{") == tests.count("}")
    assert MAIN.count("{") == MAIN.count("}")


class Named(list):
    """Files of a rule: a list whose items have names."""

    def __init__(self, **items: Any) -> None:
        super().__init__(items.values())
        self.__dict__.update(items)

    def get(self, name: str, default: Any = None) -> Any:
        return self.__dict__.get(name, default)


class Quoting(string.Formatter):
    """Snakemake's ``{value:q}``: quoted for the shell; lists are joined by blanks."""

    def format_field(self, value: Any, spec: str) -> str:
        items = [value] if isinstance(value, str) or not isinstance(value, list) else value
        return " ".join(shlex.quote(str(item)) if spec == "q" else str(item) for item in items)


def run_wrapper(monkeypatch, shell, folder: Path, **parts: Any) -> None:
    """Run wrapper.py with a stub of Snakemake: its object, and its ``shell``."""
    job = types.SimpleNamespace(threads=2, log_fmt_shell=lambda **_: "> log.txt 2>&1", resources=Named(), **parts)

    def run(template: str) -> None:
        names = sys._getframe(1).f_locals
        shell(Quoting().vformat(template, (), {**names, "snakemake": job}), folder)

    package, module = types.ModuleType("snakemake"), types.ModuleType("snakemake.shell")
    module.shell = run
    monkeypatch.setitem(sys.modules, "snakemake", package)
    monkeypatch.setitem(sys.modules, "snakemake.shell", module)
    runpy.run_path(str(WRAPPER / "wrapper.py"), init_globals={"snakemake": job})


@pytest.mark.parametrize(
    "outputs_of_rule",
    [{"outdir": "de"}, {"table": "de/results/group_treated_vs_control.tsv", "report": "de/report.html"},
     {"table": "de/results/group_treated_vs_control.tsv"}],
    ids=["directory", "files", "one table"],
)  # fmt: skip
def test_the_snakemake_wrapper_makes_its_outputs(monkeypatch, shell, tmp_path, outputs_of_rule):
    for file in ("counts.tsv", "samples.tsv"):
        (tmp_path / file).write_bytes((WRAPPER / "test" / file).read_bytes())
    (tmp_path / "de" / "results").mkdir(parents=True)  # as Snakemake does before a job
    run_wrapper(
        monkeypatch, shell, tmp_path,
        input=Named(counts=["counts.tsv"], samples="samples.tsv"), output=Named(**outputs_of_rule),
        params=Named(design="~ group", contrast=["group:treated:control"], extra="--fdr 0.1"),
    )  # fmt: skip
    for path in outputs_of_rule.values():
        assert (tmp_path / path).exists()
    assert (tmp_path / "de" / "run.json").is_file()
    assert not (tmp_path / "de" / "results" / "results").exists()


def test_shell_characters_in_the_names_of_a_rule_are_text(monkeypatch, shell, tmp_path):
    odd = tmp_path / "a b; touch pwned"
    odd.mkdir()
    for file in ("counts.tsv", "samples.tsv"):
        (odd / file).write_bytes((WRAPPER / "test" / file).read_bytes())
    run_wrapper(
        monkeypatch, shell, tmp_path,
        input=Named(counts=f"{odd.name}/counts.tsv", samples=f"{odd.name}/samples.tsv"), output=Named(outdir="$(id)"),
        params=Named(design="~ group"),
    )  # fmt: skip
    assert (tmp_path / "$(id)" / "run.json").is_file()
    assert not (tmp_path / "pwned").exists()


def test_the_recipes_ask_for_what_the_package_needs():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    recipe = yaml.safe_load((ROOT / "pipelines" / "conda" / "recipe.yaml").read_text())
    needed = {item.replace("matplotlib-base", "matplotlib") for item in recipe["requirements"]["run"]}
    assert needed == {"python >=3.11", *(re.sub(r"(>=)", r" \1", item) for item in project["dependencies"])}
    assert recipe["context"]["version"] == project["version"]
    assert recipe["about"]["license"] == project["license"]
    for path in (MODULE / "environment.yml", WRAPPER / "environment.yaml"):
        (package,) = yaml.safe_load(path.read_text())["dependencies"]
        assert package.endswith(f"={project['version']}")
    assert yaml.safe_load((WRAPPER / "meta.yaml").read_text())["name"] == "foldwise run"
