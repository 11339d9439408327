"""``fw.check``: can this design be fitted, and what does it compare? Also before sequencing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from foldwise.api.design import ResolvedDesign
    from foldwise.errors import FoldwiseWarning
    from foldwise.model.contrast import Contrast
    from foldwise.model.design import Design


@dataclass(frozen=True, eq=False, repr=False)
class DesignCheck:
    """A design that can be fitted, in words.

    Parameters
    ----------
    design : Design
    contrasts : tuple of Contrast
        What would be compared.
    sentences : tuple of str
    warnings : tuple of FoldwiseWarning
    """

    design: Design
    contrasts: tuple[Contrast, ...]
    sentences: tuple[str, ...]
    warnings: tuple[FoldwiseWarning, ...]

    @property
    def matrix(self) -> pd.DataFrame:
        """The model matrix, samples x coefficients."""
        import pandas as pd

        return pd.DataFrame(self.design.matrix, columns=list(self.design.coefficient_names))

    def __repr__(self) -> str:
        lines = list(self.sentences)
        lines += [f"comparison: {contrast.label} ({contrast.direction})" for contrast in self.contrasts]
        return "\n".join([*lines, *(f"! {warning.sentence()}" for warning in self.warnings)])


def check(samples: Any, design: str | None = None, *, contrast: Any = None, **options: Any) -> DesignCheck:
    """Check a design against a sample sheet.

    Parameters
    ----------
    samples : path or DataFrame
    design : str, optional
        Formula; guessed when not given.
    contrast : optional
        As in `de`.
    **options
        ``reference``, ``test``, ``reduced``.

    Raises
    ------
    FoldwiseError
        E-SHEET-*, E-FORMULA-*, E-DESIGN-*, E-CONTRAST-*: why it cannot be fitted, and what to do.
    """
    from foldwise.api.analyze import python_spec
    from foldwise.api.design import resolve_design

    spec, _ = python_spec(design, contrast, options)
    return checked(resolve_design(spec, sample_frame(samples)))


def checked(resolved: ResolvedDesign) -> DesignCheck:
    """Return a resolved design as the object that users see."""
    from foldwise.model.design_report import design_report

    words = tuple(design_report(resolved.design))
    if resolved.design.source == "guessed":
        words = (*resolved.sentences, *words)
    return DesignCheck(resolved.design, resolved.contrasts, words, resolved.findings)


def sample_frame(samples: Any) -> pd.DataFrame:
    """Return a sample sheet, read from a file or taken from a frame, columns of numbers as numbers."""
    import os

    from foldwise.io.sample_sheet import read_sheet, sheet_from_frame
    from foldwise.model.columns import infer_types

    is_path = isinstance(samples, (str, os.PathLike))
    sheet = read_sheet(samples) if is_path else sheet_from_frame(samples)
    return infer_types(sheet.frame)
