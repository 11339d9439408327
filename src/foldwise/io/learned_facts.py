"""What ``run.json`` says of learned parts, and the table of hidden factors."""

from __future__ import annotations

from typing import Any

from foldwise.model.learned import Learned

# In files of their own, or in the report alone.
_LONG = ("columns", "histograms", "curves")


def learned_facts(learned: Learned | None) -> dict[str, Any] | None:
    """Return parts, standing, own certificate and facts by part; None where nothing was to be learned."""
    if learned is None:
        return None
    own = learned.certificate
    judged = None if own is None else {"verdict": own.verdict, "n_runs": len(own.discoveries), "n_any": own.n_any}
    facts = {
        name: {key: value for key, value in part.items() if key not in _LONG} if isinstance(part, dict) else part
        for name, part in learned.facts.items()
    }
    return {
        "parts": list(learned.parts),
        "primary": learned.primary,
        "reason": learned.reason,
        "certificate": judged,
        **facts,
    }


def hidden_factors(learned: Learned | None) -> list[list[float]] | None:
    """Return the hidden factors that were put into the design, samples x factors; None where there are none."""
    if learned is None or "factors" not in learned.parts:
        return None
    found: list[list[float]] = learned.facts["factors"]["columns"]
    return found
