"""SG: signatures. Sex in three laboratories, pure noise with and without a leak, and nivolumab as it is."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from foldwise.api.score import scored
from foldwise.api.signature import Wanted, learn_signature
from foldwise.io.read import from_frames
from foldwise.learn import scores
from foldwise.learn.evaluation import Settings, evaluate
from foldwise.learn.expression import prepare
from foldwise.learn.nested import Plan, nested
from foldwise.learn.signature import solver
from foldwise.model.experiment import Experiment
from foldwise.model.signature import SignatureResult
from verification.reference import table
from verification.t6_sex_genes import MISLABELED

TEST_STUDIES = ("Montgomery", "Cheung")
N_TOP = 10
# Genes, samples and variable genes of the noise; reduced from 20,000 x 40 and 2,000.
NOISE = (1_000, 40, 500)
N_LEAKED = 50
NULL_PERMUTATIONS = 9


def sex(permutations: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Learn sex on the 69 Pickrell lines; return the judged signatures, and how one does in the two other studies.

    The same lines stand in two tables, of different annotations; the table of all three studies is the one that scores.
    """
    sheet = table("hapmap", "samples.tsv")
    train = sheet[sheet["study"] == "Pickrell"]
    found = learn_signature(experiment_of("hapmap", train), Wanted("gender", "individual", None, permutations))
    alone = learn_signature(
        experiment_of("pickrell", table("pickrell", "samples.tsv")), Wanted("gender", None, None, permutations)
    )
    named = (("hapmap, 69 lines of Pickrell", found), ("pickrell", alone))
    judged = [_judged(name, each) | _on_sex_list(each) for name, each in named]
    rows = []
    for name, studies in (*((study, (study,)) for study in TEST_STUDIES), ("both", TEST_STUDIES)):
        rows.append(_transfer(name, found, sheet[sheet["study"].isin(studies)]))
    rows.append(_transfer("both, without the mislabeled line", found, sheet[
        sheet["study"].isin(TEST_STUDIES) & (sheet.index != MISLABELED)]))  # fmt: skip
    return pd.DataFrame(judged), pd.DataFrame(rows)


def nivolumab(permutations: int) -> pd.DataFrame:
    """Return the signature of biopsies on treatment against those before, as it is."""
    sheet = table("nivolumab", "samples.tsv")
    found = learn_signature(experiment_of("nivolumab", sheet), Wanted("time:On:Pre", "patient", None, permutations))
    return pd.DataFrame([_judged("nivolumab", found)])


def noise(seeds: int) -> pd.DataFrame:
    """Return per seed the AUC and p of a signature of labels that mean nothing, and the AUC with a leaking filter."""
    return pd.DataFrame([_noise(seed) for seed in range(seeds)])


def noise_summary(runs: pd.DataFrame) -> pd.DataFrame:
    """Return mean AUC with its error, and how the p-values lie, one row per way."""
    n = len(runs)
    uniform = stats.kstest(np.ceil(runs["p"] * (NULL_PERMUTATIONS + 1)), stats.randint(1, NULL_PERMUTATIONS + 2).cdf)
    rows = []
    for way in ("inside", "leak"):
        areas = runs[f"auc_{way}"]
        row = {
            "way": {"inside": "everything inside the fold", "leak": f"{N_LEAKED} genes chosen on all samples"}[way],
            "genes": NOISE[0], "samples": NOISE[1], "seeds": n, "auc": areas.mean(),
            "auc_se": areas.std(ddof=1) / np.sqrt(n), "low": areas.min(), "high": areas.max(),
        }  # fmt: skip
        if way == "inside":
            hits = int((runs["p"] <= 0.1 + 1e-12).sum())
            bounds = stats.binomtest(hits, n).proportion_ci(method="wilson")
            row |= {"p_to_10": hits / n, "p_low": bounds.low, "p_high": bounds.high, "p_uniform": uniform.pvalue}
        rows.append(row)
    return pd.DataFrame(rows)


def simulated_noise(seed: int, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Return counts with depth, dispersion and shared factors of real data, and labels drawn apart from them."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(77,)))
    m, n = shape
    log_mean = rng.normal(4.5, 1.7, m)[:, None] + np.log(rng.uniform(0.5, 2.0, n))
    log_mean = log_mean + 0.3 * rng.normal(size=(m, 3)) @ rng.normal(size=(3, n))
    counts = rng.negative_binomial(6, 6 / (6 + np.exp(log_mean))).astype(np.int32)
    return counts, rng.permutation(np.arange(n) % 2)


def leaking_area(counts: np.ndarray, y: np.ndarray, stream: np.random.SeedSequence, n_genes: int = N_LEAKED) -> float:
    """Return the AUC of nested cross-validation on the genes that differ most between the classes of all samples."""
    everything, values = prepare(counts, np.arange(len(y)), counts.shape[0])
    t = np.abs(stats.ttest_ind(values[y == 1], values[y == 0]).statistic)
    rows = np.sort(everything.genes[np.argsort(-t)[:n_genes]])

    def columns(train: np.ndarray, _: np.random.SeedSequence) -> tuple[np.ndarray, np.ndarray]:
        kept, x = prepare(counts, train, counts.shape[0])
        chosen = np.isin(kept.genes, rows)
        return np.ascontiguousarray(x[:, chosen]), kept.genes[chosen]

    with solver():
        fits = list(nested(columns, y, np.arange(len(y)), Plan(1), stream))
    return scores.area(scores.held_out(fits, len(y)), y)


def _noise(seed: int) -> dict[str, float]:
    counts, y = simulated_noise(seed, NOISE[:2])
    stream = np.random.SeedSequence(seed, spawn_key=(9, 0))
    settings = Settings(Plan(1), NULL_PERMUTATIONS, 1, NOISE[2])
    done = evaluate(counts, y, np.arange(len(y)), settings, stream)
    return {
        "seed": seed, "auc_inside": done.genes.area, "p": scores.permutation_pvalue(done.permuted_score, done.permuted),
        "auc_leak": leaking_area(counts, y, stream),
    }  # fmt: skip


def _on_sex_list(found: SignatureResult) -> dict[str, object]:
    """Return how many of the most stable genes are on the male-specific Y or escape X inactivation."""
    truth = table("hapmap", "truth.tsv.gz").reindex(found.genes.index[:N_TOP])
    listed = truth["msY"].eq(True) | truth["XiE"].eq(True)
    on_x_or_y = int(truth["chr"].isin(["X", "Y"]).sum())
    return {"top": len(truth), "top_on_sex_list": int(listed.sum()), "top_on_x_or_y": on_x_or_y}


def experiment_of(name: str, samples: pd.DataFrame) -> Experiment:
    """Return some samples of a data set."""
    experiment, _ = from_frames(table(name, "counts.tsv.gz")[samples.index], samples)
    return experiment


def _judged(name: str, found: SignatureResult) -> dict[str, object]:
    majority, technical, random = found.baselines
    low, high = found.model.classes
    return {
        "data": name, "classes": f"{high} / {low}", "persons": f"{found.n_persons[1]} / {found.n_persons[0]}",
        "samples": sum(found.n_samples), "auc": found.score.auc, "low": found.score.low, "high": found.score.high,
        "balanced_accuracy": found.score.balanced_accuracy, "brier": found.score.brier,
        "brier_majority": majority.brier,
        "p": found.pvalue, "permutations": len(found.permuted), "auc_library": technical.auc, "auc_random": random.auc,
        "stable_genes": len(found.stable),
    }  # fmt: skip


def _transfer(name: str, found: SignatureResult, samples: pd.DataFrame) -> dict[str, object]:
    """Score samples of other studies with the model; the interval draws individuals."""
    scored_table, _ = scored(found.model, experiment_of("hapmap", samples))
    chance = scored_table["probability"].to_numpy()
    y = (samples["gender"] == found.model.classes[1]).to_numpy().astype(np.int64)
    person = np.unique(samples["individual"], return_inverse=True)[1].astype(np.int64)
    held = scores.Held(chance[None, :], np.zeros((1, len(y)), dtype=np.int64), chance[None, :] > found.model.threshold)
    low, high = scores.area_interval(held, y, person, np.random.default_rng(1))
    return {
        "test": name, "samples": len(y), "individuals": int(person.max()) + 1, "auc": scores.plain_area(chance, y),
        "low": low, "high": high, "balanced_accuracy": scores.balanced_accuracy(held, y),
        "mean_probability": chance.mean(), "share": y.mean(),
    }  # fmt: skip
