"""Terminal tables stand in line in any writing."""

from __future__ import annotations

import pandas as pd
import pytest
from wcwidth import wcswidth

from stats import grid

NAMES = ["comp", "レンダリング", "fore\u0302t", "한글", "\u1112\u1161\u11ab", "👩‍🚀"]


def test_each_column_ends_at_the_same_place_in_every_line() -> None:
    table = pd.DataFrame({"job_name": NAMES, "count": ["1", "22", "3,333", "4", "5", "6"]})
    lines = grid.lined_up(table).splitlines()
    assert len(lines) == 1 + len(NAMES)
    assert {wcswidth(line) for line in lines} == {12 + 1 + 5}
    assert lines[2] == "レンダリング    22"
    assert lines[3] == "       fore\u0302t 3,333"


@pytest.mark.parametrize("rows", [0, 1])
def test_a_table_may_be_short(rows: int) -> None:
    assert (
        grid.lined_up(pd.DataFrame({"id": ["a"] * rows})).splitlines() == ["id", " a"][: rows + 1]
    )


@pytest.mark.parametrize(
    ("numbers", "many"),
    [
        ([4_294.1, 161.07, 0.0], 2),
        ([0.005], 2),
        ([0.0025, 1_000.0], 4),
        ([0.000012], 6),
        ([1e-9], 6),
        ([float("nan"), float("inf")], 2),
        ([], 2),
    ],
)
def test_no_number_but_zero_is_written_as_zero(numbers: list[float], many: int) -> None:
    assert grid.decimals(numbers) == many
