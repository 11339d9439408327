"""What a method is, and which there are."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from importlib import import_module
from typing import Any, ClassVar

import numpy as np

from foldwise.engine.base import Engine
from foldwise.engine.set_model import METHODS as METHODS_WITH_SETS
from foldwise.engine.set_model import SetModel
from foldwise.errors import UsageError
from foldwise.model.contrast import Contrast
from foldwise.model.design import Design
from foldwise.model.experiment import Experiment
from foldwise.model.fit import Fit, Test
from foldwise.model.normalization import SizeFactors
from foldwise.model.spec import AnalysisSpec
from foldwise.stats.decide_tests import Joint

METHODS = {
    "deseq2": "foldwise.methods.deseq2:DESeq2",
    "edger-ql": "foldwise.methods.edger_ql:EdgeRQL",
    "edger-lrt": "foldwise.methods.edger_lrt:EdgeRLRT",
    "edger-exact": "foldwise.methods.edger_exact:EdgeRExact",
    "limma-voom": "foldwise.methods.limma_voom:LimmaVoom",
    "limma-trend": "foldwise.methods.limma_trend:LimmaTrend",
    "ols": "foldwise.methods.ols:OLS",
    "t": "foldwise.methods.t_test:TTest",
    "wilcoxon": "foldwise.methods.wilcoxon:Wilcoxon",
}


class Method(abc.ABC):
    """Fits all genes once and tests contrasts on the fit. Subclasses are frozen dataclasses of settings, and final."""

    id: ClassVar[str]
    needs_integers: ClassVar[bool]  # fractional counts are an error
    has_engines: ClassVar[bool] = False  # knows R's iteration path (parity) and the optimum (exact)
    needs_size_factors: ClassVar[bool]  # the pipeline estimates them; else the method scales by itself

    @classmethod
    @abc.abstractmethod
    def from_spec(cls, spec: AnalysisSpec, reduced: Design | None = None) -> Method:
        """Make the method from the settings of an analysis."""

    @abc.abstractmethod
    def fit(self, experiment: Experiment, design: Design, size_factors: SizeFactors | None, engine: Engine) -> Fit:
        """Fit all genes."""

    @abc.abstractmethod
    def test(self, fit: Fit, contrast: Contrast) -> Test:
        """Test one contrast; ``padj`` is None where the correction is left to the pipeline."""

    def shrink(self, experiment: Experiment, fit: Fit, test: Test, engine: Engine) -> Test:
        """Add shrunken fold changes; a method without them returns ``test``."""
        del experiment, fit, engine
        return test

    def log2_coefficients(self, fit: Fit) -> np.ndarray:
        """Return the coefficients of a fit on the log2 scale, (n_genes, n_coefficients)."""
        names = fit.design.coefficient_names
        contrasts = [
            Contrast(name, name, "", unit, "coefficient", coefficient=number)
            for number, (name, unit) in enumerate(zip(names, np.eye(len(names)), strict=True))
        ]
        return np.stack([self.test(fit, contrast).log2_fold_change for contrast in contrasts], axis=1)

    def joint_statistics(self, fit: Fit, contrasts: Sequence[Contrast]) -> Joint:
        """Return the t of several contrasts and their F test.

        Raises
        ------
        UsageError
            E-USAGE-002 for a method without.
        """
        del fit, contrasts
        found = f"Method {self.id} has no F test of moderated t, which the mode nested-f takes apart."
        raise UsageError("E-USAGE-002", found, "Use limma-voom or limma-trend, or the mode hierarchical.")

    def set_model(self, experiment: Experiment, fit: Fit, contrast: Contrast, engine: Engine) -> SetModel:
        """Return what camera, fry and roast start from.

        Raises
        ------
        UsageError
            E-USAGE-002 for a method or a model without it.
        """
        del experiment, fit, contrast, engine
        found = f"Method {self.id} has no effects of genes that are normal and of known covariance."
        raise UsageError("E-USAGE-002", found, f"Run {METHODS_WITH_SETS}, or use --test camera-pr, which ranks genes.")

    def stabilized(self, experiment: Experiment, fit: Fit, engine: Engine) -> Any:
        """Return values (n_genes, n_samples) on a log2-like scale for plots and distances."""
        raise NotImplementedError


def method_class(name: str) -> type[Method]:
    """Return the method of this name, ours or of an installed plug-in (entry-point group ``foldwise.methods``).

    Raises
    ------
    UsageError
        E-USAGE-001 with the nearest names.
    """
    target = METHODS.get(name)
    if target is None:
        from importlib.metadata import entry_points

        plugins = {entry.name: entry for entry in entry_points(group="foldwise.methods")}
        if name in plugins:
            loaded: type[Method] = plugins[name].load()
            return loaded
        from difflib import get_close_matches

        near = get_close_matches(name, [*METHODS, *plugins], n=2)
        hint = f"Did you mean {' or '.join(near)}?" if near else f"Choose one of {', '.join([*METHODS, *plugins])}."
        raise UsageError("E-USAGE-001", f"There is no method {name!r}.", hint)
    module, _, attribute = target.partition(":")
    found: type[Method] = getattr(import_module(module), attribute)
    return found
