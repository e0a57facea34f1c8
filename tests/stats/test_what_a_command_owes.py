"""What was asked of settled days is in history when the command has ended, however it ends.

Each command is a process of its own: what it leaves undone when it ends is seen nowhere else.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from simulator import Fault as ServiceFault
from simulator import Simulator, SimulatorSettings
from simulator.faults import START
from stats.writer import Writer
from tests.stats.autumn import NOW, autumn_world
from tests.stats.bucket import REGION, Fault, client, s3_over_http
from tests.stats.process import LONGEST_SECONDS, Shell
from tests.stats.test_command_line import DAYS

ASKED = ("report", "--farm", "autumn", *DAYS, "--by", "user,usage_type", "--format", "csv")
IN_REGION = {"LocationConstraint": REGION}
FILES = 21 * 2
"""Three weeks of the total by usage type, and of users by usage type."""


@contextmanager
def _shell(folder: Path, history: str = "", **settings: float) -> Iterator[tuple[Shell, Simulator]]:
    (folder / "shell").mkdir()
    service = SimulatorSettings(**settings)
    with Simulator(autumn_world(), service, clock=lambda: NOW) as simulator:
        where = {"FARM_COSTS_HISTORY": history or str(folder / "history")}
        yield Shell(folder / "shell", simulator.url, where), simulator


def _starts(simulator: Simulator) -> int:
    return sum(request.operation == START for request in simulator.requests)


def _files(folder: Path) -> list[str]:
    return [one.name for one in (folder / "history").rglob("*") if one.is_file()]


def test_a_report_is_kept_when_it_has_ended_and_nothing_is_asked_the_second_time(
    tmp_path: Path,
) -> None:
    with _shell(tmp_path) as (shell, simulator):
        first = shell.asked(*ASKED)
        files, starts = _files(tmp_path), _starts(simulator)
        second = shell.asked(*ASKED)
        assert (first.code, second.code) == (0, 0), first.said + second.said
        assert first.data == second.data
        assert starts == 4
        assert _starts(simulator) == 4
    assert len(files) == FILES
    assert all(name.endswith("Z.parquet") for name in files)


@pytest.mark.parametrize(
    ("redirected", "code"),
    [("> >(:)", 0), (">/dev/full", 2), (">&-", 2), ("2>&-", 0), ("2>/dev/full", 0)],
    ids=["reader gone", "full", "closed", "no standard error", "standard error full"],
)
def test_it_is_kept_where_the_data_or_the_words_go_nowhere(
    redirected: str, code: int, tmp_path: Path
) -> None:
    with _shell(tmp_path) as (shell, _):
        assert shell.run(*ASKED, redirected=redirected).code == code
    assert len(_files(tmp_path)) == FILES


def test_it_is_kept_where_a_later_question_of_the_command_fails(tmp_path: Path) -> None:
    with _shell(tmp_path) as (shell, simulator):
        simulator.faults.add(ServiceFault("BatchGetJob", "access_denied", None))
        ended = shell.asked(*ASKED, "--where", "user=Nobody of that name")
        assert (ended.code, ended.data) == (2, b""), ended.said
    assert len(_files(tmp_path)) == FILES


def test_it_is_kept_where_the_command_is_ended_while_it_writes(tmp_path: Path) -> None:
    with _shell(tmp_path) as (shell, _):
        command = shell.begin(*ASKED)
        until = time.monotonic() + LONGEST_SECONDS
        while not _files(tmp_path) and time.monotonic() < until:
            time.sleep(0.001)
        command.send_signal(signal.SIGTERM)
        command.communicate(timeout=LONGEST_SECONDS)
        assert command.returncode in (0, 143)  # it may have been done by then
    assert len(_files(tmp_path)) == FILES


def test_it_goes_to_a_bucket_and_what_is_not_taken_there_is_told_once(tmp_path: Path) -> None:
    with s3_over_http() as wire:
        client(wire).create_bucket(Bucket="owed", CreateBucketConfiguration=IN_REGION)
        with _shell(tmp_path, "s3://owed/history") as (shell, simulator):
            s3 = {name: os.environ[name] for name in ("AWS_ENDPOINT_URL_S3", "AWS_DEFAULT_REGION")}
            with wire.fails(403, "PUT"):
                denied = shell.asked(*ASKED, **s3)
            kept = [shell.asked(*ASKED, **s3) for _ in range(2)]
            assert _starts(simulator) == 4 + 4
    assert [one.code for one in (denied, *kept)] == [0] * 3
    assert denied.said.count("History in s3://owed/history can't be written: ") == 1
    assert {one.data for one in kept} == {denied.data}


def test_a_command_that_is_interrupted_does_not_wait_for_a_bucket(tmp_path: Path) -> None:
    with s3_over_http() as wire, wire.fails(Fault.HANGS, "PUT"):
        client(wire).create_bucket(Bucket="hung", CreateBucketConfiguration=IN_REGION)
        with _shell(tmp_path, "s3://hung/history") as (shell, _):
            command = shell.begin(
                *ASKED,
                AWS_ENDPOINT_URL_S3=wire.url,
                AWS_DEFAULT_REGION=os.environ["AWS_DEFAULT_REGION"],
            )
            until = time.monotonic() + LONGEST_SECONDS
            while "PUT" not in wire.kinds() and time.monotonic() < until:
                time.sleep(0.01)
            assert "PUT" in wire.kinds()
            command.send_signal(signal.SIGINT)
            _, said = command.communicate(timeout=LONGEST_SECONDS)
    assert (command.returncode, b"Traceback" in said) == (130, False)
    assert b"Not all went to history" in said  # who waits for it is told that it does not answer


def test_where_nothing_gets_to_history_the_end_is_not_waited_for_for_ever() -> None:
    told, writer, stuck = list[str](), Writer(), threading.Event()
    writer.do(stuck.wait)
    assert writer.close(4.0, lambda: told.append("slow"))
    assert told == ["slow"]
    stuck.set()


def test_what_gets_on_is_waited_for_however_long_it_takes() -> None:
    writer, files = Writer(), 12

    def slowly() -> None:
        for _ in range(files):
            time.sleep(0.4)
            writer.wrote_a_file()

    writer.do(slowly)
    assert not writer.close(4.0, bool)
