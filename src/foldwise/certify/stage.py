"""What was learned so far: each learned part takes a stage and returns the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from foldwise.certify.null_runs import Settings
from foldwise.certify.procedure import Outcome, Procedure
from foldwise.model.analysis import Analysis, Message
from foldwise.model.certificate import Certificate

# A learned list may stand for the result up to this estimated false discovery proportion, in multiples of the FDR.
LARGEST_FDP = 1.1


@dataclass(frozen=True, eq=False)
class Stage:
    """An analysis with the parts learned so far.

    Parameters
    ----------
    procedure : Procedure
        The whole analysis with these parts, learned anew for whatever labels it is given.
    outcomes : tuple of Outcome
        What it delivers under the true labels, one per contrast.
    parts : tuple of str
        Parts that are on: ``factors``, ``weights``.
    what : str
        The procedure in words.
    facts : dict
        By part, also of parts that are off: what was found and why; plain values for ``run.json`` and report.
    messages : tuple of Message
    unsafe : str
        A sentence that keeps the certificate from PASS; empty where there is none.
    certificate : Certificate or None
        Of this stage; None where it was not made yet.
    """

    procedure: Procedure
    outcomes: tuple[Outcome, ...]
    parts: tuple[str, ...] = ()
    what: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    messages: tuple[Message, ...] = ()
    unsafe: str = ""
    certificate: Certificate | None = None


# Analysis with classical numbers, stage before, null runs of each kind (0: none can be made), settings -> next stage
Learner = Callable[[Analysis, Stage, int, Settings], Stage]
