"""Snakemake wrapper for foldwise run: counts and a sample sheet in, a directory of tables and a report out."""

__license__ = "BSD-3-Clause"

import os

from snakemake.shell import shell

log = snakemake.log_fmt_shell(stdout=True, stderr=True)  # noqa: F821
inputs, outputs, params = snakemake.input, snakemake.output, snakemake.params  # noqa: F821

counts = inputs.counts if isinstance(inputs.counts, str) else list(inputs.counts)
arguments = []
if inputs.get("samples"):
    arguments += ["--samples", inputs.samples]
if inputs.get("config"):
    arguments += ["--config", inputs.config]
for flag in ("design", "method", "reduced", "groups"):
    if params.get(flag):
        arguments += [f"--{flag}", params.get(flag)]
for flag in ("contrast", "reference"):
    values = params.get(flag, [])
    for value in [values] if isinstance(values, str) else values:
        arguments += [f"--{flag}", value]
memory = snakemake.resources.get("mem_mb")  # noqa: F821
if isinstance(memory, (int, float)):
    arguments += ["--memory", f"{int(memory)}M"]

# The directory is an output of its own, or the one that all outputs lie in
outdir = outputs.get("outdir") or os.path.commonpath([os.path.dirname(path) or "." for path in outputs])  # noqa: PTH120
outdir = outdir.removesuffix("/results").removesuffix("/counts") or "."
extra = params.get("extra", "")

# {...:q} quotes for the shell; --force because Snakemake has made the folders of the outputs
shell(
    "foldwise run {counts:q} {arguments:q} --threads {snakemake.threads} --yes --no-progress --force "
    "-o {outdir:q} {extra} {log}"
)
