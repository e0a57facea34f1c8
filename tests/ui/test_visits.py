"""A session whose browser has gone is closed in time; one whose browser is there never is."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from ui.visits import GONE_SECONDS, Visits


@dataclass
class Sessions:
    """What Streamlit would be asked: who is there, and who is kept for coming back."""

    there: set[str]
    kept: set[str] = field(default_factory=set)
    closed: list[str] = field(default_factory=list)

    def all_ids(self) -> set[str]:
        return self.there | self.kept

    def is_active_session(self, session_id: str) -> bool:
        return session_id in self.there

    def close_session(self, session_id: str) -> None:
        self.closed.append(session_id)
        self.kept.remove(session_id)

    def leaves(self, session_id: str) -> None:
        self.there.remove(session_id)
        self.kept.add(session_id)

    def comes_back(self, session_id: str) -> None:
        self.kept.remove(session_id)
        self.there.add(session_id)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def visits(clock):
    return Visits(clock)


def test_a_session_that_has_gone_is_closed_once(clock, visits):
    sessions = Sessions({"a", "b"})
    visits.close_gone(sessions)
    clock.now = 1_000.0
    visits.close_gone(sessions)
    assert sessions.closed == []  # both are there, however long ago they came
    sessions.leaves("a")
    visits.close_gone(sessions)
    clock.now += GONE_SECONDS - 1
    visits.close_gone(sessions)
    assert sessions.closed == []  # it may come back
    clock.now += 1
    visits.close_gone(sessions)
    visits.close_gone(sessions)
    assert sessions.closed == ["a"]


def test_a_session_that_comes_back_in_time_stays(clock, visits):
    sessions = Sessions(set(), {"a"})
    visits.close_gone(sessions)
    clock.now = GONE_SECONDS - 1
    sessions.comes_back("a")
    visits.close_gone(sessions)
    sessions.leaves("a")
    visits.close_gone(sessions)
    clock.now += GONE_SECONDS - 1
    visits.close_gone(sessions)
    assert sessions.closed == []


def test_one_that_was_never_seen_there_is_closed_too(clock, visits):
    sessions = Sessions(set(), {"came and went between two looks"})
    visits.close_gone(sessions)
    clock.now = GONE_SECONDS
    visits.close_gone(sessions)
    assert sessions.all_ids() == set()
