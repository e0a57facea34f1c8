"""What follows from a report is not worked out anew for whoever looks again."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.pages.opening import OF_NUMBERS, is_whole, opened
from tests.pages.worlds import WEEK

WORK = ("groupby", "pivot_table", "sort_values", "merge")
LOOKS = 3
"""Of which one may be in a new hour or minute, and another one begin with it."""


@pytest.mark.parametrize("show", ["cost", "runtime"])
@pytest.mark.parametrize("page", OF_NUMBERS)
def test_a_page_that_is_looked_at_again_adds_nothing_up(tiny, monkeypatch, page, show):
    at = opened(page, WEEK | {"show": show})
    assert is_whole(at)
    done: list[str] = []

    def noting(name, work):
        def noted(*args, **kwargs):
            done.append(name)
            return work(*args, **kwargs)

        return noted

    for name in WORK:
        monkeypatch.setattr(pd.DataFrame, name, noting(name, getattr(pd.DataFrame, name)))
    looks = []
    for _ in range(LOOKS):
        at.run()
        looks.append(tuple(done))
        done.clear()
    assert is_whole(at)
    assert () in looks
