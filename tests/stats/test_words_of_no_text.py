"""What is typed in another encoding than UTF-8 is said to be so, whatever it is to be found by."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator import Simulator
from simulator.tiny import FARM, tiny_world
from stats.mirror import Mirror
from tests.stats.process import Shell

REPORT = ("report", "--farm", FARM, "--start", "2026-03-02", "--end", "2026-03-05")
FORET = "for\udceat"
"""As a terminal that writes ISO 8859-1 has it."""


@pytest.mark.parametrize(
    "words",
    [
        ("--job-name", FORET),
        ("--by", "job", "--where", f"job={FORET}"),
        ("--where", f"instance_type={FORET}"),
        ("--where", "usage_type=COMPUTE", "--where", f"user=arn:{FORET}"),
        ("--queues", FORET),
    ],
    ids=["name", "job", "type", "user", "queues"],
)
def test_it_is_an_error_of_the_question(tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "work").mkdir()
    with Simulator(tiny_world()) as service:
        ended = Shell(tmp_path / "work", service.url).run(*REPORT, *words)
        assert service.requests == []
    assert (ended.code, ended.data) == (2, b"")
    assert "for\\udceat” (" in ended.said
    assert "is no text in UTF-8. Write it in UTF-8" in ended.said


def test_a_file_may_be_called_anything(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    with Simulator(tiny_world()) as service:
        shell = Shell(tmp_path / "work", service.url)
        ended = shell.run(*REPORT, "--format", "csv", "--output", FORET)
    assert ended.code == 0, ended.said
    assert (tmp_path / "work" / FORET).read_bytes()


def test_no_history_is_kept_in_a_folder_by_whose_name_no_file_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    with Simulator(tiny_world()) as service:
        shell = Shell(tmp_path / "work", service.url)
        ended = shell.run(*REPORT, FARM_COSTS_HISTORY=str(tmp_path / FORET))
    assert (ended.code, ended.data) == (2, b"")
    assert "for\\udceat: its name is not in UTF-8. Set FARM_COSTS_HISTORY to" in ended.said
    assert [one.name for one in tmp_path.iterdir() if one.name != "home"] == ["work"]


def test_what_memory_has_no_room_for_goes_to_no_such_folder(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / FORET).mkdir()
    with Simulator(tiny_world()) as service:
        shell = Shell(tmp_path / "work", service.url)
        ended = shell.run(*REPORT, "--format", "json", TMPDIR=str(tmp_path / FORET))
    assert ended.code == 0, ended.said
    assert b'"sum": 13.0' in ended.data


def test_copies_of_a_bucket_are_made_where_they_can_be_read(tmp_path: Path) -> None:
    folder = Mirror(tmp_path / FORET).folder
    assert folder != tmp_path / FORET
    assert str(folder).encode()
