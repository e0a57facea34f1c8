"""A secrets.toml that Streamlit itself can't read is told on the page; the server answers."""

from __future__ import annotations

import sys

import pytest
from playwright.sync_api import expect

from tests.browser.serving import ROOT, free_port, started

pytestmark = pytest.mark.browser


def test_a_folder_in_place_of_the_file_is_told(visit, tmp_path):
    (tmp_path / ".streamlit" / "secrets.toml").mkdir(parents=True)
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.port"]
    there = ["--server.address=127.0.0.1", "--server.headless=true"]
    more = {"PYTHONPATH": str(ROOT)}
    url = f"http://127.0.0.1:{port}"
    with started(tmp_path, [*command, str(port), *there], url, more, tmp_path):
        here = visit("", url=url)
        expect(here.page.get_by_test_id("stAlert")).to_contain_text("secrets.toml is no file")
        assert here.complaints == []
        here.leave()
