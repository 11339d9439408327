"""The numbers of a judged signature with the names of genes, samples and classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from foldwise.api.outcome import Outcome
    from foldwise.api.signature import Wanted
    from foldwise.learn.evaluation import Evaluation, Judged, Settings
    from foldwise.model.analysis import Message
    from foldwise.model.signature import Score, SignatureModel, SignatureResult

STABLE_FROM = 0.8


def judged_result(
    found: Outcome, done: Evaluation, settings: Settings, wanted: Wanted, messages: tuple[Message, ...]
) -> SignatureResult:
    """Return everything that is known of a signature, genes and samples by their names."""
    import numpy as np
    import pandas as pd

    from foldwise.api.outcome import persons_of
    from foldwise.learn import scores
    from foldwise.learn.technical import NAMES
    from foldwise.model.signature import Score, SignatureResult

    y, held = found.y, done.genes.held
    chance = Score("majority class", 0.5, float("nan"), float("nan"), 0.5, done.majority_brier)
    baselines = (
        chance, _score("library covariates", done.technical),
        _score(f"{done.n_random:,} random expressed genes", done.random),
    )  # fmt: skip
    predictions = _predictions(found, held)
    mean, share, n = scores.calibration(predictions["probability"].to_numpy(), y)
    pvalue = scores.permutation_pvalue(done.permuted_score, done.permuted) if len(done.permuted) else float("nan")
    facts = {
        "repeats": wanted.repeats, "outer_folds": settings.plan.n_outer, "inner_folds": settings.plan.n_inner,
        "permutations": wanted.permutations,
        "repeats_per_permutation": min(settings.n_permuted_repeats, wanted.repeats), "seed": wanted.seed,
        "variable_genes": settings.n_variable, "expressed_genes": done.final.n_expressed,
        "l1_ratio": done.final.l1_ratio, "c": 1.0 / (done.final.penalty * len(y)), "unsettled_fits": done.n_unsettled,
        "library_covariates": list(NAMES),
    }  # fmt: skip
    return SignatureResult(
        model=_model(found, done, len(set(found.persons))),
        score=_score("signature", done.genes),
        baselines=baselines,
        pvalue=pvalue,
        permuted=done.permuted,
        permuted_score=done.permuted_score,
        genes=_gene_table(found.experiment.genes, done),
        predictions=predictions,
        roc=scores.roc_curve(held, y),
        calibration=pd.DataFrame({"probability": mean, "share": share, "n": n}),
        n_persons=persons_of(found),
        n_samples=(int(np.sum(y == 0)), int(np.sum(y == 1))),
        group=found.group,
        settings=facts,
        messages=(*messages, *_technical(done)),
    )


def _score(name: str, judged: Judged) -> Score:
    from foldwise.model.signature import Score

    return Score(name, judged.area, *judged.interval, judged.balanced_accuracy, judged.brier)


def _technical(done: Evaluation) -> tuple[Message, ...]:
    """W-LEARN-006 where what a library says about itself does as well."""
    from foldwise.io.messages import warning

    low = done.genes.interval[0]
    if done.technical.area < low:
        return ()
    text = (
        f"Library covariates alone reach an AUC of {done.technical.area:.2f}, within the interval of the signature "
        f"({low:.2f} to {done.genes.interval[1]:.2f}): it may be technical."
    )
    fix = "Look at depth and quality of the classes, and validate it in samples of another laboratory."
    return (warning("W-LEARN-006", text, fix, technical_auc=done.technical.area),)


def _predictions(found: Outcome, held: Any) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    names = np.array(found.classes, dtype=object)
    called = (held.called.mean(axis=0) > 0.5).astype(np.int64)
    columns = {
        "person": np.array(found.persons, dtype=object),
        "outcome": names[found.y],
        "probability": held.probability.mean(axis=0),
        "probability_sd": held.probability.std(axis=0),
        "called": names[called],
    }
    index = pd.Index([str(name) for name in found.experiment.samples.index], dtype=object, name="sample")
    return pd.DataFrame(columns, index=index)


def _gene_table(genes: pd.DataFrame, done: Evaluation) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    stability, final = done.stability, done.final
    in_model = np.zeros(len(genes))
    in_model[final.genes] = final.coefficient
    rows = np.flatnonzero((stability.chosen > 0) | (in_model != 0.0))
    times = np.maximum(stability.chosen[rows], 1)
    share = stability.chosen[rows] / stability.n_fits
    agree = np.maximum(stability.positive[rows], stability.chosen[rows] - stability.positive[rows]) / times
    table = pd.DataFrame(
        {
            "selection_frequency": share,
            "sign_stability": np.where(stability.chosen[rows] > 0, agree, np.nan),
            "stable": share >= STABLE_FROM - 1e-12,
            "mean_coefficient": stability.coefficient[rows],
            "model_coefficient": in_model[rows],
        },
        index=pd.Index([str(name) for name in genes.index[rows]], dtype=object, name="gene_id"),
    )
    if "gene_name" in genes.columns:
        table.insert(0, "gene_name", genes["gene_name"].to_numpy(dtype=object)[rows])
    order = np.lexsort((rows, -np.abs(stability.coefficient[rows]), -share))
    return table.iloc[order]


def _model(found: Outcome, done: Evaluation, n_persons: int) -> SignatureModel:
    import numpy as np

    from foldwise.model.signature import SignatureModel

    final, ids = done.final, found.experiment.genes.index
    known = np.flatnonzero(np.isfinite(final.log_means))
    return SignatureModel(
        outcome=found.column,
        classes=found.classes,
        genes=tuple(str(name) for name in ids[final.genes]),
        centers=final.center,
        coefficients=final.coefficient,
        intercept=final.intercept,
        threshold=final.share,
        reference_genes=tuple(str(name) for name in ids[known]),
        reference=np.asarray(final.log_means[known]),
        n_samples=len(found.y),
        n_persons=n_persons,
    )
