"""New samples scored by the model of a signature."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from foldwise.errors import InputError
from foldwise.io.messages import Messages, warning
from foldwise.model.columns import shorten

if TYPE_CHECKING:
    import pandas as pd

    from foldwise.model.experiment import Experiment
    from foldwise.model.signature import SignatureModel
    from foldwise.model.spec import AnalysisSpec

# Below this share of the reference, or of the panel, nothing is scored; below the second, a warning.
_LEAST, _ENOUGH = 0.2, 0.7
_LEAST_PANEL = 0.5
# A mean probability further from the share of the class is worth a sentence.
_SHIFT = 0.1


def new_experiment(counts: Any, samples: Any, spec: AnalysisSpec) -> tuple[Experiment, Messages]:
    """Read the counts of new samples; a sheet is not needed."""
    import pandas as pd

    from foldwise.api.coerce import read_experiment
    from foldwise.io.anndata_bridge import is_anndata
    from foldwise.io.read import read_matrix
    from foldwise.model.experiment import Experiment

    own = isinstance(counts, Experiment) or is_anndata(counts)
    if samples is not None or spec.input.groups is not None or own:
        return read_experiment(counts, samples, spec)
    # Without a sheet the columns are the samples; read again with their names, the values are judged as in a run.
    found, _ = read_matrix(counts, settings=spec.input)
    names = found.samples.index if isinstance(found, Experiment) else found.column_names
    sheet = pd.DataFrame({"scored": "yes"}, index=pd.Index([str(name) for name in names], dtype=object))
    experiment, messages = read_experiment(counts, sheet, spec)
    return experiment, tuple(message for message in messages if message.data.get("step") != "Matching")


def scored(model: SignatureModel, experiment: Experiment) -> tuple[pd.DataFrame, Messages]:
    """Return probabilities and calls of all samples, and what was noticed.

    Genes of the panel that are not there count with their training mean.

    Raises
    ------
    InputError
        E-ANNOT-001: too few genes of the model are there; E-COUNT-010: a sample without a read of them.
    """
    import pandas as pd

    from foldwise.learn.expression import new_values
    from foldwise.learn.signature import probability

    rows = gene_rows([str(name) for name in experiment.genes.index])
    reference = [(rows[gene], value) for gene, value in zip(model.reference_genes, model.reference, strict=True)
                 if gene in rows]  # fmt: skip
    present = [number for number, gene in enumerate(model.genes) if gene in rows]
    said = _missing(model, experiment, len(reference), present)
    log_means = np.full(experiment.n_genes, -np.inf)
    for row, value in reference:
        log_means[row] = value
    counts: Any = experiment.counts
    counts = counts if isinstance(counts, np.ndarray) else counts.to_dense()
    panel = np.array([rows[model.genes[number]] for number in present], dtype=np.int64)
    away = new_values(counts, log_means, panel) - model.centers[present]
    chance = probability(model.intercept + np.einsum("ij,j->i", away, model.coefficients[present]))
    names = np.array(model.classes, dtype=object)
    index = pd.Index([str(name) for name in experiment.samples.index], dtype=object, name="sample")
    called = names[(chance > model.threshold).astype(np.int64)]
    return pd.DataFrame({"probability": chance, "called": called}, index=index), said


def gene_rows(ids: list[str]) -> dict[str, int]:
    """Return the row of each gene id; ids without their version lead to their row where only one has them."""
    rows: dict[str, int] = {}
    short: dict[str, int] = {}
    for row, name in enumerate(ids):
        rows.setdefault(name, row)
        stem, dot, version = name.rpartition(".")
        if dot and version.isdigit():
            short[stem] = -1 if stem in short else row
    return {**{stem: row for stem, row in short.items() if row >= 0}, **rows}


def _missing(model: SignatureModel, experiment: Experiment, n_reference: int, present: list[int]) -> Messages:
    """E-ANNOT-001 or W-ANNOT-001 where genes of the model are not among the counts."""
    share = n_reference / len(model.reference_genes)
    lost = [gene for number, gene in enumerate(model.genes) if number not in set(present)]
    enough = len(present) >= _LEAST_PANEL * len(model.genes)
    ids = f"The model has ids like {model.reference_genes[0]!r}, the counts {str(experiment.genes.index[0])!r}."
    found = (
        f"{len(present)} of {len(model.genes)} genes of the panel and {share:.0%} of its reference genes are among the "
        "counts."
    )
    data: dict[str, Any] = {"missing": lost[:20], "share": share}
    if share < _LEAST or not enough:
        fix = f"{ids} Give counts with the ids that the model was made with."
        raise InputError("E-ANNOT-001", found, fix, data=data)
    if share < _ENOUGH or lost:
        fix = f"Missing genes count with their training mean: {shorten(lost)}." if lost else ids
        return (warning("W-ANNOT-001", found, fix, **data),)
    return ()


def known_outcome(
    model: SignatureModel, table: pd.DataFrame, experiment: Experiment, outcome: str | None
) -> dict[str, Any] | None:
    """Return how well scores agree with the outcome in the sheet of the new samples; None where it has none.

    Parameters
    ----------
    model : SignatureModel
    table : DataFrame
        Of `scored`.
    experiment : Experiment
    outcome : str, optional
        Its column; default that of the training samples, if it is there.

    Returns
    -------
    dict or None
        ``column``, ``samples`` (of the model's classes), ``auc`` and ``balanced_accuracy`` (None with one class only),
        ``mean_probability`` and ``share`` of the second class.

    Raises
    ------
    DesignError
        E-SHEET-004: the column that was named is not there.
    """
    from foldwise.learn.scores import plain_area
    from foldwise.model.columns import level_text, sheet_column

    name = outcome or model.outcome
    if outcome is None and name not in [str(column) for column in experiment.samples.columns]:
        return None
    values = [level_text(value) for value in sheet_column(experiment.samples, name)]
    used = np.array([value in model.classes for value in values], dtype=bool)
    y = np.array([int(value == model.classes[1]) for value in values], dtype=np.int64)[used]
    chance = table["probability"].to_numpy()[used]
    facts: dict[str, Any] = {"column": name, "samples": len(y), "class": model.classes[1], "auc": None,
                             "balanced_accuracy": None, "mean_probability": None, "share": None}  # fmt: skip
    if 0 < y.sum() < len(y):
        called = chance > model.threshold
        facts["auc"] = plain_area(chance, y)
        facts["balanced_accuracy"] = float((called[y == 1].mean() + (~called[y == 0]).mean()) / 2.0)
        facts["mean_probability"], facts["share"] = float(chance.mean()), float(y.mean())
    return facts


def outcome_sentences(known: dict[str, Any] | None) -> tuple[str, ...]:
    """Return `known_outcome` in words."""
    if known is None:
        return ()
    if known["auc"] is None:
        return (f"{known['column']!r} does not hold both classes of the model, so nothing can be compared",)
    words = [
        f"{known['samples']:,} samples with a known {known['column']}: AUC {known['auc']:.2f}, balanced accuracy "
        f"{known['balanced_accuracy']:.2f}"
    ]
    if abs(known["mean_probability"] - known["share"]) > _SHIFT:
        words.append(
            f"the probabilities are off: their mean is {known['mean_probability']:.2f}, and {known['share']:.2f} of "
            f"these samples are {known['class']}. The order of the samples may hold where the probabilities do not"
        )
    return tuple(words)
