"""A sentence with its slots kept apart, so that one slot can be made wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

Format = Callable[[object], str]


@dataclass(frozen=True)
class Slot:
    """A value of a sentence and how it is written.

    Parameters
    ----------
    kind : str
        gene, number (of a gene or set), count, share, level (FDR), direction, set, group, rank, method.
    value : object
    write : callable
    gene : str
        Id of the gene that a number belongs to.
    """

    kind: str
    value: object
    write: Format = str
    gene: str = ""


@dataclass(frozen=True)
class Line:
    """A sentence: a template and its slots; ``claims`` says what makes another gene wrong in it.

    Parameters
    ----------
    template : str
        With ``{name}`` for each slot.
    slots : dict of str to Slot
    """

    template: str
    slots: dict[str, Slot] = field(default_factory=dict)

    def text(self) -> str:
        """Return the sentence."""
        said = self.template.format(**{name: slot.write(slot.value) for name, slot in self.slots.items()})
        return said[:1].upper() + said[1:] if self.template[:1] != "{" else said

    def changed(self, name: str, value: object) -> Line:
        """Return the sentence with another value in a slot."""
        return replace(self, slots={**self.slots, name: replace(self.slots[name], value=value)})

    def of_kind(self, *kinds: str) -> list[str]:
        """Return the names of the slots of these kinds."""
        return [name for name, slot in self.slots.items() if slot.kind in kinds]
