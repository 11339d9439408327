"""``fw.signature``: a panel of genes that predicts a class, judged on samples that were held out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from foldwise.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from foldwise.model.analysis import Message
    from foldwise.model.experiment import Experiment
    from foldwise.model.signature import SignatureModel, SignatureResult

Progress = Callable[[str, int, int], None]

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
        scikit-learn; E-SHEET, E-CONTRAST-001, E-DESIGN-001, E-USAGE-002 for an outcome that is no two classes.

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
    from foldwise.api.signature_result import judged_result
    from foldwise.certify import seeds
    from foldwise.learn.evaluation import Settings, evaluate
    from foldwise.learn.folds import person_numbers
    from foldwise.learn.nested import Plan

    found = resolve_outcome(experiment, wanted.outcome, wanted.group, wanted.batch, drop)
    settings = Settings(Plan(wanted.repeats), wanted.permutations)
    stream = seeds.stream(wanted.seed, seeds.SIGNATURE)
    done = evaluate(found.experiment.counts, found.y, person_numbers(found.persons), settings, stream, progress)
    return judged_result(found, done, settings, wanted, (*messages, *found.messages))


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
