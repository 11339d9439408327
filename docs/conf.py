"""The documentation site: Sphinx, MyST, furo. ``make docs`` builds it to build/docs, without network."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "docs" / "_site")]

import reference_pages  # noqa: E402  (scripts/, found by the line above)

import foldwise  # noqa: E402

reference_pages.write(ROOT / "docs" / "reference")

project = "foldwise"
author = "The foldwise authors"
project_copyright = "The foldwise authors, BSD-3-Clause"
version = release = foldwise.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "foldwise_site"]
exclude_patterns = ["_site"]
suppress_warnings = ["ref.python"]  # "(n_genes, n_samples)" in docstrings are shapes, not references
smartquotes = False  # "--design" is an option and no dash
default_role = "code"
highlight_language = "none"

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4
myst_links_external_new_tab = False

autodoc_typehints = "none"  # the types stand in the docstrings
autodoc_member_order = "bysource"
autodoc_class_signature = "mixed"
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True

html_theme = "furo"
pygments_dark_style = "github-dark"
html_title = f"foldwise {version}"
html_static_path = ["_site/static"]
html_css_files = ["site.css"]
html_math_renderer = "mathml"  # drawn by the browser itself: no script, no network
html_extra_path = ["../src/foldwise/llms.txt", "../src/foldwise/SKILL.md"]
html_copy_source = False
html_show_sourcelink = False
html_show_search_summary = False  # it would fetch the pages, which browsers do not allow for files
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0b62a4", "color-brand-content": "#0b62a4"},
    "dark_css_variables": {"color-brand-primary": "#7cc4f4", "color-brand-content": "#7cc4f4"},
}
