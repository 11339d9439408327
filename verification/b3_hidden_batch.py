"""B3: a batch that nobody wrote down, more or less the same as the group: false discoveries and power."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from foldwise.certify.hidden_factors import FactorSettings, with_factors
from foldwise.certify.procedure import classical
from foldwise.certify.seeds import FAKE, stream
from foldwise.model.contrast import make_contrasts
from foldwise.model.design import make_design
from foldwise.model.experiment import Experiment
from foldwise.model.spec import AnalysisSpec
from foldwise.model.spec_options import with_options
from verification.hidden import chosen, expressed
from verification.rates import standard_error

CORRELATIONS = (0.0, 0.5, 0.8)
N_GENES, PER_GROUP, SHARE, BATCH_SD = 2000, 20, 0.1, 0.5
WAYS = ("none", "hidden factors", "batch known")


def batch_counts(correlation: float, seed: tuple[int, ...]) -> tuple[Experiment, np.ndarray]:
    """Return counts of 20 v 20 in two batches of the given correlation with the group, and the changed genes.

    The batch moves every gene by a normal log fold change, a tenth of the genes change between the groups.
    """
    rng = np.random.default_rng(seed)
    group = np.repeat([0, 1], PER_GROUP)
    # Of a group the share (1 + r) / 2 is in one batch, which makes the correlation r
    n_first = round(PER_GROUP * (1 + correlation) / 2)
    batch = np.concatenate([np.arange(PER_GROUP) >= n_first, np.arange(PER_GROUP) < n_first]).astype(int)
    changed = rng.random(N_GENES) < SHARE
    log_mean = rng.normal(5.0, 1.2, N_GENES)[:, None] + rng.normal(0, 0.25, 2 * PER_GROUP)
    log_mean = log_mean + BATCH_SD * rng.normal(size=(N_GENES, 1)) * batch
    log_mean = (
        log_mean + np.where(changed, rng.choice([-1, 1], N_GENES) * rng.uniform(0.3, 1.0, N_GENES), 0)[:, None] * group
    )
    counts = rng.poisson(rng.gamma(1 / 0.1, 0.1 * np.exp(log_mean)))
    sheet = pd.DataFrame({"group": np.where(group == 1, "b", "a"), "batch": np.where(batch == 1, "y", "x")})
    sheet.index = pd.Index([f"s{j:02d}" for j in range(2 * PER_GROUP)])
    genes = pd.DataFrame(index=[f"g{i:04d}" for i in range(N_GENES)])
    return Experiment(np.ascontiguousarray(counts, dtype=np.int32), sheet, genes), changed


def runs(n: int, correlations: Sequence[float] = CORRELATIONS, method: str = "limma-voom") -> pd.DataFrame:
    """Return one row per simulation and way: without factors, with as many as chosen, with the batch in the design."""
    rows = []
    spec = with_options(AnalysisSpec(), {"method": method})
    for correlation in correlations:
        for i in range(n):
            experiment, changed = batch_counts(correlation, (41, round(10 * correlation), i))
            of, design = expressed(experiment, "~ group")
            k = chosen(of, design, seed=i + 1).k
            known = make_design("~ batch + group", experiment.samples)
            for way in WAYS:
                procedure = with_factors(spec, FactorSettings(k)) if way == "hidden factors" else classical(spec)
                used = known if way == "batch known" else design
                contrasts = make_contrasts(used, [("group", "b", "a")])
                hits = procedure(experiment, used, contrasts, stream(1, FAKE))[0].called(0.05)
                rows.append({"correlation": correlation, "run": i, "way": way, "k": k if way == "hidden factors" else 0,
                             "fdp": (hits & ~changed).sum() / max(hits.sum(), 1),
                             "power": (hits & changed).sum() / changed.sum()})  # fmt: skip
    return pd.DataFrame(rows)


def summary(table: pd.DataFrame, most_fdp: float = 0.06, least: float = 0.05) -> pd.DataFrame:
    """Return mean FDP and power; factors pass with an FDP of .06 and power within 5 points of the known batch."""
    rows = []
    for (correlation, way), group in table.groupby(["correlation", "way"], sort=False):
        best = table.query("correlation == @correlation and way == 'batch known'")["power"].mean()
        fdp, error, power = group["fdp"].mean(), standard_error(group["fdp"].to_numpy()), group["power"].mean()
        good = fdp <= most_fdp + 2 * error and power >= best - least
        rows.append({
            "correlation": correlation, "way": way, "runs": len(group),
            "k": "/".join(str(k) for k in sorted(set(group["k"]))), "fdp": fdp, "fdp_se": error, "power": power,
            "verdict": "" if way != "hidden factors" else "pass" if good else "FAIL",
        })  # fmt: skip
    return pd.DataFrame(rows)
