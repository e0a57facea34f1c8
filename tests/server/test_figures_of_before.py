"""Below the name of a farm or window no figures of another stand, however long these take.

A browser leaves standing what a run has not come to yet, and puts everything in its place as soon
as it comes: so do these tests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from simulator import Simulator, tiny_world
from simulator.tiny import ADA, COMP
from tests.browser.serving import pointing_at
from tests.pages.worlds import WEEK
from tests.server.running import PATIENCE_SECONDS, running, socket

OTHERS = ({**WEEK, "start": "2026-03-03"}, {**WEEK, "queue": COMP}, {**WEEK, "fleet": "all"})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with (
        Simulator(tiny_world()) as service,
        running(tmp_path_factory.mktemp("home"), **pointing_at(service.url)) as url,
    ):
        yield url


class Browser:
    """What stands on the page: the kind of each element, and whether this run has drawn it."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._places: dict[tuple[int, ...], tuple[str, bool]] = {}

    def opens(self, link: Mapping[str, str], page: str = "") -> list[int]:
        """How many tiles of the run before stood there after each element of this one."""
        asking = BackMsg()
        asking.rerun_script.page_name = page
        asking.rerun_script.query_string = urlencode(link)
        self._client.send(asking.SerializeToString())
        self._places = {place: (kind, False) for place, (kind, _) in self._places.items()}
        stood = []
        while (message := self._hears()).WhichOneof("type") != "script_finished":
            if message.WhichOneof("type") == "delta":
                self._draws(tuple(message.metadata.delta_path), message.delta)
                stood.append(sum(one == ("metric", False) for one in self._places.values()))
        self._places = {place: one for place, one in self._places.items() if one[1]}
        return stood

    def tiles(self) -> int:
        return sum(kind == "metric" for kind, _ in self._places.values())

    def _hears(self) -> ForwardMsg:
        heard = self._client.recv(PATIENCE_SECONDS)
        return ForwardMsg.FromString(heard)

    def _draws(self, place: tuple[int, ...], delta: Any) -> None:
        """An element takes the place of all that stood there, a container of an element only."""
        if delta.WhichOneof("type") == "new_element":
            for gone in [at for at in self._places if at[: len(place)] == place]:
                del self._places[gone]
            kind = delta.new_element.WhichOneof("type")
            self._places[place] = kind, True
        else:
            self._places.pop(place, None)


@pytest.mark.parametrize("page", ["", "users"])
def test_figures_of_another_window_or_scope_are_gone_before_any_of_this_one(server, page):
    with socket(server) as client:
        browser = Browser(client)
        for link in (WEEK, *OTHERS, WEEK):
            before = browser.tiles()
            stood = browser.opens(link, page)
            assert browser.tiles() > 2
            changes = [n for n, many in enumerate(stood) if many != before]
            assert not before or stood[changes[0]] == 0  # all at once
            assert not before or changes[0] < 30  # all that stands before the page's title


def test_what_is_looked_at_in_another_way_stays_until_it_is_drawn_anew(server):
    with socket(server) as client:
        browser = Browser(client)
        browser.opens(WEEK)
        before = browser.tiles()
        for link in (WEEK, {**WEEK, "show": "runtime"}, {**WEEK, "user": ADA}):
            gone = browser.opens(link)
            assert before - 1 in gone  # one by one
            before = browser.tiles()
