"""How long things took, as a histogram counts them."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.kernel.histogram import COMMIT_S, LatencyHistogram


@given(st.lists(st.floats(0, 100)))
def test_each_bound_has_those_that_took_no_longer(took: list[float]) -> None:
    # MC-02
    counted = LatencyHistogram(COMMIT_S)
    for each in took:
        counted.add(each)
    assert list(counted.upto()) == [(bound, sum(each <= bound for each in took)) for bound in (*COMMIT_S, inf)]
    assert counted.total_s == pytest.approx(sum(took))
