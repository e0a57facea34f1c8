"""`history verify` looks at all that stands in the place of history, or says that it can’t."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.stats.checkups import collected
from tests.stats.process import Shell


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    (tmp_path / "work").mkdir()
    return Shell(tmp_path / "work")


def _a_file(path: Path) -> None:
    path.write_bytes(b"something else")


def _dangling(path: Path) -> None:
    path.symlink_to(path.parent / "nowhere")


def _looped(path: Path) -> None:
    path.symlink_to(path)


Makes = Callable[[Path], None]


@pytest.mark.parametrize("make", [_a_file, os.mkfifo, _dangling, _looped])
@pytest.mark.parametrize("words", [("history",), ("history", "verify"), ("history", "compact")])
def test_what_is_no_folder_holds_no_history(
    shell: Shell, tmp_path: Path, make: Makes, words: tuple[str, ...]
) -> None:
    make(tmp_path / "place")
    ended = shell.asked(*words, FARM_COSTS_HISTORY=str(tmp_path / "place"))
    assert (ended.code, ended.data) == (5, b"")
    assert f"History in {tmp_path / 'place'} can't be read" in ended.said


@pytest.mark.parametrize("place", ["/dev/null", "v2"])
def test_nor_does_a_device_or_what_stands_inside(shell: Shell, tmp_path: Path, place: str) -> None:
    folder = tmp_path / "history"
    folder.mkdir()
    _a_file(folder / "v2")
    where = place if place.startswith("/") else str(folder)
    assert shell.asked("history", "verify", FARM_COSTS_HISTORY=where).code == 5


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, _dangling, _looped])
@pytest.mark.parametrize("what", ["cut=usage_type/*.parquet", "cut=usage_type", "counted_by=fleet"])
def test_what_stands_in_the_place_of_a_file_or_folder_is_told(
    shell: Shell, tmp_path: Path, make: Makes, what: str
) -> None:
    folder = collected(tmp_path)
    path = sorted(folder.rglob(what))[0]
    path.rename(tmp_path / "away")
    if make is Path.mkdir and not what.endswith("parquet"):
        make = _a_file
    make(path)
    ended = shell.asked("history", "verify", FARM_COSTS_HISTORY=str(folder))
    assert ended.code == 5
    assert ended.text.count("\n") == 1
    assert ended.text.startswith(f"{path}: it is ")


def test_where_there_is_nothing_that_is_said(shell: Shell, tmp_path: Path) -> None:
    ended = shell.asked("history", "verify", FARM_COSTS_HISTORY=str(tmp_path / "new"))
    assert ended.code == 0
    assert "holds nothing: there was nothing to look at" in ended.text
