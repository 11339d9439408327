"""``fw.signature``: a panel of genes that predicts a class, judged on samples that were held out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from foldwise.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from foldwise.api.outcome import Outcome
    from foldwise.learn.evaluation import Evaluation, Judged
    from foldwise.model.analysis import Message
    from foldwise.model.experiment import Experiment
    from foldwise.model.signature import Score, SignatureModel, SignatureResult

Progress = Callable[[str, int, int], None]

STABLE_FROM = 0.8
LEAST_REPEATS, MOST_REPEATS, MOST_PERMUTATIONS = 1, 100, 100_000


@dataclass(frozen=True, eq=False, repr=False)
class Signature:
    """A signature and how well it did on held-out samples.

    Parameters
    ----------
    result : SignatureResult
        Every number behind the properties below.
    """

    result: SignatureResult

    @property
    def auc(self) -> float:
        """Area under the ROC curve in nested cross-validation."""
        return self.result.score.auc

    @property
    def interval(self) -> tuple[float, float]:
        """Its 95 % interval, from persons drawn anew."""
        return self.result.score.low, self.result.score.high

    @property
    def pvalue(self) -> float:
        """Permutation p-value of the AUC; NaN without permutations."""
        return self.result.pvalue

    @property
    def genes(self) -> pd.DataFrame:
        """Genes chosen in any fold or in the model, the most stable first."""
        return self.result.genes

    @property
    def predictions(self) -> pd.DataFrame:
        """Out-of-fold probabilities, one row per sample."""
        return self.result.predictions

    @property
    def model(self) -> SignatureModel:
        """The model fitted to all samples."""
        return self.result.model

    def predict(self, counts: Any, samples: Any = None, **options: Any) -> pd.DataFrame:
        """Score new samples with the model of all samples; see `score_samples`."""
        return score_samples(self.model, counts, samples, **options)

    def save(self, path: str | Path) -> None:
        """Write the model as JSON; `foldwise.read_signature` reads it."""
        from foldwise.io.signature_model import model_text
        from foldwise.io.write_text import write_file

        write_file(path, model_text(self.model).encode("ascii"))

    def write(self, directory: str | Path, *, force: bool = False) -> list[str]:
        """Write what ``foldwise signature`` writes: model, tables, pictures, page; return the names."""
        from foldwise.api.write_signature import write_signature

        return write_signature(self.result, directory, force=force)

    def report(self, path: str | Path) -> None:
        """Write the page alone, one HTML file."""
        from foldwise.io.write_text import write_file
        from foldwise.report.signature_page import render_signature

        write_file(path, render_signature(self.result).encode("utf-8", "replace"))

    def __repr__(self) -> str:
        from foldwise.report.signature_words import sentences

        return "\n".join(sentences(self.result))


def signature(
    counts: Any,
    samples: Any = None,
    outcome: str = "",
    *,
    group: str | None = None,
    batch: str | None = None,
    permutations: int = 200,
    repeats: int = 10,
    random_state: int = 1,
    progress: Progress | None = None,
    **options: Any,
) -> Signature:
    """Learn from counts which of two classes a sample belongs to, and find out how well that works.

    Elastic-net logistic regression, judged by nested cross-validation (5 outer folds, repeated; 5 inner folds choose
    the penalty): gene filter, depth, scaling and choice of genes are made anew from the training samples of each fold.

    Parameters
    ----------
    counts, samples
        As in `read`; or an `Experiment`.
    outcome : str
        Column of the sheet with two values, or ``COLUMN:CLASS:REFERENCE``; the probability is that of CLASS.
    group : str, optional
        Column that names the person (animal, culture) of each sample; samples of one stay on one side of every
        division, and labels are permuted by person.
    batch : str, optional
        Column of batches: the outcome must not be told by it.
    permutations : int
        Times that the whole is done again with permuted labels; 0 for no p-value.
    repeats : int
        Repeats of the outer division.
    random_state : int
        Seed; same seed, same numbers.
    progress : callable, optional
        Called with ``(stage, done, total)``.
    **options
        Input settings, as in `read`.

    Returns
    -------
    Signature

    Raises
    ------
    FoldwiseError
        E-LEARN-003 with fewer than 10 persons in a class, or where the outcome is the batch; E-EXTRA-001 without
        scikit-learn; E-SHEET-*, E-CONTRAST-001, E-DESIGN-001, E-USAGE-002 for an outcome that is no two classes.

    Notes
    -----
    A predictive gene is not a differential one: of genes that say the same one is chosen and the others are left out.
    """
    from foldwise.api.coerce import read_experiment
    from foldwise.api.emit import emit
    from foldwise.learn.signature import require_sklearn
    from foldwise.model.spec import AnalysisSpec
    from foldwise.model.spec_options import with_options

    require_sklearn()
    wanted = Wanted(outcome, group, batch, permutations, repeats, random_state)
    spec = with_options(AnalysisSpec(), options)
    experiment, messages = read_experiment(counts, samples, spec)
    result = learn_signature(experiment, wanted, messages, drop=spec.input.drop_na, progress=progress)
    emit(result.messages)
    return Signature(result)


@dataclass(frozen=True)
class Wanted:
    """What is asked for; see `signature` for the meaning.

    Parameters
    ----------
    outcome : str
    group, batch : str, optional
    permutations, repeats, seed : int
    """

    outcome: str
    group: str | None = None
    batch: str | None = None
    permutations: int = 200
    repeats: int = 10
    seed: int = 1

    def __post_init__(self) -> None:
        if not self.outcome:
            fix = "Write --outcome COLUMN (outcome='COLUMN'), a column of the sample sheet."
            raise UsageError("E-USAGE-002", "No outcome is given.", fix)
        bounds = {
            "permutations": (0, MOST_PERMUTATIONS), "repeats": (LEAST_REPEATS, MOST_REPEATS), "seed": (0, 2**63 - 1),
        }  # fmt: skip
        for name, (low, high) in bounds.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
                fix = f"Give a whole number from {low:,} to {high:,}."
                raise UsageError("E-USAGE-002", f"{name} is {value!r}.", fix)


def learn_signature(
    experiment: Experiment,
    wanted: Wanted,
    messages: tuple[Message, ...] = (),
    *,
    drop: bool = False,
    progress: Progress | None = None,
) -> SignatureResult:
    """Return the judged signature of an experiment; nothing is printed or raised as a warning.

    Parameters
    ----------
    experiment : Experiment
    wanted : Wanted
    messages : tuple of Message
        What reading found.
    drop : bool
        Leave out samples without an outcome.
    progress : callable, optional
    """
    from foldwise.api.outcome import resolve_outcome
    from foldwise.certify import seeds
    from foldwise.learn.evaluation import Settings, evaluate
    from foldwise.learn.folds import person_numbers
    from foldwise.learn.nested import Plan

    found = resolve_outcome(experiment, wanted.outcome, wanted.group, wanted.batch, drop)
    settings = Settings(Plan(wanted.repeats), wanted.permutations)
    stream = seeds.stream(wanted.seed, seeds.SIGNATURE)
    done = evaluate(found.experiment.counts, found.y, person_numbers(found.persons), settings, stream, progress)
    return _result(found, done, settings, wanted, (*messages, *found.messages))


def score_samples(model: SignatureModel, counts: Any, samples: Any = None, **options: Any) -> pd.DataFrame:
    """Score new samples, each by itself: its depth is taken against the training samples.

    Parameters
    ----------
    model : SignatureModel
    counts, samples
        As in `read`; the sheet may be left out.
    **options
        Input settings, as in `read`.

    Returns
    -------
    DataFrame
        Index sample; ``probability`` of the second class, ``called`` (name of a class).

    Raises
    ------
    InputError
        E-ANNOT-001 where the genes of the model are not there.
    """
    from foldwise.api.emit import emit
    from foldwise.api.score import new_experiment, scored
    from foldwise.model.spec import AnalysisSpec
    from foldwise.model.spec_options import with_options

    experiment, messages = new_experiment(counts, samples, with_options(AnalysisSpec(), options))
    table, said = scored(model, experiment)
    emit((*messages, *said))
    return table


def read_signature(path: str | Path) -> SignatureModel:
    """Read the model of a signature; strictly (E-LEARN-001)."""
    from foldwise.io.signature_model import read_model

    return read_model(path)


def _result(
    found: Outcome, done: Evaluation, settings: Any, wanted: Wanted, messages: tuple[Message, ...]
) -> SignatureResult:
    import numpy as np
    import pandas as pd

    from foldwise.api.outcome import persons_of
    from foldwise.learn import scores
    from foldwise.learn.technical import NAMES
    from foldwise.model.signature import Score, SignatureResult

    y, held = found.y, done.genes.held
    chance = Score("majority class", 0.5, float("nan"), float("nan"), 0.5, done.majority_brier)
    baselines = (
        chance, _score(f"library covariates ({', '.join(NAMES)})", done.technical),
        _score(f"{done.n_random:,} random expressed genes", done.random),
    )  # fmt: skip
    predictions = _predictions(found, held)
    mean, share, n = scores.calibration(predictions["probability"].to_numpy(), y)
    pvalue = scores.permutation_pvalue(done.permuted_score, done.permuted) if len(done.permuted) else float("nan")
    facts = {
        "repeats": wanted.repeats, "outer_folds": settings.plan.n_outer, "inner_folds": settings.plan.n_inner,
        "permutations": wanted.permutations,
        "repeats_per_permutation": min(settings.n_permuted_repeats, wanted.repeats), "seed": wanted.seed,
        "variable_genes": settings.n_variable, "expressed_genes": done.final.n_expressed,
        "l1_ratio": done.final.l1_ratio, "c": 1.0 / (done.final.penalty * len(y)), "unsettled_fits": done.n_unsettled,
    }  # fmt: skip
    return SignatureResult(
        model=_model(found, done, len(set(found.persons))),
        score=_score("signature", done.genes),
        baselines=baselines,
        pvalue=pvalue,
        permuted=done.permuted,
        permuted_score=done.permuted_score,
        genes=_gene_table(found.experiment.genes, done),
        predictions=predictions,
        roc=scores.roc_curve(held, y),
        calibration=pd.DataFrame({"probability": mean, "share": share, "n": n}),
        n_persons=persons_of(found),
        n_samples=(int(np.sum(y == 0)), int(np.sum(y == 1))),
        group=found.group,
        settings=facts,
        messages=(*messages, *_technical(done)),
    )


def _score(name: str, judged: Judged) -> Score:
    from foldwise.model.signature import Score

    return Score(name, judged.area, *judged.interval, judged.balanced_accuracy, judged.brier)


def _technical(done: Evaluation) -> tuple[Message, ...]:
    """W-LEARN-006 where what a library says about itself does as well."""
    from foldwise.io.messages import warning

    low = done.genes.interval[0]
    if done.technical.area < low:
        return ()
    text = (
        f"Library covariates alone reach an AUC of {done.technical.area:.2f}, within the interval of the signature "
        f"({low:.2f} to {done.genes.interval[1]:.2f}): it may be technical."
    )
    fix = "Look at depth and quality of the classes, and validate it in samples of another laboratory."
    return (warning("W-LEARN-006", text, fix, technical_auc=done.technical.area),)


def _predictions(found: Outcome, held: Any) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    names = np.array(found.classes, dtype=object)
    called = (held.called.mean(axis=0) > 0.5).astype(np.int64)
    columns = {
        "person": np.array(found.persons, dtype=object),
        "outcome": names[found.y],
        "probability": held.probability.mean(axis=0),
        "probability_sd": held.probability.std(axis=0),
        "called": names[called],
    }
    index = pd.Index([str(name) for name in found.experiment.samples.index], dtype=object, name="sample")
    return pd.DataFrame(columns, index=index)


def _gene_table(genes: pd.DataFrame, done: Evaluation) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    stability, final = done.stability, done.final
    in_model = np.zeros(len(genes))
    in_model[final.genes] = final.coefficient
    rows = np.flatnonzero((stability.chosen > 0) | (in_model != 0.0))
    times = np.maximum(stability.chosen[rows], 1)
    share = stability.chosen[rows] / stability.n_fits
    agree = np.maximum(stability.positive[rows], stability.chosen[rows] - stability.positive[rows]) / times
    table = pd.DataFrame(
        {
            "selection_frequency": share,
            "sign_stability": np.where(stability.chosen[rows] > 0, agree, np.nan),
            "stable": share >= STABLE_FROM - 1e-12,
            "mean_coefficient": stability.coefficient[rows],
            "model_coefficient": in_model[rows],
        },
        index=pd.Index([str(name) for name in genes.index[rows]], dtype=object, name="gene_id"),
    )
    if "gene_name" in genes.columns:
        table.insert(0, "gene_name", genes["gene_name"].to_numpy(dtype=object)[rows])
    order = np.lexsort((rows, -np.abs(stability.coefficient[rows]), -share))
    return table.iloc[order]


def _model(found: Outcome, done: Evaluation, n_persons: int) -> SignatureModel:
    import numpy as np

    from foldwise.model.signature import SignatureModel

    final, ids = done.final, found.experiment.genes.index
    known = np.flatnonzero(np.isfinite(final.log_means))
    return SignatureModel(
        outcome=found.column,
        classes=found.classes,
        genes=tuple(str(name) for name in ids[final.genes]),
        centers=final.center,
        coefficients=final.coefficient,
        intercept=final.intercept,
        threshold=final.share,
        reference_genes=tuple(str(name) for name in ids[known]),
        reference=np.asarray(final.log_means[known]),
        n_samples=len(found.y),
        n_persons=n_persons,
    )
