"""Where the server may read and write: below the folders named at its start, wherever links lead."""

from __future__ import annotations

import os
import re
import sys
import sysconfig
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from foldwise.errors import InputError
from foldwise.io.wording import shown

_RUN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
# What Python and its libraries read by themselves.
_SYSTEM = (
    "/proc/cpuinfo/",
    "/proc/meminfo/",
    "/proc/self/",
    "/sys/fs/cgroup/",
    "/dev/urandom/",
    "/usr/share/zoneinfo/",
)
# Where libraries look for facts about the machine, and do without
_PROBED = ("/etc/", "/usr/", "/proc/", "/sys/", "/dev/", "/var/", "/lib", "/bin/", "/run/")
# Python's audit events: how many of their first arguments are paths
_CHANGES = {"os.rename": 2, "os.remove": 1, "os.mkdir": 1, "os.rmdir": 1, "os.symlink": 2, "os.link": 2}
_PATHS = {**_CHANGES, "open": 1, "os.listdir": 1, "os.scandir": 1}
_REACHES_OUT = {
    "socket.connect", "socket.bind", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.exec", "os.fork",
    "os.posix_spawn", "os.spawn",
}  # fmt: skip
_active = threading.local()


class Refused(PermissionError):
    """What the system says to who may not: libraries that ask for it on the way, as for ``uname``, go on without."""


class Jail:
    """Folders that may be read, and the one that may be written.

    Parameters
    ----------
    roots : sequence of Path
        Folders that inputs may lie in.
    output : Path
        Folder that runs are written into.
    """

    def __init__(self, roots: Sequence[Path], output: Path) -> None:
        self.roots = tuple(Path(os.path.realpath(root)) for root in roots)
        self.output = Path(os.path.realpath(output))
        self._system = (*_SYSTEM, f"/proc/{os.getpid()}/", *_code_folders())

    def readable(self, name: str) -> str:
        """Return the real path of an input; a relative one is looked for below each root.

        Raises
        ------
        InputError
            E-PATH-001 where it lies elsewhere, after every link was followed.
        """
        if "\x00" in name or len(name) > 4096 or name.startswith("\\\\"):
            raise outside(name)
        given = Path(name)
        candidates = [given] if given.is_absolute() else [root / given for root in self.roots]
        real = [Path(os.path.realpath(path)) for path in candidates]
        inside = [path for path in real if self.may_read(path)]
        if not inside:
            raise outside(name)
        return str(next((path for path in inside if path.exists()), inside[0]))

    def run_directory(self, run: str) -> Path:
        """Return the directory of a run of this name.

        Raises
        ------
        InputError
            E-PATH-001 for a name that is more than a name, or a directory that is a link.
        """
        path = self.output / run if _RUN_NAME.fullmatch(run) else self.output
        if path == self.output or Path(os.path.realpath(path)) != path:
            raise outside(run)
        return path

    def may_read(self, path: Path) -> bool:
        """Tell whether a real path lies in a folder that may be read."""
        return any(path.is_relative_to(folder) for folder in (*self.roots, self.output))

    @contextmanager
    def closed(self) -> Iterator[None]:
        """Refuse, while inside ``with`` in this thread, to touch any other file, whoever asks for it."""
        _install()
        before, compiled = getattr(_active, "jail", None), sys.dont_write_bytecode
        _active.jail, sys.dont_write_bytecode = self, True
        try:
            yield
        finally:
            _active.jail, sys.dont_write_bytecode = before, compiled

    def require(self, path: str, *, writes: bool) -> None:
        """Raise E-PATH-001 where a file or folder is to be opened, listed or changed that lies elsewhere."""
        # The server works in the output folder; names relative to an open folder, as rmtree uses, lie in it too
        real = os.path.realpath(self.output / path)
        if Path(real).is_relative_to(self.output) or real == "/dev/null":
            return
        if not writes and (self.may_read(Path(real)) or f"{real}/".startswith(self._system)):
            return
        if real.startswith(_PROBED):
            raise Refused(f"{shown(Path(path).name)} lies outside the folders that this server may use.")
        raise outside(Path(path).name)


def outside(name: str) -> InputError:
    """Return E-PATH-001; of the path only its name is said."""
    found = f"{shown(name)} lies outside the folders that this server may use."
    return InputError("E-PATH-001", found, "Give a path inside a folder named with --root; runs have plain names.")


def forget_working_directory() -> None:
    """Load no code from the folder that the server was started in."""
    here = os.path.realpath(".")
    home = str(Path(__file__).resolve().parents[2])
    sys.path[:] = [path for path in sys.path if path and (os.path.realpath(path) != here or here == home)]


def _code_folders() -> tuple[str, ...]:
    """Return the folders that Python loads code and its data from, each with a slash at the end."""
    found = {sys.prefix, sys.base_prefix, *sysconfig.get_paths().values(), *(path for path in sys.path if path)}
    found.add(str(Path(__file__).resolve().parents[2]))
    return tuple(sorted(f"{os.path.realpath(path)}/" for path in found if os.path.realpath(path) != "/"))


_installed = threading.Lock()
_hooked: list[bool] = []


def _install() -> None:
    """Have Python ask before it touches a file; a hook stays for the life of the process and idles outside `closed`."""
    with _installed:
        if not _hooked:
            sys.addaudithook(_before)
            _hooked.append(True)


def _before(event: str, arguments: tuple[object, ...]) -> None:
    jail = getattr(_active, "jail", None)
    if jail is None:
        return
    if event in _REACHES_OUT:
        raise Refused(f"A tool may not use {event}.")
    paths = [os.fsdecode(item) for item in arguments[: _PATHS.get(event, 0)] if isinstance(item, str | bytes)]
    if not paths or (event in _CHANGES and arguments[-1] not in (-1, None)):  # relative to a folder that is open
        return
    writes = event in _CHANGES or (event == "open" and _writes(arguments))
    _active.jail = None  # the question must not ask itself
    try:
        for path in paths:
            jail.require(path, writes=writes)
    finally:
        _active.jail = jail


def _writes(arguments: tuple[object, ...]) -> bool:
    flags = arguments[2] if len(arguments) > 2 and isinstance(arguments[2], int) else 0
    return bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC))
