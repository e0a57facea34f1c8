"""How long who asks too fast has to wait."""

from __future__ import annotations

import pytest

from server.pace import Pace


def test_some_pass_at_once_and_then_so_many_a_second():
    pace = Pace(2.0, 3)
    assert [pace.pause(10.0) for _ in range(6)] == [0.0, 0.0, 0.0, 0.5, 1.0, 1.5]


def test_who_waited_as_told_waits_no_longer_than_for_one():
    pace, now, waits = Pace(2.0, 1), 0.0, []
    for _ in range(5):
        waits.append(pace.pause(now))
        now += waits[-1]
    assert waits == [0.0, *[0.5] * 4]


def test_a_rest_gives_back_no_more_than_what_passes_at_once():
    pace = Pace(2.0, 3)
    for _ in range(3):
        pace.pause(0.0)
    assert pace.pause(1e9) == 0.0
    assert [pace.pause(1e9) for _ in range(3)] == [0.0, 0.0, pytest.approx(0.5)]
