"""History on a bad day: never a wrong number, never a settled day lost, always a word."""

from __future__ import annotations

import errno
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from simulator import SimulatorSettings
from stats import audit, dayfile, relation, replacing, rollup
from stats.clock import Clock
from stats.errors import TooLarge
from stats.history import History
from stats.model import MISSING, Dimension, Question, Report, Scope, Window
from stats.report import Reporter
from stats.zone import Zone
from tests.stats.asking import Asker, asking, question
from tests.stats.autumn import FIRST, NOW, autumn_world, differences, rows_of, values

WRITER = """
import os, sys, itertools
from pathlib import Path
sys.path[:0] = [sys.argv[2]]
from tests.stats.test_history import *
history = History(Path(sys.argv[1]), timedelta(hours=48), Clock(now=lambda: LATER))
many = [(f"j{n}", "ada") for n in range(2_000)]
if sys.argv[3:]:  # another writer
    os.fork()
os.write(1, b"ready\\n")
for number in itertools.cycle(range(20)):
    history.put(BY_JOB, day(number), rows(BY_JOB, *many, at=day(number)), ORIGIN)
"""
TODAY = NOW.replace(hour=0, minute=0)
ROOT = Path(__file__).parents[2]


def asked(*by: str, days: int = 12) -> Question:
    """About the whole farm over settled days."""
    window = (FIRST, FIRST + timedelta(days=days))
    about = question(autumn_world(), window, *(by or ("user", "usage_type")), period="daily")
    return replace(about, scope=replace(about.scope, whole=True))


@pytest.fixture(scope="module")
def asker() -> Iterator[Asker]:
    """A service, asked without history."""
    with asking(autumn_world(), service=SimulatorSettings(page_size=100)) as one:
        yield one


@pytest.fixture(scope="module")
def right(asker: Asker) -> Report:
    """What the service answers."""
    return asker.report(asked())


Makes = Callable[..., Reporter]


@pytest.fixture
def with_history(asker: Asker) -> Iterator[Makes]:
    """Reporters with a history, as further processes would be."""
    made: list[Reporter] = []

    def making(folder: Path) -> Reporter:
        made.append(asker.another(history=str(folder)))
        return made[-1]

    yield making
    for one in made:
        one.close()


@pytest.fixture(scope="module")
def once_filled(asker: Asker, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of history that answers the question."""
    folder = tmp_path_factory.mktemp("history")
    reporter = asker.another(history=str(folder))
    reporter.ask(asked())
    reporter.close()
    return folder


@pytest.fixture
def filled(once_filled: Path, tmp_path: Path) -> Path:
    """One of its own."""
    return Path(shutil.copytree(once_filled, tmp_path / "history"))


def files_of(folder: Path) -> list[Path]:
    found = sorted(folder.rglob("*.parquet"))
    assert len(found) == 24
    return found


def same(report: Report, right: Report) -> None:
    assert differences(rows_of(report), rows_of(right)) == []
    assert report.total_by_usage_type == right.total_by_usage_type


def test_what_is_in_history_is_answered_without_the_service(
    asker: Asker, with_history: Makes, filled: Path, right: Report
) -> None:
    before = len(asker.simulator.requests)
    reporter = with_history(filled)
    same(reporter.ask(asked()), right)
    operations = {request.operation for request in asker.simulator.requests[before:]}
    assert "StartSessionsStatisticsAggregation" not in operations


def test_what_is_called_whole_and_is_not_is_not_kept(with_history: Makes, tmp_path: Path) -> None:
    about = asked()
    part = replace(about, scope=replace(about.scope, ids=about.scope.ids[1:]))
    reporter = with_history(tmp_path)
    reporter.ask(part)
    reporter.close()
    assert list(tmp_path.rglob("*.parquet")) == []


@pytest.mark.parametrize("seed", range(4))
def test_a_writer_killed_at_any_moment_leaves_whole_files_only(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    command = [sys.executable, "-c", WRITER, str(tmp_path), str(ROOT), "another"]
    writers = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
    assert writers.stdout
    ready = [writers.stdout.readline() for _ in range(2)]
    time.sleep(chance.uniform(0.05, 0.8))
    os.killpg(writers.pid, signal.SIGKILL)
    writers.communicate()
    assert ready == [b"ready\n"] * 2
    history = History(tmp_path, timedelta(hours=48), Clock())
    shelves = history.shelves()
    assert list(audit.amiss(history, shelves)) == []
    for shelf in shelves:
        for day in history.listed(shelf):
            assert len(history.read(shelf, day)) == 2_000


def spoiled_in_the_middle(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4 : len(data) // 3] = bytes(len(data) // 3 - 4)
    path.write_bytes(data)


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def of_another_day(path: Path) -> None:
    other = next(file for file in sorted(path.parent.iterdir()) if file != path)
    shutil.copy(other, path)


def gone(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("spoil", [spoiled_in_the_middle, cut_short, of_another_day, gone])
@pytest.mark.parametrize("seed", range(3))
def test_a_bad_file_is_asked_for_again_and_mended(
    with_history: Makes,
    filled: Path,
    right: Report,
    spoil: Callable[[Path], None],
    seed: int,
) -> None:
    for path in random.Random(seed).sample(files_of(filled), 3):
        spoil(path)
    reporter = with_history(filled)
    same(reporter.ask(asked()), right)
    reporter.close()
    history = reporter.history
    assert list(audit.amiss(history, history.shelves())) == []
    assert len(files_of(filled)) == 24


def test_files_that_turn_bad_or_go_while_a_server_runs_change_no_number(
    with_history: Makes, filled: Path, right: Report
) -> None:
    reporter = with_history(filled)
    same(reporter.ask(asked()), right)
    first, second, third, *_ = files_of(filled)
    first.unlink()
    cut_short(second)
    spoiled_in_the_middle(third)
    same(reporter.ask(asked()), right)


def test_a_folder_that_can_not_be_made_costs_time_and_is_said(
    asker: Asker, with_history: Makes, tmp_path: Path, right: Report
) -> None:
    (tmp_path / "file").write_text("in the way")
    reporter = with_history(tmp_path / "file" / "history")
    same(reporter.ask(asked()), right)
    again = reporter.ask(asked("user"))
    (note,) = (one for one in again.notes if "History" in one)
    assert "FARM_COSTS_HISTORY" in note
    assert (tmp_path / "file").read_text() == "in the way"


def no_room_notes(report: Report) -> list[str]:
    return [note for note in report.notes if "can't be written: No space left" in note]


def test_that_days_can_not_be_written_is_said_until_they_can_be(
    with_history: Makes, tmp_path: Path, right: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often somebody asks what history has, or what is not to be kept yet."""

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    reporter = with_history(tmp_path / "history")
    reporter.ask(asked("user", days=3))
    written(reporter)
    with monkeypatch.context() as disk:
        disk.setattr(replacing, "write_by_way_of", full)
        same(reporter.ask(asked()), right)
        written(reporter)
        for about in (asked(), asked("user", days=3), of_today(), asked("user", days=3), asked()):
            (_,) = no_room_notes(reporter.ask(about))
            written(reporter)
    same(reporter.ask(asked()), right)
    written(reporter)
    assert not no_room_notes(reporter.ask(asked("user", days=3)))
    assert not no_room_notes(reporter.ask(asked()))


def of_today() -> Question:
    """About days that are not settled."""
    about = asked("user")
    return replace(about, window=Window(TODAY - timedelta(days=1), TODAY))


def written(reporter: Reporter) -> None:
    """Once all is written that was to be, or could not be."""
    while reporter._past._writer._waiting:
        time.sleep(0.01)


def test_a_full_disk_leaves_no_half_file_and_loses_nothing(tmp_path: Path) -> None:
    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, 2_000))

    writer = subprocess.run(
        [sys.executable, "-c", WRITER, str(tmp_path), str(ROOT)],
        preexec_fn=limited,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},  # which would be cut short as well
        capture_output=True,
        text=True,
        check=False,
    )
    assert writer.returncode == 1
    assert "Unwritten: History in" in writer.stderr
    assert "can't be written: File too large" in writer.stderr
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_only_be_read_is_read(
    with_history: Makes, filled: Path, right: Report
) -> None:
    for folder in [filled, *(one for one in filled.rglob("*") if one.is_dir())]:
        folder.chmod(0o555)
    reporter = with_history(filled)
    same(reporter.ask(asked()), right)
    reporter.ask(asked(days=13))
    reporter.close()
    assert any("can't be written" in one for one in reporter.ask(asked()).notes)


def test_more_jobs_than_fit_into_memory_are_declined_with_what_to_do(
    with_history: Makes, filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reporter = with_history(filled)
    every = reporter.ask(asked("job"))
    monkeypatch.setattr(rollup, "MOST_ROWS", 3)
    with pytest.raises(TooLarge, match="rows, and no more than 3 are") as declined:
        reporter.ask(asked("job"))
    assert "shorter window" in declined.value.todo
    largest = reporter.ask(replace(asked("job"), most_jobs=2))
    assert largest.jobs
    assert largest.jobs.many == len(set(every.table["job_id"]) - {MISSING})


@contextmanager
def little_memory(limit: str) -> Iterator[None]:
    """DuckDB with so much memory, no disk to do without, and one thread that holds some."""
    names = ("memory_limit", "max_temp_directory_size", "threads")
    with relation.cursor() as con:
        before = [
            con.execute(f"SELECT current_setting('{name}')").fetchall()[0][0] for name in names
        ]
        try:
            con.execute("SET GLOBAL threads = 1")
            con.execute("SET GLOBAL max_temp_directory_size = '1KB'")
            con.execute(f"SET GLOBAL memory_limit = '{limit}'")
            yield
        finally:
            for name, value in zip(names, before, strict=True):
                con.execute(f"SET GLOBAL {name} = '{value}'")


def test_without_memory_to_add_history_up_the_service_is_asked_and_a_note_says_so(
    with_history: Makes, filled: Path, right: Report
) -> None:
    reporter = with_history(filled)
    (shelf,) = (one for one in reporter.history.shelves() if Dimension.USER in one.by)
    day = next(iter(reporter.history.listed(shelf)))
    small = reporter.history.read(shelf, day).iloc[:1]
    users = [f"user-{n:06}" for n in range(60_000)]
    large = small.loc[small.index.repeat(len(users))].assign(user_id=users)
    origin = dayfile.described(shelf, reporter.history.listed(shelf)[day]).days[day]
    reporter.history.put(shelf, day, large, origin)
    with little_memory("8MB"):
        report = reporter.ask(asked())
    same(report, right)
    assert any("could not be added up" in note for note in report.notes)


def test_without_any_memory_it_is_said_so(with_history: Makes, filled: Path, right: Report) -> None:
    reporter = with_history(filled)
    with little_memory("20KB"), pytest.raises(TooLarge, match="could not be added up here"):
        reporter.ask(asked())
    same(reporter.ask(asked()), right)


def test_old_days_that_history_lacks_the_total_of_are_doubtful(
    asker: Asker, with_history: Makes, filled: Path, right: Report
) -> None:
    now = asker.clock.now
    asker.clock.now = FIRST + timedelta(days=128)
    try:
        whole = with_history(filled).ask(asked())
        files = files_of(filled)
        for path in (*files[3:5], *files[15:17]):  # by user there is all that a total has
            path.unlink()
        gaps = with_history(filled).ask(asked())
        again = with_history(filled).ask(asked())
    finally:
        asker.clock.now = now
    same(whole, right)
    assert whole.doubtful == whole.unknown == gaps.unknown == ()
    same(gaps, right)
    (two,) = gaps.doubtful
    assert (two.start, two.end) == (FIRST + timedelta(days=3), FIRST + timedelta(days=5))
    assert (again.doubtful, again.unknown) == (gaps.doubtful, gaps.unknown)


def test_days_reported_with_another_scale_factor_are_said(
    with_history: Makes, filled: Path, right: Report
) -> None:
    reporter = with_history(filled)
    history = reporter.history
    for shelf in history.shelves():
        for day in sorted(history.listed(shelf), key=lambda one: one.start)[:4]:
            origin = dayfile.described(shelf, history.listed(shelf)[day]).days[day]
            rows = history.read(shelf, day).drop(columns="cost_scale_factor")
            history.put(shelf, day, rows, replace(origin, cost_scale_factor=0.25))
    report = reporter.ask(asked())
    same(report, right)
    said = [note for note in report.notes if "scale factor" in note]
    last = Zone(report.question.timezone).day(FIRST + timedelta(days=3, hours=12))
    assert [note.split(" were")[0] for note in said] == [
        f"Costs of days up to {last.day} {last:%b %Y}"
    ]


def test_what_takes_a_run_a_fleet_is_asked_for_once(
    asker: Asker, with_history: Makes, tmp_path: Path
) -> None:
    fleets = tuple(filter(None, values("fleet")))
    about = replace(
        asked("fleet", "user", "instance_type"), scope=Scope(Dimension.FLEET, fleets, whole=True)
    )
    first = with_history(tmp_path)
    right = first.ask(about)
    first.ask(replace(about, by=(Dimension.FLEET, Dimension.USAGE_TYPE)))
    first.close()
    assert len(right.runs) > len(fleets)
    again = with_history(tmp_path)
    same(again.ask(about), right)
    assert again.records(about.farm_id) == ()
    few = replace(about, scope=replace(about.scope, ids=fleets[:2], whole=False))
    same(again.ask(few), asker.report(few))
    assert again.records(about.farm_id) == ()
