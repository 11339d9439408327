"""One picture of the page with everything that belongs to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Numbers:
    """What a picture shows, as a table for those who do not see it: ``rows`` of (name, cells)."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Figure:
    """One picture.

    Parameters
    ----------
    name : str
        For file names and links.
    title, svg, caption : str
    label : str
        The sentence for those who do not see it, where a live picture takes the place of the SVG.
    guide : str
        What one is looking at and what to look for, in two plain sentences.
    numbers : Numbers, optional
    """

    name: str
    title: str
    svg: str
    caption: str
    label: str = ""
    guide: str = ""
    numbers: Numbers | None = None


@dataclass(frozen=True)
class Grid:
    """A picture of cells, and for the page's script what its rows and columns are and where the cells lie.

    Parameters
    ----------
    figure : Figure
    rows, columns : tuple of int
        Numbers of genes or samples, from first to last.
    place : tuple of float
        Left and top of the first cell, width and height of each.
    """

    figure: Figure
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    place: tuple[float, float, float, float]

    def entry(self, numbers: dict[int, int] | None = None) -> dict[str, Any]:
        """Return the line of the manifest; ``numbers`` gives the rows of genes in a page that leaves some out."""
        rows = [row if numbers is None else numbers.get(row, -1) for row in self.rows]
        return {"rows": rows, "columns": list(self.columns), "place": list(self.place)}
