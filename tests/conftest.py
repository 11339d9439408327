"""Skips are counted by pytest; where ``FOLDWISE_FORBID_SKIPS`` is set, one of them fails the run."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# The same examples in every run; FOLDWISE_FUZZ=1 draws new ones.
settings.register_profile("repeatable", derandomize=True, deadline=None)
if not os.environ.get("FOLDWISE_FUZZ"):
    settings.load_profile("repeatable")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session, exitstatus):
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if skipped and os.environ.get("FOLDWISE_FORBID_SKIPS"):
        reporter.write_line(f"{len(skipped)} skipped where skips are forbidden (FOLDWISE_FORBID_SKIPS)", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
