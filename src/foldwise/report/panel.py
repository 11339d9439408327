"""One picture of the page with everything that belongs to it."""

from __future__ import annotations

from dataclasses import dataclass


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
