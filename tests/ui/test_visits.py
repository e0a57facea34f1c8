"""A session whose browser has gone is closed in time; one whose browser is there never is."""

from __future__ import annotations

from dataclasses import dataclass, field

from ui.visits import GONE_SECONDS, Visits


@dataclass
class Sessions:
    """What Streamlit would be asked."""

    there: set[str]
    closed: list[str] = field(default_factory=list)

    def is_active_session(self, session_id: str) -> bool:
        return session_id in self.there

    def close_session(self, session_id: str) -> None:
        self.closed.append(session_id)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_session_that_has_gone_is_closed_once():
    clock, sessions = Clock(), Sessions({"a", "b"})
    visits = Visits(clock)
    visits.note("a")
    visits.note("b")
    clock.now = 1_000.0
    visits.close_gone(sessions)
    assert sessions.closed == []  # both are there, however long ago they drew a page
    sessions.there.remove("a")
    clock.now += GONE_SECONDS - 1
    visits.close_gone(sessions)
    assert sessions.closed == []  # it may come back
    clock.now += 1
    visits.close_gone(sessions)
    visits.close_gone(sessions)
    assert sessions.closed == ["a"]


def test_a_session_that_comes_back_in_time_stays():
    clock, sessions = Clock(), Sessions(set())
    visits = Visits(clock)
    visits.note("a")
    clock.now = GONE_SECONDS - 1
    sessions.there.add("a")
    visits.close_gone(sessions)
    sessions.there.remove("a")
    clock.now += GONE_SECONDS - 1
    visits.close_gone(sessions)
    assert sessions.closed == []
