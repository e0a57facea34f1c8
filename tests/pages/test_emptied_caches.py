"""Streamlit's caches may be emptied at any moment: nothing that pages need lies there."""

from __future__ import annotations

import threading

import streamlit as st

from server import process
from tests.pages.opening import is_whole, opened, said
from tests.pages.worlds import WEEK


def test_what_the_process_owns_outlasts_them(tiny, monkeypatch):
    monkeypatch.setenv("FARM_COSTS_COLLECT_HOUR", "3")
    before = set(threading.enumerate())
    at = opened("overview", WEEK)
    reporter = process.estate().reporter()
    (nightly,) = {one for one in threading.enumerate() if one.name == "farm-nightly"} - before
    whole, asked = said(at), len(tiny.requests)
    st.cache_resource.clear()
    st.cache_data.clear()
    assert is_whole(at.run())
    assert said(at) == whole
    assert process.estate().reporter() is reporter
    assert nightly.is_alive()
    again = opened("overview", WEEK)
    assert is_whole(again)
    assert said(again) == whole
    assert len(tiny.requests) == asked
    assert is_whole(opened("explore", WEEK))
    assert len(tiny.requests) > asked  # it goes on asking, too
