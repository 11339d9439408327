"""How the method came to be chosen, where it was not named by the user: for methods text and references."""

from __future__ import annotations

from foldwise.model.analysis import Analysis
from foldwise.report.words import listed
from foldwise.report.works import WORKS


def choice_sentence(analysis: Analysis) -> str:
    """Return the sentence for the methods text; empty where the user named the method."""
    choice = analysis.provenance.get("method_choice")
    if choice is None:
        return ""
    work = WORKS["gerard2020thinning"]
    measured = {row["method"]: row for row in choice["scores"] if row["n_runs"]}
    if not choice["learned"] or choice["method"] not in measured:
        return f"The method was chosen by rule and not measured on these samples: {choice['reason']}."
    best = measured[choice["method"]]
    return (
        f"The method was chosen among {listed(sorted(measured))} by changes planted into {100 * choice['share']:g} % "
        f"of the genes (binomial thinning; {work.short}, doi:{work.doi}) between random halves of the samples: of "
        f"these it found {100 * best['power']:.1f} %, with {100 * best['false_discoveries']:.1f} % false discoveries "
        f"({best['n_runs']} runs)."
    )
