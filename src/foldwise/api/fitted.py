"""What ``fw.fit`` returns: a model fitted once, tested as often as wanted."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from foldwise.api.results import Results
    from foldwise.model.analysis import Analysis
    from foldwise.model.design import Design
    from foldwise.model.spec import AnalysisSpec


@dataclass(frozen=True, eq=False, repr=False)
class FittedModel:
    """A fitted model. Nothing in it changes; every method returns something new.

    Parameters
    ----------
    analysis : Analysis
        The fit, with the contrasts of the design's last term tested.
    """

    analysis: Analysis

    @property
    def design(self) -> Design:
        """Formula, matrix and coefficient names."""
        return self.analysis.design

    @property
    def spec(self) -> AnalysisSpec:
        """All settings."""
        return self.analysis.spec

    @property
    def coefficients(self) -> pd.DataFrame:
        """Fitted coefficients on the log2 scale, genes x coefficients; missing where nothing was fitted."""
        import pandas as pd

        from foldwise import pipeline

        values = pipeline.log2_coefficients(self.analysis)
        genes = self.analysis.experiment.genes.index.rename("gene_id")
        return pd.DataFrame(values, index=genes, columns=list(self.design.coefficient_names))

    def contrast(self, contrast: Any) -> Results:
        """Test one contrast on the fit.

        Parameters
        ----------
        contrast : tuple, str or sequence of numbers
            ``("dex", "trt", "untrt")``, ``"drugB - drugA"``, a coefficient name, or one number per coefficient.

        Raises
        ------
        DesignError
            E-CONTRAST-001 to 003.
        """
        from foldwise.api.analyze import contrast_text
        from foldwise.api.results import Results

        return Results(self._tested((contrast_text(contrast),)))

    def contrasts(self, contrasts: Mapping[str, Any]) -> dict[str, Results]:
        """Test several contrasts on the fit; the names given become the ids of the results."""
        from foldwise.api.analyze import contrast_text
        from foldwise.api.results import Results

        tested = self._tested(tuple(contrast_text(contrast) for contrast in contrasts.values()))
        named = tuple(
            dataclasses.replace(result, contrast=dataclasses.replace(result.contrast, id=str(name)))
            for name, result in zip(contrasts, tested.results, strict=True)
        )
        analysis = dataclasses.replace(tested, results=named)
        return {str(name): Results(analysis, i) for i, name in enumerate(contrasts)}

    def lrt(self, reduced: str) -> Results:
        """Test the whole model against a reduced formula by the likelihood ratio.

        Raises
        ------
        DesignError
            E-DESIGN-009 where ``reduced`` is not part of the design, or equal to it.
        """
        from foldwise.api.certify import certified_as_asked
        from foldwise.api.execute import execute
        from foldwise.api.results import Results
        from foldwise.model.spec_options import with_options

        analysis = self.analysis
        spec = with_options(analysis.spec, {"test": "lrt", "reduced": reduced})
        again = execute(spec, analysis.experiment, analysis.design, fixed=analysis.size_factors)
        told = dataclasses.replace(again, messages=analysis.messages, provenance=analysis.provenance)
        return Results(certified_as_asked(told))

    def _tested(self, contrasts: tuple[str, ...]) -> Analysis:
        from foldwise import pipeline
        from foldwise.api.certify import certified_as_asked

        spec = dataclasses.replace(self.spec, design=dataclasses.replace(self.spec.design, contrasts=contrasts))
        from foldwise.api.learned import learned_as_asked

        tested = pipeline.test_again(dataclasses.replace(self.analysis, spec=spec, learned=None, certificate=None))
        return certified_as_asked(learned_as_asked(tested))

    def __repr__(self) -> str:
        experiment, design = self.analysis.experiment, self.design
        lines = [
            f"{self.spec.method.name}, {design.formula or 'given matrix'}: "
            f"{experiment.n_genes:,} genes × {experiment.n_samples} samples",
            f"coefficients: {', '.join(design.coefficient_names[:12])}",
            f"{design.residual_df} residual degrees of freedom",
        ]
        return "\n".join(lines)
