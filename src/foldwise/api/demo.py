"""``fw.demo``: results on real data that are always at hand."""

from __future__ import annotations

from typing import Any

from foldwise.api.results import Results


def demo(*, simulated: bool = False, **options: Any) -> Results:
    """Return results on the bundled airway counts (64,102 genes, 8 samples, four cell lines, dexamethasone).

    Parameters
    ----------
    simulated : bool
        Take simulated counts instead (see `simulate`).
    **options
        As in `de`.
    """
    from foldwise.api.analyze import de
    from foldwise.io.demo_data import CONTRAST, FORMULA, airway_folder

    if simulated:
        from foldwise.api.simulate import simulate

        data = simulate()
        return de(data.counts, data.samples, "~ group", contrast="group:treated:control", **options)
    folder = airway_folder()
    return de(folder / "counts.tsv.gz", folder / "samples.tsv", FORMULA, contrast=CONTRAST, **options)
