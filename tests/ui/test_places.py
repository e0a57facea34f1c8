"""Pages are computed in so many places at once: given back while a page waits, one a session."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress

import pytest

from stats import aside
from stats.errors import HistoryError
from stats.progress import patiently
from ui.places import Places

PATIENCE_SECONDS = 120


class Stopped(BaseException):
    """What Streamlit ends a run with is no Exception either."""


def _nothing() -> None:
    pass


def _stop() -> None:
    raise Stopped


class Run:
    """A page of a session in a thread of its own; it has its place until it is let go on."""

    def __init__(
        self, places: Places, by: str, within: Callable[[], None] = _nothing, look=_nothing
    ) -> None:
        self.has_place, self.goes_on = threading.Event(), threading.Event()
        self.ended: Future[None] = Future()

        def runs() -> None:
            with places.taken(by, look):
                self.has_place.set()
                within()
                self.goes_on.wait(PATIENCE_SECONDS)

        def ends() -> None:
            with suppress(Stopped):
                runs()
            self.ended.set_result(None)

        threading.Thread(target=ends, daemon=True).start()

    def has_come(self) -> bool:
        return self.has_place.wait(PATIENCE_SECONDS)

    def ends(self) -> None:
        self.goes_on.set()
        self.ended.result(PATIENCE_SECONDS)


def _waits(places: Places, many: int) -> None:
    """Returns once so many wait for a place."""
    end = time.monotonic() + PATIENCE_SECONDS
    while places.waiting != many:
        assert time.monotonic() < end
        time.sleep(0.005)


def test_who_comes_when_all_places_are_taken_waits_for_one():
    places = Places(2, look_every_seconds=0.01)
    first, second = Run(places, "a"), Run(places, "b")
    assert first.has_come()
    assert second.has_come()
    third = Run(places, "c")
    _waits(places, 1)
    assert not third.has_place.is_set()
    first.ends()
    assert third.has_come()
    second.ends()
    third.ends()
    assert places.free == 2


def test_places_are_given_in_the_order_of_asking():
    places = Places(1, look_every_seconds=0.01)
    order: list[str] = []
    running = Run(places, "a")
    assert running.has_come()
    later = []
    for n, name in enumerate("bcd"):
        later.append(Run(places, name, within=lambda name=name: order.append(name)))
        _waits(places, n + 1)
    running.ends()
    for one in later:
        assert one.has_come()
        one.ends()
    assert order == ["b", "c", "d"]


def test_who_waits_for_a_place_can_be_stopped_and_takes_none():
    places = Places(1, look_every_seconds=0.01)
    running = Run(places, "a")
    assert running.has_come()
    stopped = Run(places, "b", look=_stop)
    stopped.ended.result(PATIENCE_SECONDS)
    assert not stopped.has_place.is_set()
    running.ends()
    assert (places.free, places.waiting) == (1, 0)


def test_a_session_has_one_place_however_many_runs_it_asks_for():
    places = Places(3, look_every_seconds=0.01)
    first = Run(places, "a")
    assert first.has_come()
    again, other = Run(places, "a"), Run(places, "b")
    assert other.has_come()
    _waits(places, 1)
    assert not again.has_place.is_set()
    first.ends()
    assert again.has_come()
    again.ends()
    other.ends()


def test_a_place_is_given_back_while_its_page_waits_for_others():
    places, answer = Places(1, look_every_seconds=0.01), Future[None]()

    def waits() -> None:
        patiently(lambda _: answer.result(PATIENCE_SECONDS), _nothing)

    waiting = Run(places, "a", within=waits)
    assert waiting.has_come()
    other = Run(places, "b")
    assert other.has_come()  # though the first is not done
    answer.set_result(None)
    _waits(places, 1)  # it has its answer, and no place to go on in
    other.ends()
    waiting.ends()
    assert places.free == 1


def test_who_is_stopped_while_waiting_for_others_gives_back_nothing_twice():
    places = Places(1)

    def _waits_until_stopped() -> None:
        with places.taken("a", _nothing), aside.waiting():
            raise Stopped

    with pytest.raises(Stopped):
        _waits_until_stopped()
    assert places.free == 1


def test_who_fails_while_waiting_for_others_goes_on_in_a_place():
    places, free = Places(1), []

    def fails() -> None:
        with aside.waiting():
            free.append(places.free)
            raise HistoryError("The bucket is silent.", "")

    with places.taken("a", _nothing):
        with pytest.raises(HistoryError):
            fails()
        free.append(places.free)
    assert [*free, places.free] == [1, 0, 1]


def test_where_nothing_is_bounded_nothing_is_let_go_of():
    with aside.waiting():
        pass
