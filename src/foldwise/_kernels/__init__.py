"""The narrow door to compiled code: arrays in, arrays out, the GIL released.

The functions are those of the extension module ``_compiled``; callers use them
as attributes of this package (``_kernels.nb_irls(...)``), which is where the
tests switch the NumPy twins in.
"""

from __future__ import annotations

from foldwise._kernels._compiled import (
    elementwise,
    format_rows,
    nb_cooks,
    nb_dispersion_search,
    nb_irls,
    nb_profile_loglik,
    nb_start,
    normal_tail,
    read_counts,
    tier,
)

__all__ = [
    "elementwise",
    "format_rows",
    "nb_cooks",
    "nb_dispersion_search",
    "nb_irls",
    "nb_profile_loglik",
    "nb_start",
    "normal_tail",
    "read_counts",
    "tier",
]
