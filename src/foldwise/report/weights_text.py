"""The sentence on learned weights for the methods paragraph."""

from __future__ import annotations

from foldwise.model.analysis import Analysis
from foldwise.report.words import listed, plural

# Keys of what is cited with it.
WEIGHT_WORKS = ("ignatiadis2016ihw", "korthauer2019fdr")


def weights_sentence(analysis: Analysis, cited: str) -> str:
    """Return what was done; empty without weights. ``cited`` is `WEIGHT_WORKS` in words."""
    learned = analysis.learned
    if learned is None or "weights" not in learned.parts:
        return ""
    facts = learned.facts["weights"]
    on = [of for of in facts["contrasts"] if of["on"]]
    given = listed([f"the {'covariate ' if number else ''}{name}" for number, name in enumerate(facts["covariates"])])
    where = "" if len(on) == len(facts["contrasts"]) else f" in {plural(len(on), 'comparison')}"
    return (
        f"Beside this (column padj_learned) p-values{where} were divided by weights before the Benjamini-Hochberg "
        f"procedure ({cited}); the weights follow the share of p-values above 0.2 given {given}, by "
        f"ridge logistic regression with five folds of genes ({on[0]['folds']}), and were learned anew in "
        f"{plural(facts['n_runs'], 'null run')} with a made-up factor, of which {facts['n_any']} called a gene."
    )


def weight_works(analysis: Analysis) -> list[str]:
    """Return keys of works that learned weights rest on; none without weights."""
    learned = analysis.learned
    return [] if learned is None or "weights" not in learned.parts else list(WEIGHT_WORKS)
