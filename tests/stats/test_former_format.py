"""History that the release before has written: it is read, taken in, and left as it is.

How its files were made stands beside them, in `former/`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from stats import audit
from stats.bucket import Bucket
from stats.clock import Clock
from stats.compact import compact, forget, migrate
from stats.dayfile import Shelf
from stats.description import Origin
from stats.history import History
from stats.mirror import Mirror
from stats.model import Dimension, Window
from stats.s3 import Door
from stats.spot import Spot
from stats.store import VERSION
from tests.stats.bucket import Wire, client, s3_over_http
from tests.stats.former_files import sealed
from tests.stats.frames import cut

D = Dimension
FORMER = Path(__file__).parent / "former"
FARM = f"farm-{'0' * 32}"
FIRST = datetime(2026, 3, 2, tzinfo=UTC)
NOW = FIRST + timedelta(days=400)
TOTAL = Shelf(FARM, D.QUEUE, (D.USAGE_TYPE,))
BY_USER = Shelf(FARM, D.QUEUE, (D.USAGE_TYPE, D.USER))
COSTS = {0: 1.0, 1: 2.0, 2: 0.0, 3: 8.0, 31: 16.0, 32: 0.0, 33: 0.0}
ASKED_AFTER = {0: 2, 1: 2, 2: 201, 3: 200, 31: 2, 32: 2, 33: 150}
"""Days. Of one without rows among others it is known only that it was no later than the last."""

Opens = Callable[[], History]
SETTLE = timedelta(hours=48)


def day(number: int) -> Window:
    return Window(FIRST + timedelta(days=number), FIRST + timedelta(days=number + 1))


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    with s3_over_http() as made:
        yield made


@pytest.fixture(params=["in a folder", "in a bucket"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Opens:
    """Opens a history that the former release wrote, each time as another process would."""
    clock = Clock(now=lambda: NOW)
    if request.param == "in a folder":
        shutil.copytree(FORMER / "v1", tmp_path / "v1")
        return lambda: History(tmp_path, SETTLE, clock)
    s3 = client(request.getfixturevalue("wire"))
    name = f"former-{tmp_path.name.lower().replace('_', '-')}"[:60].rstrip("-")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    for path in FORMER.rglob("*.parquet"):
        key = f"farm/{path.relative_to(FORMER).as_posix()}"
        s3.put_object(Bucket=name, Key=key, Body=path.read_bytes())
    door = Door(Spot(name, "farm"), Clock())
    return lambda: History(Bucket(door, VERSION, Mirror(tmp_path), Clock()), SETTLE, clock)


def costs(history: History, shelf: Shelf = TOTAL) -> dict[int, float]:
    found = history.listed(shelf)
    return {
        (one.start - FIRST).days: float(history.read(shelf, one)["cost_usd_sum"].sum())
        for one in sorted(found, key=lambda one: one.start)
    }


def asked_after(history: History, shelf: Shelf = TOTAL) -> dict[int, int]:
    told = history.told(history.listed(shelf)).days
    found = {(d.start - FIRST).days: (o.first_asked_at - d.end).days for d, o in told.items()}
    return dict(sorted(found.items()))


def former(history: History, shelf: Shelf = TOTAL) -> set[str]:
    return {Path(file.where).name for file in history.files(shelf) if file.former}


def written(history: History, number: int, cost: float, asked: int = 300) -> None:
    of = [(date(2026, 3, 2), "COMPUTE", 1, cost)] if cost else []
    rows = cut(TOTAL.by, of).assign(period_start=pd.Timestamp(day(number).start))
    at = day(number).end + timedelta(days=asked)
    history.put(TOTAL, day(number), rows, Origin("Features", {"queue-a": "Comp"}, 1.0, "aws", at))


def test_its_days_are_told_as_they_were_and_when_they_were_first_asked_for(opened: Opens) -> None:
    history = opened()
    assert history.shelves() == [TOTAL, BY_USER]
    assert costs(history) == costs(history, BY_USER) == COSTS
    assert asked_after(history) == asked_after(history, BY_USER) == ASKED_AFTER
    told = history.told(history.listed(TOTAL))
    assert {one.ids for one in told.days.values()} == {frozenset({"queue-a", "queue-b"})}
    assert [told.rows_of(day(number)) > 0 for number in COSTS] == [c > 0 for c in COSTS.values()]
    assert list(audit.amiss(history, history.shelves())) == []


def test_of_a_file_without_any_row_the_day_was_asked_for_when_the_file_was_written(
    tmp_path: Path,
) -> None:
    place = tmp_path / "v1" / TOTAL.folder
    place.mkdir(parents=True)
    name, data = sealed(TOTAL, [day(0), day(1)], asked=day(0).end + timedelta(days=2))
    (place / name).write_bytes(data)
    at = (day(1).end + timedelta(days=170)).timestamp()
    os.utime(place / name, (at, at))
    history = History(tmp_path, SETTLE, Clock(now=lambda: NOW))
    assert asked_after(history) == {0: 171, 1: 170}


def test_what_is_written_now_counts_before_it_also_a_month_before_a_day(opened: Opens) -> None:
    history = opened()
    for number in (30, 31):
        written(history, number, 99.0)
    assert costs(history)[31] == 99.0
    list(compact(history, [TOTAL], NOW))
    assert costs(opened()) == COSTS | {30: 99.0, 31: 99.0}


def test_a_day_that_is_written_anew_keeps_when_it_was_first_asked_for(opened: Opens) -> None:
    history = opened()
    history.listed(TOTAL)
    for number in (1, 31):
        written(history, number, 5.0)
    assert asked_after(opened()) == ASKED_AFTER
    assert costs(opened()) == COSTS | {1: 5.0, 31: 5.0}


def test_a_file_of_it_that_appears_later_is_taken_in(opened: Opens) -> None:
    history = opened()
    (gone,) = (file for file in history.listed(TOTAL).files if day(31) in file.days)
    history.stored(history.listed(TOTAL))
    data = gone.path.read_bytes()
    history.remove(TOTAL, gone)
    assert 31 not in costs(opened())
    list(migrate(history, history.shelves()))
    history._archive._former.write(TOTAL.folder, Path(gone.where).name, data)
    history.forget_listings()
    assert costs(history) == COSTS
    list(migrate(history, history.shelves()))
    assert not any(file.former for file in opened().listed(TOTAL).files)


@pytest.mark.parametrize("put_in_order", [compact, lambda h, s, _: migrate(h, s)])
def test_it_is_written_as_it_is_written_now_and_stays_where_it_is(
    opened: Opens, put_in_order: Callable[[History, list[Shelf], datetime], Iterator[Window]]
) -> None:
    before = former(opened())
    history = opened()
    list(put_in_order(history, history.shelves(), NOW))
    history = opened()
    assert not any(file.former for file in history.listed(TOTAL).files)
    assert costs(history) == costs(history, BY_USER) == COSTS
    assert asked_after(history) == asked_after(history, BY_USER) == ASKED_AFTER
    assert former(history) == before
    assert list(put_in_order(history, history.shelves(), NOW)) == []


def test_it_goes_once_all_of_it_is_written_as_it_is_written_now(opened: Opens) -> None:
    history = opened()
    list(migrate(history, history.shelves(), removes=True))
    history = opened()
    assert former(history) == former(history, BY_USER) == set()
    assert costs(history) == costs(history, BY_USER) == COSTS
    assert asked_after(history) == ASKED_AFTER


def test_what_is_forgotten_is_forgotten_of_both(opened: Opens) -> None:
    history = opened()
    written(history, 0, 99.0)
    assert forget(history, history.shelves(), day(2).end) == 6
    rest = {number: cost for number, cost in COSTS.items() if number > 2}
    assert costs(opened()) == costs(opened(), BY_USER) == rest
    assert asked_after(opened()) == {n: after for n, after in ASKED_AFTER.items() if n > 2}
