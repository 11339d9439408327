"""Make the project's own virtual environment and install foldwise into it. Standard library only.

    python3 scripts/environment.py .venv            # foldwise with its dependencies
    python3 scripts/environment.py .venv --test     # and what the tests need
    python3 scripts/environment.py .venv-docs --docs    # and what the documentation site needs

Nothing is installed outside the environment. A second run only does what is missing: packages are
installed when pyproject.toml changed, foldwise is rebuilt when a source changed.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD_TOOLS = ["scikit-build-core>=0.10", "nanobind>=3.1", "cmake>=3.24", "ninja"]
SOURCES = ["pyproject.toml", "CMakeLists.txt", "cpp", "src"]
NOT_SOURCES = {".so", ".pyc"}


def main() -> None:
    """Parse the arguments and bring the environment up to date."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", type=Path)
    parser.add_argument("--test", action="store_true", help="also install what the tests need")
    parser.add_argument("--docs", action="store_true", help="also install what the documentation site needs")
    arguments = parser.parse_args()
    check_machine()
    python = make_environment(arguments.directory.absolute())
    extra = "test" if arguments.test else "docs" if arguments.docs else ""
    install(python, arguments.directory.absolute(), extra)


def check_machine() -> None:
    """Stop with a sentence where something is missing that pip cannot bring."""
    missing = []
    if sys.version_info < (3, 11):
        missing.append(f"Python 3.11 or newer (this is {sys.version.split()[0]}; set PYTHON=...)")
    if not any(shutil.which(name) for name in (os.environ.get("CXX", "g++"), "g++", "c++", "clang++")):
        missing.append("a C++20 compiler (Debian: apt install g++)")
    if not (Path(sysconfig.get_path("include")) / "Python.h").is_file():
        missing.append("Python's header files (Debian: apt install python3-dev)")
    if missing:
        sys.exit("foldwise cannot be built here. Missing:\n  - " + "\n  - ".join(missing))


def make_environment(directory: Path) -> Path:
    """Create the environment if there is none; return its interpreter."""
    python = directory / "bin" / "python"
    if python.exists() and works(python, "-m", "pip", "--version"):
        return python
    has_ensurepip = importlib.util.find_spec("ensurepip") is not None
    flags = [] if has_ensurepip else ["--without-pip"]
    if not works(sys.executable, "-m", "venv", "--clear", *flags, str(directory)):
        no_pip("the module venv does not work")
    if not has_ensurepip and not works(sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "pip"):
        no_pip("the module ensurepip is missing, and there is no pip to take its place")
    return python


def no_pip(reason: str) -> None:
    sys.exit(
        f"No virtual environment can be made: {reason}.\n"
        "On Debian: apt install python3-venv (or python3-pip), then run the same command again."
    )


def works(*command: object) -> bool:
    return subprocess.run([str(part) for part in command], capture_output=True, check=False).returncode == 0


def install(python: Path, directory: Path, extra: str) -> None:
    """Install dependencies and foldwise where the digests of their sources changed."""
    pip = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    wanted = f"[{extra}]" if extra else ""
    dependencies = digest(["pyproject.toml"]) + wanted
    code = digest(SOURCES)
    dependency_stamp, code_stamp = directory / "dependencies.stamp", directory / "code.stamp"
    if read(dependency_stamp) not in (dependencies, digest(["pyproject.toml"]) + "[test]"):
        print("installing dependencies ...", flush=True)
        call([*pip, *BUILD_TOOLS])
        call([*pip, "--no-build-isolation", f"{ROOT}{wanted}"])
        dependency_stamp.write_text(dependencies)
        code_stamp.write_text(code)
    elif read(code_stamp) != code:
        print("building foldwise ...", flush=True)
        call([*pip, "--no-build-isolation", "--no-deps", "--force-reinstall", str(ROOT)])
        code_stamp.write_text(code)


def call(command: list[str]) -> None:
    # The build takes cmake and ninja from the environment, not from the machine.
    path = f"{Path(command[0]).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "PATH": path}, check=False)
    if done.returncode != 0:
        sys.exit(f"failed: {' '.join(command)}")


def digest(names: list[str]) -> str:
    """SHA-256 of the files below the given paths."""
    total = hashlib.sha256()
    for name in names:
        path = ROOT / name
        files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for file in files:
            if file.suffix not in NOT_SOURCES:
                total.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
    return total.hexdigest()


def read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


if __name__ == "__main__":
    main()
