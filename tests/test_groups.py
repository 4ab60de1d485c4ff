"""Tests of one group run in one process, so that what they share is made once."""

from __future__ import annotations

import pytest


@pytest.mark.xdist_group("together")
def test_a_group_is_part_of_the_name(request: pytest.FixtureRequest) -> None:
    """By which pytest-xdist sends it to a worker: without it, Spark starts in each of them."""
    is_grouped = request.config.getoption("loadgroup", default=False)
    assert request.node.nodeid.endswith("@together") == is_grouped
