"""A page that waits for a place to be computed in says so, and sees Streamlit's stop."""

from __future__ import annotations

import time
from contextlib import ExitStack

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.opening import ROOT, is_whole
from ui.places import PLACES

PATIENCE_SECONDS = 120


def _nothing() -> None:
    pass


def test_a_page_that_waits_for_its_place_is_ended_where_streamlit_stops_it(tiny):
    with ExitStack() as others:
        for n in range(PLACES.free):
            others.enter_context(PLACES.taken(n, _nothing))
        at = AppTest.from_file(ROOT / "app.py", default_timeout=3)
        with pytest.raises(RuntimeError, match="timed out"):  # and tells the run to stop
            at.run()
        end = time.monotonic() + PATIENCE_SECONDS
        while PLACES.waiting:
            assert time.monotonic() < end, "it still waits"
            time.sleep(0.05)
        assert PLACES.free == 0
    assert is_whole(at.run(timeout=240))
