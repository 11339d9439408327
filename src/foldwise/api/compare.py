"""Several methods on one data set, who calls what and where they agree: ``fw.compare`` and ``foldwise compare``."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from foldwise.errors import FoldwiseError, UsageError

if TYPE_CHECKING:
    import pandas as pd

    from foldwise.model.analysis import Analysis
    from foldwise.model.contrast import Contrast
    from foldwise.model.spec import AnalysisSpec

# A method that was not asked for by name is left out where the data or the design are not for it.
NOT_FOR_IT = ("E-USAGE-002", "E-CONTRAST-002", "E-DESIGN-002", "E-COUNT-001")
QUANTITIES = ("log2_fold_change", "statistic", "pvalue", "padj")


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """One contrast by several methods. Nothing in it changes after it is made.

    Parameters
    ----------
    analyses : mapping of str to Analysis
        The run of each method.
    skipped : mapping of str to str
        Methods that were left out, and why.
    fdr : float
        Genes with padj below are called.
    """

    analyses: Mapping[str, Analysis]
    skipped: Mapping[str, str]
    fdr: float

    @property
    def methods(self) -> tuple[str, ...]:
        """Methods compared, in the order asked for."""
        return tuple(self.analyses)

    @property
    def contrast(self) -> Contrast:
        """The comparison, with its direction in words."""
        return next(iter(self.analyses.values())).results[0].contrast

    @property
    def table(self) -> pd.DataFrame:
        """One row per gene: ``n_calls``, ``n_up``, ``n_down``, and ``padj.<method>`` and its like for each method."""
        import pandas as pd

        signs = self._signs()
        parts = {
            "n_calls": (signs != 0).sum(axis=1),
            "n_up": (signs > 0).sum(axis=1),
            "n_down": (signs < 0).sum(axis=1),
        }
        for method, table in self._tables().items():
            parts |= {f"{quantity}.{method}": table[quantity] for quantity in QUANTITIES if quantity in table}
        return pd.DataFrame(parts)

    @property
    def calls(self) -> pd.DataFrame:
        """Genes tested, called, up and down, and called by this method alone, by method."""
        import pandas as pd

        signs = self._signs()
        alone = (signs != 0).sum(axis=1) == 1
        rows = {
            method: {
                "n_tested": int(table["pvalue"].notna().sum()),
                "n_called": int((signs[method] != 0).sum()),
                "n_up": int((signs[method] > 0).sum()),
                "n_down": int((signs[method] < 0).sum()),
                "n_alone": int(((signs[method] != 0) & alone).sum()),
            }
            for method, table in self._tables().items()
        }
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("method")

    @property
    def overlaps(self) -> pd.DataFrame:
        """Genes called by both methods, methods x methods; the diagonal has the calls of each."""
        called = (self._signs() != 0).astype(int)
        return called.T.dot(called).rename_axis(index="method", columns="method")

    @property
    def agreement(self) -> pd.DataFrame:
        """One row per pair of methods.

        ``spearman_pvalue`` and ``spearman_lfc`` are rank correlations over the genes that both tested; ``jaccard`` is
        the number of genes called by both over that called by either; ``n_opposite`` are called in opposite
        directions.
        """
        import pandas as pd

        signs, tables, rows = self._signs(), self._tables(), []
        for a, b in combinations(self.methods, 2):
            tested = tables[a]["pvalue"].notna() & tables[b]["pvalue"].notna()
            one, other = tables[a][tested], tables[b][tested]
            both, either = (signs[a] != 0) & (signs[b] != 0), (signs[a] != 0) | (signs[b] != 0)
            rows.append({
                "method_a": a,
                "method_b": b,
                "n_tested": int(tested.sum()),
                "spearman_pvalue": _spearman(one["pvalue"], other["pvalue"]),
                "spearman_lfc": _spearman(one["log2_fold_change"], other["log2_fold_change"]),
                "n_both": int(both.sum()),
                "jaccard": float(both.sum() / either.sum()) if either.any() else float("nan"),
                "n_opposite": int((both & (signs[a] != signs[b])).sum()),
            })  # fmt: skip
        columns = [
            "method_a",
            "method_b",
            "n_tested",
            "spearman_pvalue",
            "spearman_lfc",
            "n_both",
            "jaccard",
            "n_opposite",
        ]
        return pd.DataFrame(rows, columns=columns)

    def figure(self, path: str | Path | None = None) -> Any:
        """Draw calls, overlaps and rank agreement, and write them where a path is given (svg, pdf, png).

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        UsageError
            E-EXTRA-001 without matplotlib.
        """
        from foldwise.report.drawings.comparison import comparison_drawings
        from foldwise.report.figures import panels, save

        n = len(self.methods)
        draws = comparison_drawings(self.calls, self.overlaps, self.agreement, self.fdr)
        drawn = panels(draws, (1.5 + max(2.0, 0.5 * n), 1.5 + max(1.8, 0.46 * n)), 3, self.contrast.label)
        if path is not None:
            save(drawn, Path(path))
        return drawn

    def summary(self) -> str:
        """Return the comparison in a few lines."""
        lines = [f"{self.contrast.label}, genes at FDR {100 * self.fdr:g} %"]
        for method, row in self.calls.iterrows():
            lines.append(
                f"{method:12s} {row['n_called']:7,d}   {row['n_up']:,} up, {row['n_down']:,} down, "
                f"{row['n_alone']:,} by it alone"
            )
        everyone = int((self.table["n_calls"] == len(self.methods)).sum())
        lines.append(f"{'all':12s} {everyone:7,d}")
        lines += [f"{method:12s} left out: {why}" for method, why in self.skipped.items()]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return self.summary()

    def _tables(self) -> dict[str, pd.DataFrame]:
        return {method: analysis.results[0].table for method, analysis in self.analyses.items()}

    def _signs(self) -> pd.DataFrame:
        """Direction of each call, 0 where there is none, genes x methods."""
        import numpy as np
        import pandas as pd

        return pd.DataFrame(
            {
                method: np.where(table["padj"] < self.fdr, np.sign(table["log2_fold_change"].fillna(0)), 0).astype(int)
                for method, table in self._tables().items()
            },
            index=next(iter(self._tables().values())).index,
        )


def compare(
    counts: Any, samples: Any = None, design: str | None = None, *, methods: Sequence[str] | None = None,
    contrast: Any = None, **options: Any,
) -> Comparison:  # fmt: skip
    """Run several methods on the same data and compare what they call.

    Parameters
    ----------
    counts, samples, design
        As in `fw.de`.
    methods : sequence of str, optional
        Default: all methods that the data and the design are for; the others are named in ``skipped``.
    contrast : tuple or str, optional
        One comparison; default the first.
    **options
        As in `fw.de`. An option that is not for all of the methods is given to those it is for.

    Returns
    -------
    Comparison
        ``table``, ``calls``, ``overlaps``, ``agreement``, ``figure()``.

    Raises
    ------
    FoldwiseError
        Of a method asked for by name, or of all of them; E-USAGE-001 for an unknown method.
    """
    from foldwise.api.analyze import python_spec
    from foldwise.api.coerce import read_experiment, with_paths
    from foldwise.api.emit import emit
    from foldwise.method import METHODS, method_class

    chosen = tuple(dict.fromkeys(methods if methods is not None else METHODS))
    if not chosen:
        raise UsageError("E-USAGE-002", "No method is given.", f"Choose of {', '.join(METHODS)}.")
    strictest = next((name for name in chosen if method_class(name).needs_integers), chosen[0])
    spec, given = python_spec(design, contrast, {**_common(options, chosen), "method": strictest})
    spec = with_paths(spec, counts, samples)
    experiment, messages = read_experiment(counts, samples, spec)
    emit(messages)
    return compare_methods(spec, experiment, chosen, options, given, asked=methods is not None)


def compare_methods(
    spec: AnalysisSpec, experiment: Any, methods: Sequence[str], options: Mapping[str, Any], given: Any = None,
    *, asked: bool = True,
) -> Comparison:  # fmt: skip
    """Run ``methods`` on one experiment; ``options`` are by flat name, given to the methods they are for."""
    from foldwise.api.design import resolve_design
    from foldwise.api.emit import emit
    from foldwise.api.execute import execute
    from foldwise.model.spec_options import with_options

    resolved = resolve_design(spec, experiment.samples)
    emit(resolved.findings)
    first = dataclasses.replace(resolved.spec.design, contrasts=resolved.spec.design.contrasts[:1])
    base = dataclasses.replace(resolved.spec, design=first)
    analyses: dict[str, Analysis] = {}
    skipped: dict[str, str] = {}
    failure: FoldwiseError | None = None
    for name in methods:
        plain = dataclasses.replace(base, method=type(base.method)(name=name))
        own = {key: value for key, value in options.items() if value is not None and _is_for(key, name)}
        try:
            analyses[name] = execute(with_options(plain, _spec_values(own)), experiment, resolved.design, given=given)
        except FoldwiseError as error:
            if asked or error.id not in NOT_FOR_IT:
                raise
            failure, skipped[name] = error, error.found
    if failure is not None and not analyses:
        raise failure
    return Comparison(analyses, skipped, base.correction.fdr)


def _common(options: Mapping[str, Any], methods: Sequence[str]) -> dict[str, Any]:
    """Options that are not settings of a method; those of methods are refused where none of the methods has them."""
    for name in options:
        if not any(_is_for(name, method) for method in methods):
            raise UsageError(
                "E-USAGE-002", f"None of {', '.join(methods)} uses {name}.", "Leave it out, or add a method that does."
            )
    return {name: value for name, value in options.items() if not _is_setting(name)}


def _is_setting(name: str) -> bool:
    from foldwise.model.spec_options import OPTIONS

    return name in OPTIONS and OPTIONS[name].section == "method"


def _is_for(name: str, method: str) -> bool:
    """Whether a method uses an option."""
    from foldwise.model.method_facts import METHOD_FACTS
    from foldwise.model.spec_options import OPTIONS

    if not _is_setting(name) or method not in METHOD_FACTS:
        return True
    return OPTIONS[name].field in METHOD_FACTS[method].settings


def _spec_values(options: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of the method among the options: all others are in the spec already."""
    return {name: value for name, value in options.items() if _is_setting(name)}


def _spearman(a: pd.Series, b: pd.Series) -> float:
    """Rank correlation with mid-ranks; NaN where one is constant or there are fewer than three genes."""
    import numpy as np

    if len(a) < 3:
        return float("nan")
    x, y = a.rank().to_numpy(), b.rank().to_numpy()
    x, y = x - x.mean(), y - y.mean()
    size = float(np.sqrt(np.sum(x * x) * np.sum(y * y)))
    return float(np.sum(x * y)) / size if size > 0 else float("nan")
