"""HiGHS in the tests' own process: each test may choose how many threads it has."""

from __future__ import annotations

from collections.abc import Iterator

import highspy
import pytest


@pytest.fixture(autouse=True)
def _threads_are_chosen_anew() -> Iterator[None]:
    """HiGHS refuses another number of threads than a process began with, until it is reset."""
    yield
    highspy.Highs.resetGlobalScheduler(True)
