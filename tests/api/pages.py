"""Run the examples of a documentation page: Python blocks and console blocks, in order, in one folder.

A block of `python` may be followed by a block of `text`: what it prints. A block of `console` holds lines that begin
with ``$``, of which those of foldwise are run, each followed by what it prints, or some lines of that in order. An
ellipsis on a line of its own stands for any lines, within a line for any words. Times, sizes of files and numbers of
threads may differ.

    python -m tests.api.pages docs/tutorial.md      # write what is printed into the page
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path

import foldwise

FENCE = re.compile(r"^```(python|console)\n(.*?)^```$(?:\n+^```text\n(.*?)^```$)?", re.MULTILINE | re.DOTALL)
KEYWORDS = """again = {{"contrast": ("dex", "trt", "untrt"), "method": res.spec.method.name, **dict({})}}
fw.de(counts, samples, "~ cell + dex", **again)"""
VARIES = [
    (re.compile(r"\b\d+ threads?\b"), "N threads"),
    (re.compile(r"\b[\d.]+ (s|kB|MB)(?=\b|\))"), r"0 \1"),
    (re.compile(r"[ \t]+$", re.MULTILINE), ""),
]


@dataclass(frozen=True)
class Step:
    """A block of Python, or a command as it stands, with what it prints according to the page (None: not said)."""

    kind: str
    code: str
    printed: str | None


def steps_of(text: str) -> list[Step]:
    """Return the steps of a page in order."""
    found = []
    for kind, body, printed in FENCE.findall(text):
        if kind == "python":
            found.append(Step(kind, body, printed or None))
            continue
        for command, output in commands(body):
            if command.startswith("foldwise "):
                found.append(Step(kind, command, output or None))
    return found


def table_steps(text: str) -> list[Step]:
    """Return the calls in the last column of a page's tables; ``lfc=1`` means the page's `fw.de` call with it."""
    found = []
    for row in re.findall(r"^\|.*\|$", FENCE.sub("", text), re.MULTILINE):
        cell = re.split(r"(?<!\\)\|", row)[-2].replace("\\|", "|")
        for code in re.findall(r"`([^`]+)`", cell):
            if re.match(r"(fw|res|fit)\.\w", code):
                found.append(Step("python", code, None))
            elif re.match(r"\w+=", code):
                found.append(Step("python", KEYWORDS.format(code), None))
    return found


def commands(body: str) -> list[tuple[str, str]]:
    """Return the commands of a console block, each with the lines below it."""
    parts = re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]
    pairs = []
    for part in parts:
        command = re.match(r"(?:.*\\\n)*.*\n?", part).group()
        pairs.append((command, part[len(command) :]))
    return pairs


def run(steps: list[Step], folder: Path) -> list[str]:
    """Run the steps in ``folder`` by another Python; return what each printed. Fails with its error."""
    script = folder / ".steps.json"
    script.write_text(json.dumps([[step.kind, step.code] for step in steps]), encoding="utf-8")
    source = str(Path(foldwise.__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": source, "MPLBACKEND": "agg", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, str(Path(__file__)), "--steps", script.name],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return json.loads(done.stdout)


def agrees(printed: str, expected: str, *, in_part: bool = False) -> bool:
    """Tell whether ``printed`` is what the page says, up to what may vary; ``in_part``: with other lines between."""
    for pattern, word in VARIES:
        printed, expected = pattern.sub(word, printed), pattern.sub(word, expected)
    lines = [
        r"(?:.*\n)*?" if line == "..." else re.escape(line).replace(re.escape("..."), ".*") + r"\n"
        for line in expected.rstrip().splitlines()
    ]
    between = r"(?:.*\n)*?" if in_part else ""
    pattern = between + "".join(line + between for line in lines) + r"\s*"
    return re.fullmatch(pattern, printed.rstrip() + "\n") is not None


def rewritten(text: str, printed: list[str]) -> str:
    """Return the page with what its steps printed, where it says anything."""
    done, rest = "", text
    for step, output in zip(steps_of(text), printed, strict=True):
        before, code, rest = rest.partition(step.code)
        done += before + code
        if step.printed is not None:
            before, said, rest = rest.partition(step.printed)
            done += before + (said if agrees(output, said) else output.rstrip() + "\n")
    return done + rest


def _run_here(name: str) -> None:
    """Run steps in this process, one namespace for all Python; print their outputs as JSON."""
    space: dict[str, object] = {"__name__": "__main__"}
    outputs = []
    warnings.simplefilter("ignore")
    for kind, code in json.loads(Path(name).read_text(encoding="utf-8")):
        if kind == "python":
            with contextlib.redirect_stdout(io.StringIO()) as words:
                exec(compile(code, "page", "exec"), space)  # noqa: S102  (our own documentation)
            outputs.append(words.getvalue())
            continue
        command = [sys.executable, "-m", "foldwise", *shlex.split(code.replace("\\\n", " "), comments=True)[1:]]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode not in (0, 3):
            sys.exit(f"{code}\nexit {done.returncode}\n{done.stdout}")
        outputs.append(done.stdout)
    print(json.dumps(outputs))


if __name__ == "__main__":
    if sys.argv[1] == "--steps":
        _run_here(sys.argv[2])
    else:
        page = Path(sys.argv[1])
        with tempfile.TemporaryDirectory() as place:
            found = run(steps_of(page.read_text(encoding="utf-8")), Path(place))
        page.write_text(rewritten(page.read_text(encoding="utf-8"), found), encoding="utf-8")
