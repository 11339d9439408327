"""A picture that notebooks show and files keep."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Picture:
    """One SVG drawing with its title and caption."""

    title: str
    caption: str
    svg: str

    def _repr_svg_(self) -> str:
        """Show the drawing in a notebook."""
        return self.svg

    def save(self, path: str | Path) -> Path:
        """Write the SVG file and return its path."""
        target = Path(path)
        target.write_text(self.svg, encoding="utf-8")
        return target

    def __repr__(self) -> str:
        return f"Picture({self.title!r}: {self.caption})"
