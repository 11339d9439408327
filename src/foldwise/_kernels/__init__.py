"""The narrow door to compiled code: arrays in, arrays out, the GIL released.

The functions are those of the extension module ``_compiled``; callers use them
as attributes of this package (``_kernels.nb_irls(...)``), which is where the
tests switch the NumPy twins in.
"""

from __future__ import annotations

from foldwise._kernels._compiled import (
    beta_tail,
    column_medians,
    elementwise,
    f_tail,
    format_rows,
    glm_deviance,
    glm_levenberg,
    glm_one_way,
    glm_profile_refit,
    group_moments,
    least_squares,
    local_lines,
    log_cpm,
    nb_cauchy_map,
    nb_contrast,
    nb_cooks,
    nb_deviance_moments,
    nb_dispersion_search,
    nb_irls,
    nb_optim,
    nb_profile_loglik,
    nb_quasi,
    nb_start,
    normal_tail,
    rank_sum_rows,
    read_counts,
    row_summaries,
    student_tail,
    tier,
    voom_weights,
)

__all__ = [
    "beta_tail",
    "column_medians",
    "elementwise",
    "f_tail",
    "format_rows",
    "glm_deviance",
    "glm_levenberg",
    "glm_one_way",
    "glm_profile_refit",
    "group_moments",
    "least_squares",
    "local_lines",
    "log_cpm",
    "nb_cauchy_map",
    "nb_contrast",
    "nb_cooks",
    "nb_deviance_moments",
    "nb_dispersion_search",
    "nb_irls",
    "nb_optim",
    "nb_profile_loglik",
    "nb_quasi",
    "nb_start",
    "normal_tail",
    "rank_sum_rows",
    "read_counts",
    "row_summaries",
    "student_tail",
    "tier",
    "voom_weights",
]
