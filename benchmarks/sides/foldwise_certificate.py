"""foldwise: null runs of the whole deseq2 analysis, half with fake factors and half with scrambled labels."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import common
import pandas as pd

import foldwise
from foldwise import pipeline
from foldwise.certify.null_runs import Settings, fake_jobs, fakes_for, null_runs, scramble_jobs
from foldwise.certify.procedure import classical, reusable_factors
from foldwise.certify.scrambles import scrambles, variables_of
from foldwise.certify.seeds import FAKE, SCRAMBLE
from foldwise.engine.threads import ThreadEngine
from foldwise.model.experiment import Experiment
from foldwise.model.spec import AnalysisSpec
from foldwise.model.spec_options import with_options

RUNS = 100

counts, samples, formula = common.load(Path(sys.argv[1]))
experiment = Experiment(counts, samples, pd.DataFrame(index=[f"g{i}" for i in range(len(counts))]))
spec = with_options(AnalysisSpec(), {"design": formula})
analysis = pipeline.run(spec, experiment, engine=ThreadEngine(1))
contrasts = [result.contrast for result in analysis.results]
variables = variables_of(analysis.design, contrasts[0])
fakes = list(fake_jobs(experiment, analysis.design, fakes_for("deseq2", analysis.design, RUNS, 1)))
scrambled = list(scramble_jobs(
    experiment, analysis.design, scrambles(analysis.design, variables, RUNS, 1), variables, contrasts
))  # fmt: skip
# Few samples have few groupings: they are repeated
fakes, scrambled = ((jobs * RUNS)[:RUNS] for jobs in (fakes, scrambled))
procedure = classical(spec, reusable_factors(spec, analysis.size_factors))
start, wall = common.cpu_seconds(), time.perf_counter()
found = [null_runs(procedure, jobs, Settings(), component=component)
         for jobs, component in ((fakes, FAKE), (scrambled, SCRAMBLE))]  # fmt: skip
facts = {
    "version": foldwise.__version__,
    "import_cpu": 0.0,
    "first_call_cpu": 0.0,
    "cpu": common.cpu_seconds() - start,
    "wall": time.perf_counter() - wall,
    "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    "runs": sum(map(len, found)),
}
sys.stdout.write("\n" + json.dumps(facts) + "\n")
