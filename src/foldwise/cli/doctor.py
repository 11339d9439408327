"""``foldwise doctor``: what is installed and whether it works."""

from __future__ import annotations

import importlib
import os
from importlib.util import find_spec

import click

from foldwise.cli.text import layout
from foldwise.errors import EXIT_INTERNAL

_CORE = ("numpy", "scipy", "pandas", "formulaic", "click", "rich", "jinja2", "tomli_w")
_EXTRAS = {
    "anndata": ("anndata", "h5py"), "zarr": ("zarr",), "parquet": ("pyarrow",),
    "excel": ("xlsxwriter", "python_calamine"), "yaml": ("yaml",), "plot": ("matplotlib", "adjustText"),
    "enrich": ("gseapy", "decoupler"), "mcp": ("mcp",), "learn": ("sklearn",),
}  # fmt: skip


@click.command("doctor")
@click.pass_context
def command(ctx: click.Context) -> None:
    """Show versions, machine, extras; exit 0 if foldwise can run here."""
    from importlib.metadata import PackageNotFoundError, version

    import foldwise
    from foldwise.provenance import machine

    rows = [["foldwise", foldwise.__version__, "ok"]]
    healthy = True
    for name in _CORE:
        try:
            rows.append([name, version(name.replace("_", "-")), "ok"])
        except PackageNotFoundError:
            healthy = False
            rows.append([name, "missing", f"x  pip install {name.replace('_', '-')}"])
    kernels, works = _kernel_state()
    rows.append(["kernels", kernels, "ok" if works else "x  reinstall foldwise for this Python"])
    for extra, modules in _EXTRAS.items():
        missing = [name for name in modules if find_spec(name) is None]
        advice = f".  pip install 'foldwise[{extra}]'" if missing else "ok"
        rows.append([f"[{extra}]", "missing" if missing else "installed", advice])
    facts = machine()
    rows.append(["machine", f"{facts['system']} {facts['machine']}", " ".join(facts["cpu_flags"])])
    rows.append(["cores", str(len(os.sched_getaffinity(0))), "usable by this process"])
    for line in layout(rows):
        click.echo(line)
    if not (healthy and works):
        ctx.exit(EXIT_INTERNAL)


def _kernel_state() -> tuple[str, bool]:
    """Return the SIMD level in use and whether one kernel gives the number it should."""
    try:
        kernels = importlib.import_module("foldwise._kernels")
        import numpy as np

        good = float(kernels.elementwise("log", np.array([1.0, 4.0]))[1]) == float(np.log(4.0))
        return str(kernels.tier), good
    except (ImportError, AttributeError) as error:
        return type(error).__name__, False
