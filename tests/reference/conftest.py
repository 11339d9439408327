"""Mark every test of this folder as `reference`; without R's outputs beside the repository deselect them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reference import data

HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    ours = [item for item in items if HERE in item.path.parents]
    for item in ours:
        item.add_marker(pytest.mark.reference)
    if ours and not data.available():
        config.hook.pytest_deselected(items=ours)
        items[:] = [item for item in items if item not in ours]
