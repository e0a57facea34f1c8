"""Each day is told by the best cut that history has of it, and a question by several at once.

The service has forgotten everything by then: what no cut tells is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from stats import past
from stats.dayfile import Shelf
from stats.findings import Findings
from stats.history import History
from stats.model import Dimension, FarmId, Period, Question, Report, Scope, Window
from tests.stats.asking import Asker, asking, question
from tests.stats.autumn import FIRST, autumn_world
from tests.stats.bucket import REGION, Wire, client, s3_over_http
from tests.stats.test_history import BY_JOB, FARM, LATER, ORIGIN, TOTAL, Opens, day, opened, rows

__all__ = ["opened"]

D = Dimension
WORLD = autumn_world()
FORGOTTEN = replace(WORLD, usage=WORLD.usage.iloc[:0])
DAY, DAYS = timedelta(days=1), 6
KEYS = ["period_start", "user_id", "job_id", "instance_type"]
MEASURES = ["count", "cost_usd_sum", "cost_usd_min", "cost_usd_max", "runtime_seconds_sum"]
Cuts = Sequence[tuple[str, ...]]


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    with s3_over_http() as one:
        yield one


@pytest.fixture(params=["folder", "bucket"])
def home(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """A history of the test's own."""
    if request.param == "folder":
        yield str(tmp_path / "history")
        return
    wire: Wire = request.getfixturevalue("wire")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    name = f"days-{abs(hash(tmp_path))}"
    region = {"LocationConstraint": REGION}
    client(wire).create_bucket(Bucket=name, CreateBucketConfiguration=region)
    yield f"s3://{name}/history"


@pytest.fixture(scope="module")
def service() -> Iterator[Asker]:
    """What is right: a service that remembers, asked without history."""
    with asking(WORLD) as one:
        yield one


def whole(*by: str, days: tuple[int, int] = (0, DAYS), **changes: Any) -> Question:
    most = changes.pop("most_jobs", None)
    window = FIRST + days[0] * DAY, FIRST + days[1] * DAY
    about = question(WORLD, window, *by, **{"period": "daily"} | changes)
    return replace(about, scope=replace(about.scope, whole=True), most_jobs=most)


def filled(home: str, cuts: Cuts) -> None:
    """Two days on end are asked for by each of some cuts."""
    with asking(WORLD, history=home) as one:
        for n, by in enumerate(cuts):
            one.report(whole(*by, days=(2 * n, 2 * n + 2)))


def same(report: Report, right: Report) -> None:
    assert report.total_cost_usd == right.total_cost_usd
    assert report.unattributed_count == right.unattributed_count
    keys = [key for key in KEYS if key in right.table]
    got, expected = (
        one.table[[*keys, *MEASURES]].sort_values(keys, ignore_index=True)
        for one in (report, right)
    )
    pd.testing.assert_frame_equal(got, expected)


BY_USER: list[tuple[Cuts, dict[str, Any]]] = [
    ([("user",), ("job", "user"), ("instance_type", "user")], {"by": ("user",)}),
    ([("user", "usage_type"), ("job", "user"), ("user",)], {"by": ("user",), "period": "total"}),
    ([("user", "usage_type"), ("queue", "user"), ("user",)], {"by": ("user",), "period": "weekly"}),
    ([("job",), ("job", "user"), ("job", "usage_type")], {"by": ("job",)}),
    ([("job",), ("job", "user"), ("job", "usage_type")], {"by": ("job",), "most_jobs": 3}),
    (
        [("job",), ("job", "user"), ("job", "usage_type")],
        {"by": ("job",), "most_jobs": 0, "period": "total"},
    ),
    (
        [("instance_type", "job"), ("instance_type",), ("instance_type", "user")],
        {"by": ("instance_type",)},
    ),
]


@pytest.mark.parametrize(
    ("home", "cuts", "asked"),
    [("folder", *one) for one in BY_USER] + [("bucket", *BY_USER[n]) for n in (1, 4)],
    indirect=["home"],
)
def test_days_that_lie_in_different_cuts_are_told_together(
    home: str, service: Asker, cuts: Cuts, asked: dict[str, Any]
) -> None:
    about = dict(asked)
    by = about.pop("by")
    filled(home, cuts)
    with asking(FORGOTTEN, history=home) as one:
        report = one.report(whole(*by, **about))
        assert one.starts() == []
    right = service.report(whole(*by, **about))
    same(report, right)
    assert report.jobs == right.jobs
    assert report.notes == right.notes


def test_the_service_is_asked_for_days_that_no_cut_tells(home: str, service: Asker) -> None:
    filled(home, [("user",), ("instance_type",), ("job", "user")])
    with asking(WORLD, history=home) as one:
        report = one.report(whole("user"))
        windows = {(start["startTime"], start["endTime"]) for start in one.starts()}
    assert len(windows) == 1
    same(report, service.report(whole("user")))


SPOILED = [
    ("user",),
    ("user", "usage_type"),
    ("instance_type", "user"),
    ("job", "user"),
    ("queue", "user"),
]


def test_a_bad_file_of_each_cut_costs_no_day(tmp_path: Path, service: Asker) -> None:
    """Each of five cuts has one that can't be read, of another day."""
    with asking(WORLD, history=str(tmp_path)) as one:
        for by in SPOILED:
            one.report(whole(*by))
    for number, by in enumerate(SPOILED):
        (folder,) = tmp_path.glob(f"v2/*/counted_by=queue/*/cut={'-'.join(sorted(by))}")
        file = sorted(folder.iterdir())[number]
        file.write_bytes(file.read_bytes()[:-20])
    with asking(FORGOTTEN, history=str(tmp_path)) as one:
        report = one.report(whole("user"))
        assert one.starts() == []
    same(report, service.report(whole("user")))


BY_USER_ALONE, BY_USE = (Shelf(FARM, D.QUEUE, by) for by in ((D.USER,), (D.USAGE_TYPE, D.USER)))
BOTH = Window(day(0).start, day(1).end)
ASKED = Question(
    FarmId(FARM),
    Scope(D.QUEUE, ("queue-a",), whole=True),
    BOTH,
    "America/Los_Angeles",
    (D.USER,),
    period=Period.DAILY,
)


def put(history: History, shelf: Shelf, number: int, *of: Any, **said: Any) -> None:
    history.put(shelf, day(number), rows(shelf, *of, at=day(number)), replace(ORIGIN, **said))


@pytest.mark.parametrize("lacks", [{"told_less": 4.0}, {"unplaced": True}])
@pytest.mark.parametrize("finer", [True, False])
def test_what_tells_all_of_a_day_counts_before_what_lacks_something(
    opened: Opens, lacks: dict[str, Any], finer: bool
) -> None:
    """Of the second day the cut by user has 5 of 9 dollars; the finer one has all, if it is."""
    history = opened()
    for number in (0, 1):
        put(history, TOTAL, number, ("COMPUTE", 2, 9.0))
    put(history, BY_USER_ALONE, 0, ("ada", 2, 9.0))
    put(history, BY_USER_ALONE, 1, ("ada", 1, 5.0), **lacks)
    if finer:
        put(history, BY_USE, 1, ("COMPUTE", "ada", 1, 5.0), ("COMPUTE", "ben", 1, 4.0))
    told = past.told(opened(), ASKED, BOTH)
    assert told
    assert told.days == (day(0), day(1))
    table, _ = Findings(told, None).table(ASKED)
    costs = list(zip(table["user_id"], table["cost_usd_sum"], strict=True))
    assert costs == [("ada", 9.0), ("ada", 5.0), *([("ben", 4.0)] if finer else [])]
    assert told.unattributed == ((0.0, 0) if finer else (4.0, 1))
    assert len(told.stretches) == 1 + finer
    assert bool(told.told_less or told.unplaced) is not finer


def test_a_finer_cut_that_lacks_something_of_one_day_tells_the_others(opened: Opens) -> None:
    history = opened()
    for number in (0, 1):
        put(history, TOTAL, number, ("COMPUTE", 2, 9.0))
    put(history, BY_USE, 0, ("COMPUTE", "ada", 2, 9.0))
    put(history, BY_USE, 1, ("COMPUTE", "ada", 1, 5.0), unplaced=True)
    told = past.told(opened(), ASKED, BOTH)
    assert told
    assert told.days == (day(0),)


@pytest.mark.parametrize("most_jobs", [None, 5])
@pytest.mark.parametrize("text", ["lamp", "harbour"])
def test_a_job_that_was_renamed_is_found_whole_in_each_cut(
    opened: Opens, text: str, most_jobs: int | None
) -> None:
    history = opened()
    alone = Shelf(FARM, D.QUEUE, (D.JOB,))
    for number in (0, 1):
        put(history, TOTAL, number, ("COMPUTE", 2, 9.0))
    for number, shelf, name in ((0, alone, "Lamp_light"), (1, BY_JOB, "Harbour_dusk")):
        keys = ("j1",) if shelf is alone else ("j1", "ada")
        table = rows(shelf, (*keys, 2, 9.0), at=day(number)).assign(job_name=name)
        history.put(shelf, day(number), table, ORIGIN)
    asked = replace(ASKED, by=(D.JOB,), job_name_contains=text, most_jobs=most_jobs)
    told = past.told(opened(), asked, BOTH)
    assert told
    table, _ = Findings(told, None).table(asked)
    assert table["cost_usd_sum"].tolist() == [9.0, 9.0]
    assert set(table["job_name"]) == {"Harbour_dusk"}
    told.close()


@pytest.mark.parametrize("asked_of_last", [LATER, LATER + DAY], ids=["at once", "later"])
def test_a_person_who_was_renamed_has_the_latest_name_whichever_cut_tells_it(
    opened: Opens, asked_of_last: datetime
) -> None:
    """Her old name is in the cut that has the last day, too, on which only Ben worked."""
    history = opened()
    days: list[tuple[Shelf, str, tuple[str, ...]]] = [
        (BY_USER_ALONE, "Ada Old", ("ada",)),
        (BY_USE, "Ada New", ("COMPUTE", "ada")),
        (BY_USER_ALONE, "Ben", ("ben",)),
    ]
    for number, (shelf, name, keys) in enumerate(days):
        put(history, TOTAL, number, ("COMPUTE", 2, 9.0))
        table = rows(shelf, (*keys, 2, 9.0), at=day(number)).assign(user_name=name)
        at = asked_of_last if number == 2 else LATER
        history.put(shelf, day(number), table, replace(ORIGIN, fetched_at=at))
    window = Window(day(0).start, day(2).end)
    told = past.told(opened(), replace(ASKED, window=window), window)
    assert told
    assert len(told.stretches) == 2
    assert told.people_called(["ada", "ben"]) == {"ada": "Ada New", "ben": "Ben"}


def test_a_job_without_a_name_that_lies_in_two_cuts_is_passed_over_once(opened: Opens) -> None:
    history = opened()
    alone = Shelf(FARM, D.QUEUE, (D.JOB,))
    for number, (shelf, keys) in enumerate([(alone, ("j1",)), (BY_JOB, ("j1", "ada"))]):
        put(history, TOTAL, number, ("COMPUTE", 2, 9.0))
        table = rows(shelf, (*keys, 2, 9.0), at=day(number)).assign(job_name="")
        history.put(shelf, day(number), table, ORIGIN)
    asked = replace(ASKED, by=(D.JOB,), job_name_contains="lamp")
    told = past.told(opened(), asked, BOTH, past.Sought(is_told=lambda _: False))
    assert told
    assert len(told.stretches) == 2
    assert told.unnamed == (18.0, 1)
    told.close()
