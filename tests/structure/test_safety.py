"""Rule S2 and S6: what the source may not call, and what a whole run may not do (seen by Python's audit hook)."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import foldwise
from foldwise.api.simulate import simulate, write_simulation
from tests.structure.test_lint import FILES, SOURCE

PACKAGE = str(Path(foldwise.__file__).resolve().parents[1])
# A program started, a module made of text, or an object built from a file
CALLS = {
    "os.system", "os.popen", "os.execv", "os.execve", "os.spawnv", "os.fork", "os.posix_spawn", "subprocess.run",
    "subprocess.Popen", "subprocess.call", "subprocess.check_call", "subprocess.check_output", "pty.spawn",
    "yaml.load", "yaml.unsafe_load", "yaml.full_load", "pickle.load", "pickle.loads", "joblib.load", "np.fromfile",
    "pd.read_pickle", "pd.eval", "numpy.load", "tempfile.mktemp", "importlib.util.module_from_spec", "ctypes.CDLL",
    "code.interact", "types.FunctionType", "types.CodeType", "socket.socket", "socket.create_connection",
    "urllib.request.urlopen", "webbrowser.open", "shelve.open", "marshal.loads", "dill.loads",
}  # fmt: skip
ATTRIBUTES = {"read_pickle", "to_pickle", "eval", "query", "run_code", "set_trace"}


def name_of(node: ast.expr) -> str:
    """Dotted name of what is called, as far as it is one."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{name_of(node.value)}.{node.attr}".lstrip(".")
    return ""


def calls(path: Path) -> list[ast.Call]:
    return [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_s2_nothing_runs_code_or_programs(path):
    for call in calls(path):
        name = name_of(call.func)
        where = f"{path.relative_to(SOURCE)}:{call.lineno} {name}"
        assert name not in CALLS, where
        assert name.rpartition(".")[2] not in ATTRIBUTES, where
        words = {keyword.arg: keyword.value for keyword in call.keywords}
        assert "shell" not in words, where
        if name == "np.load":
            allowed = words.get("allow_pickle")
            assert isinstance(allowed, ast.Constant), where
            assert allowed.value is False, where
        if name in ("Environment", "jinja2.Environment"):
            assert isinstance(words["autoescape"], ast.Constant), where
            assert words["autoescape"].value is True, where


# Ends the run at the first event that no run may cause; notes which files are opened for writing.
WATCHED = """
import json, os, sys
forbidden = ("socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "pty.",
             "pickle.find_class", "urllib.", "webbrowser.", "ftplib.", "smtplib.", "marshal.load")
written, seen = set(), []
def hook(event, arguments):
    # Python reads its own compiled modules by marshal
    if event.startswith(forbidden) and not (event.startswith("marshal.") and starting):
        seen.append(event)
    if event == "open" and isinstance(arguments[0], str):
        flags = arguments[2] if isinstance(arguments[2], int) else 0
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            written.add(os.path.realpath(arguments[0]))
starting = True
sys.addaudithook(hook)
from foldwise.cli import main
try:
    main()
except SystemExit as done:
    code = done.code
found = json.dumps({"code": code, "events": seen, "written": sorted(written)})
with open(os.environ["NOTES"], "w") as notes:
    notes.write(found)
"""


@pytest.mark.parametrize("more", [(), ("--shrink", "apeglm"), ("--method", "ols"), ("--json",)], ids=str)
def test_s6_a_run_opens_no_socket_starts_no_program_and_writes_into_its_directory_only(tmp_path, more):
    write_simulation(simulate(300, 6, seed=2), tmp_path)
    arguments = ["run", "counts.tsv.gz", "samples.tsv", "--design", "~ group", "--contrast", "group:treated:control"]
    environment = {"PYTHONPATH": PACKAGE, "NOTES": str(tmp_path / "notes.json"), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, *arguments, "-o", "out", *more],
        cwd=tmp_path,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    notes = json.loads((tmp_path / "notes.json").read_text())
    assert notes["code"] in (0, None)
    assert notes["events"] == []
    out = str((tmp_path / "out").resolve())
    outside = [path for path in notes["written"] if not path.startswith(out) and path not in ("/dev/null",)]
    assert outside == []
    assert len(notes["written"]) > 8
