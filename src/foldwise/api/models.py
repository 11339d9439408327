"""The models of a contrasts file: each an ordinary analysis of its own samples, design and comparisons."""

from __future__ import annotations

import dataclasses
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from foldwise.errors import DesignError, UsageError
from foldwise.model.method_facts import AUTO
from foldwise.model.spec import DesignSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from foldwise.api.design import ResolvedDesign
    from foldwise.api.execute import Given
    from foldwise.model.analysis import Analysis, Message
    from foldwise.model.contrast_rows import ContrastModel, ContrastRow
    from foldwise.model.experiment import Experiment
    from foldwise.model.spec import AnalysisSpec

# Longest name of the folder of a model
_MAX_NAME = 60


@dataclass(frozen=True, eq=False)
class Model:
    """One fit.

    Parameters
    ----------
    name : str
        Of its folder: ``1_condition``.
    resolved : ResolvedDesign
        With settings that make this model again by themselves: formula, comparisons with their ids, samples left out.
    experiment : Experiment
        Of its samples.
    excluded : tuple of str
        Samples that the file leaves out.
    messages : tuple of Message
        What was noticed on the way to its samples.
    """

    name: str
    resolved: ResolvedDesign
    experiment: Experiment
    excluded: tuple[str, ...]
    messages: tuple[Message, ...]


def plan_models(spec: AnalysisSpec, experiment: Experiment) -> tuple[Model, ...]:
    """Return the models that the contrasts file of ``spec`` asks for; all of it is checked before anything is fitted.

    Raises
    ------
    UsageError
        E-USAGE-002 where a formula or comparisons are given beside the file.
    DesignError, InputError
        E-CONTRAST-001 to 004, E-FILE-*, E-SAFE-* for the file, E-DESIGN-* for a model; with the place of the row.
    """
    from foldwise.io.complete_samples import complete_samples
    from foldwise.model.design import formula_columns

    models = []
    for number, model in enumerate(groups(spec, experiment.samples), 1):
        kept = [i for i, name in enumerate(map(str, experiment.samples.index)) if name not in model.excluded]
        part = experiment if len(kept) == experiment.n_samples else experiment.take_samples(_array(kept))
        with at_row(model, model.rows[:1]):
            part, messages = complete_samples(part, formula_columns(model.formula), spec.input.drop_na)
            own = spec_of_model(spec, model, part.samples)
        resolved = _resolved(own, model, part.samples)
        models.append(Model(_name(number, model), resolved, part, model.excluded, messages))
    if len(models) > 1 and spec.method.name == AUTO:
        found = f"--method auto chooses for one design, and the contrasts file asks for {len(models)} models."
        raise UsageError("E-USAGE-002", found, "Name a method; foldwise choose finds one for each design.")
    return tuple(models)


def groups(spec: AnalysisSpec, samples: pd.DataFrame) -> tuple[ContrastModel, ...]:
    """Return the comparisons of the contrasts file of ``spec``, grouped by design and samples.

    Raises
    ------
    UsageError, DesignError, InputError
        As `plan_models`.
    """
    from foldwise.io.contrasts import read_contrasts
    from foldwise.model.contrast_rows import models_of

    if spec.design.formula is not None or spec.design.contrasts:
        given = "--design" if spec.design.formula is not None else "--contrast"
        found = f"{given} is given beside a contrasts file, which says designs and comparisons itself."
        raise UsageError("E-USAGE-002", found, f"Leave {given} out, or --contrasts.")
    return models_of(read_contrasts(str(spec.design.contrasts_file)), samples)


def spec_of_model(spec: AnalysisSpec, model: ContrastModel, samples: pd.DataFrame) -> AnalysisSpec:
    """Return settings that ask for this model alone, without the file.

    Names of coefficients count on R's default reference, the first level in the alphabet, whatever else is compared.
    """
    references = spec.design.reference
    if any(row.formula for row in model.rows):
        from foldwise.model.design import make_design

        chosen = dict(text.split("=", 1) for text in references if "=" in text)
        plain = make_design(model.formula, samples, chosen)
        levels = {plain.columns_used[factor.name]: factor.reference for factor in plain.factors}
        references = tuple(f"{name}={level}" for name, level in {**levels, **chosen}.items())
    design = DesignSettings(model.formula, spec.design.reduced, model.contrasts, None, references)
    excluded = tuple(dict.fromkeys((*spec.input.exclude, *model.excluded)))
    return dataclasses.replace(spec, design=design, input=dataclasses.replace(spec.input, exclude=excluded))


def _resolved(spec: AnalysisSpec, model: ContrastModel, samples: pd.DataFrame) -> ResolvedDesign:
    """Return the design and contrasts of a model; an error names the row that it comes from."""
    from foldwise.api.design import resolve_design

    try:
        return resolve_design(spec, samples)
    except DesignError as error:
        for row, contrast in zip(model.rows, model.contrasts, strict=True):
            one = dataclasses.replace(spec, design=dataclasses.replace(spec.design, contrasts=(contrast,)))
            with at_row(model, (row,)):
                resolve_design(one, samples)
        raise error


@contextmanager
def at_row(model: ContrastModel, rows: tuple[ContrastRow, ...]) -> Iterator[None]:
    """Name the place in the contrasts file in an error of the design that it asks for."""
    try:
        yield
    except DesignError as error:
        row = rows[0]
        found = f"{row.place}, {row.id} ({model.formula}): {error.found}"
        raise DesignError(error.id, found, error.fix, where=row.place, data=error.data) from error


def run_models(
    spec: AnalysisSpec, experiment: Experiment, *, given: Given | None = None, messages: tuple[Message, ...] = ()
) -> tuple[Analysis, ...]:
    """Run every model of a contrasts file.

    Raises
    ------
    UsageError
        E-USAGE-002 where size factors or weights are given as objects and models leave out samples.
    """
    from foldwise.api.choose import with_method
    from foldwise.api.emit import emit
    from foldwise.api.execute import as_messages, execute
    from foldwise.api.sample_checks import checked_samples, with_flags

    models = plan_models(spec, experiment)
    fewer = any(model.experiment.n_samples < experiment.n_samples for model in models)
    if given is not None and fewer and (given.size_factors is not None or given.weights is not None):
        found = "Size factors or weights are given for all samples, and the contrasts file leaves some out."
        raise UsageError("E-USAGE-002", found, "Run the models one by one: design, contrast, exclude.")
    done = []
    for model in models:
        emit((*model.messages, *model.resolved.findings))
        flags = checked_samples(model.resolved, model.experiment)
        resolved, chosen = with_method(model.resolved, model.experiment, given)
        analysis = with_flags(execute(resolved.spec, model.experiment, resolved.design, given=given), flags)
        emit(analysis.messages)
        done.append(
            completed(analysis, spec, (*messages, *model.messages, *chosen, *as_messages(model.resolved.findings)))
        )
    return tuple(done)


def completed(analysis: Analysis, spec: AnalysisSpec, messages: tuple[Message, ...]) -> Analysis:
    """Return the finished analysis of a model, with the digest of the contrasts file in its provenance."""
    from pathlib import Path

    from foldwise.api.execute import finished
    from foldwise.provenance import file_digest

    whole = finished(analysis, messages)
    digest = file_digest(Path(str(spec.design.contrasts_file)))
    return dataclasses.replace(whole, provenance={**whole.provenance, "contrasts_file": digest})


def without_counts(samples: pd.DataFrame) -> Experiment:
    """Return an experiment of samples without genes, for the check of designs before sequencing."""
    import numpy as np
    import pandas as pd

    from foldwise.model.experiment import Experiment

    return Experiment(np.zeros((0, len(samples)), dtype=np.int32), samples, pd.DataFrame())


def words_of(spec: AnalysisSpec, models: tuple[Model, ...]) -> str:
    """Return what a contrasts file holds: ``contrasts.csv: 3 comparisons in 2 models``."""
    from pathlib import Path

    n, m = sum(len(model.resolved.contrasts) for model in models), len(models)
    several = f" in {m} models (fits of their own)" if m > 1 else ", one model"
    name = Path(str(spec.design.contrasts_file)).name
    return f"{name}: {n} comparison{'' if n == 1 else 's'}{several}; it names the reference before the target"


def _name(number: int, model: ContrastModel) -> str:
    from foldwise.model.contrast_names import file_safe

    left = f"-without_{len(model.excluded)}" if model.excluded else ""
    return f"{number}_{file_safe(model.formula.lstrip('~ '))[:_MAX_NAME]}{left}"


def _array(positions: list[int]) -> Any:
    import numpy as np

    return np.array(positions, dtype=np.int64)
