"""What a server leaves when it is told to end: nothing but history."""

from __future__ import annotations

import pytest

from simulator import Simulator, tiny_world
from tests.browser.serving import pointing_at
from tests.pages.worlds import WEEK
from tests.server.running import COMMANDS, running, visit


@pytest.mark.parametrize("by", COMMANDS)
def test_no_folder_of_its_own_is_left(tmp_path, by):
    place = tmp_path / "tmp"
    place.mkdir()
    with (
        Simulator(tiny_world()) as service,
        running(tmp_path, by, TMPDIR=str(place), **pointing_at(service.url)) as url,
    ):
        assert "Total cost" in visit(url, WEEK)
        (folder,) = place.glob("farm-costs-*")  # for what memory may have no room for
        assert folder.stat().st_mode & 0o077 == 0
    assert list(place.glob("farm-costs-*")) == []
