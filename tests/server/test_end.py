"""What a server leaves when it is told to end: nothing but history."""

from __future__ import annotations

import pytest

from tests.server.running import COMMANDS, running, visit


@pytest.mark.parametrize("by", COMMANDS)
def test_no_folder_of_its_own_is_left(tmp_path, by):
    place = tmp_path / "tmp"
    place.mkdir()
    with running(tmp_path, by, TMPDIR=str(place), FARM_COSTS_SOURCE="demo") as url:
        assert "Total cost" in visit(url, {})
        folders = list(place.glob("farm-costs-*"))
        assert len(folders) == 2  # the demo's history, and what memory may have no room for
        assert [folder.stat().st_mode & 0o077 for folder in folders] == [0, 0]
    assert list(place.glob("farm-costs-*")) == []
