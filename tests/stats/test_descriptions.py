"""What a file of history says of itself: written, read again, and refused where it can't be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from stats.description import FORMER_FORMAT, Foreign, Origin, read, read_former, written
from stats.model import Window

FOLDER = "farm_id=farm-0/counted_by=queue/period=daily/cut=usage_type"
DAY = timedelta(days=1)
FIRST = datetime(2026, 3, 2, 8, tzinfo=UTC)
DAYS = tuple(Window(FIRST + n * DAY, FIRST + (n + 1) * DAY) for n in range(3))
SOON, LATER = FIRST + 10 * DAY, FIRST + 50 * DAY
QUEUES = {"queue-a": "Comp", "queue-b": "Lighting"}


def origin(at: datetime = SOON, **more: Any) -> Origin:
    given = {"farm_name": "Show", "resources": QUEUES, "source": "aws"} | more
    return Origin(cost_scale_factor=given.pop("factor", 0.9), fetched_at=at, **given)


def said(days: Mapping[Window, Origin], rows: tuple[int, ...]) -> dict[str, Any]:
    return json.loads(written(FOLDER, days, dict(zip(days, rows, strict=True))))


def found(about: object, days: tuple[Window, ...] = DAYS[:1], rows: int = 4):
    return read(json.dumps(about).encode(), FOLDER, days, rows)


def test_what_is_written_is_read_again_day_by_day() -> None:
    days = {
        DAYS[0]: origin(LATER, first_asked_at=SOON, ids={"queue-a"}, kept={"queue-a"}, factor=None),
        DAYS[1]: origin(SOON, unplaced=True, unheld={"": (0, 0.0, 5.5), "COMPUTE": (2, 1.25, 60)}),
        DAYS[2]: origin(SOON + DAY, ids={"queue-a"}, given_up={"queue-b"}, unheld={}),
    }
    told = found(said(days, (4, 0, 2)), DAYS, 6)
    assert told.days == days
    assert [told.rows_of(day) for day in DAYS] == [4, 0, 2]
    assert [one.first_asked_at for one in told.days.values()] == [SOON, SOON, SOON + DAY]
    assert [sorted(one.ids) for one in told.days.values()] == [
        ["queue-a"],
        ["queue-a", "queue-b"],
        ["queue-a"],
    ]


def test_farm_and_queues_are_called_as_they_were_last() -> None:
    days = {
        DAYS[0]: origin(LATER, farm_name="New", resources={"queue-a": "Comp 2"}, source="proxy"),
        DAYS[1]: origin(SOON, farm_name="Old"),
        DAYS[2]: origin(SOON + DAY, farm_name="Older", resources={"queue-a": "Comp 1"}),
    }
    told = found(said(days, (1, 1, 1)), DAYS, 3)
    assert told.names == {"queue-a": "Comp 2", "queue-b": "Lighting"}
    one = told.days[DAYS[1]]
    assert (one.farm_name, one.source) == ("New", "proxy")
    assert one.ids == {"queue-a", "queue-b"}
    assert told.days[DAYS[0]].ids == {"queue-a"}


def test_a_day_was_first_asked_for_when_its_rows_were_at_the_latest() -> None:
    assert origin(SOON).first_asked_at == SOON
    assert origin(SOON, first_asked_at=LATER).first_asked_at == SOON
    assert origin(LATER, first_asked_at=SOON).first_asked_at == SOON


@pytest.mark.parametrize(
    ("first", "fetched", "can_be"),
    [
        (DAYS[0].end, DAYS[0].end, True),
        (DAYS[0].end - timedelta(seconds=1), SOON, False),
        (SOON, SOON, True),
        (SOON + timedelta(seconds=1), SOON, False),
    ],
)
def test_a_day_is_asked_for_once_it_is_over_and_not_later_than_its_rows(
    first: datetime, fetched: datetime, can_be: bool
) -> None:
    about = said({DAYS[0]: origin()}, (4,))
    times = {"first_asked_at": first.isoformat(), "fetched_at": fetched.isoformat()}
    about["days"][0] |= times
    if can_be:
        assert found(about).days[DAYS[0]].first_asked_at == first
    else:
        with pytest.raises(Foreign, match="what it says of 2026-03-02 can't be"):
            found(about)


WRONG = {
    "another format": ("format", "farm-costs history 3", "its format is"),
    "another folder": ("folder", "elsewhere", "its folder is"),
    "no name": ("farm_name", None, "farm_name"),
    "a name too long": ("farm_name", "n" * 10_001, "farm_name"),
    "an id that is empty": ("names", {"": "Comp"}, "names"),
    "an id too long": ("names", {"q" * 1_001: "Comp"}, "names"),
    "no ids": ("ids", [], "can't be"),
}


@pytest.mark.parametrize(("member", "value", "says"), WRONG.values(), ids=WRONG)
def test_a_description_that_is_not_as_it_should_be_is_foreign(
    member: str, value: object, says: str
) -> None:
    about = said({DAYS[0]: origin()}, (4,)) | {member: value}
    with pytest.raises(Foreign, match=says):
        found(about)


OF_A_DAY = {
    "fewer than no rows": {"rows": -1},
    "no whole number of rows": {"rows": 4.0},
    "a factor below nothing": {"cost_scale_factor": -0.1},
    "a factor that is no number": {"cost_scale_factor": float("nan")},
    "a factor without an end": {"cost_scale_factor": float("inf")},
    "ids before the first": {"ids": -1},
    "ids after the last": {"ids": 1},
    "a time without a zone": {"fetched_at": "2026-03-12T08:00:00"},
    "a time of no world": {"fetched_at": "9999-12-31T23:59:59-23:59"},
    "an id that is empty": {"kept": [""]},
    "a word for yes": {"unplaced": "yes"},
    "another rows": {"rows": 5},
    "another end": {"end": (DAYS[0].end + DAY).isoformat()},
}


@pytest.mark.parametrize("value", OF_A_DAY.values(), ids=OF_A_DAY)
def test_a_day_that_is_not_as_it_should_be_is_foreign(value: dict[str, object]) -> None:
    about = said({DAYS[0]: origin()}, (4,))
    about["days"][0] |= value
    with pytest.raises(Foreign):
        found(about)


def test_what_may_be_is_read_to_its_bounds_and_what_is_not_known_is_passed_over() -> None:
    names = {"q" * 1_000: "n" * 10_000}
    about = said({DAYS[0]: origin(resources=names, factor=0.0)}, (4,)) | {"later": [1]}
    about["days"][0] |= {"later": {}}
    told = found(about)
    assert told.names == names
    assert told.days[DAYS[0]].cost_scale_factor == 0.0
    long = said({DAYS[0]: origin()}, (4,)) | {"later": "x" * 2**24}
    with pytest.raises(Foreign, match="too long"):
        found(long)


def former(days: tuple[Window, ...], rows: int, /, **more: object) -> bytes:
    about = {
        "format": FORMER_FORMAT,
        "folder": FOLDER,
        "farm_name": "Show",
        "source": "aws",
        "resources": QUEUES,
        "cost_scale_factor": 0.9,
        "fetched_at": SOON.isoformat(),
        "rows": rows,
        "days": [(day.start.isoformat(), day.end.isoformat()) for day in days],
    }
    return json.dumps(about | more).encode()


@pytest.mark.parametrize("many", [1, 2])
def test_a_former_file_tells_one_time_for_all_its_days(many: int) -> None:
    days = DAYS[:many]
    told = read_former(former(days, 5), FOLDER, days, 5)
    assert told.days == dict.fromkeys(days, origin())
    assert told.rows == ({DAYS[0]: 5} if many == 1 else None)
    assert told.names == QUEUES


@pytest.mark.parametrize(
    "more", [{"format": "farm-costs history 2"}, {"folder": "x"}, {"rows": 4}, {"days": []}]
)
def test_a_former_file_that_is_not_of_its_place_is_foreign(more: dict[str, object]) -> None:
    with pytest.raises(Foreign):
        read_former(former(DAYS[:1], 5, **more), FOLDER, DAYS[:1], 5)


def test_a_plain_day_says_no_more_than_it_must_and_the_same_each_time() -> None:
    names = {f"queue-{letter}": "光" for letter in "gcafbed"}
    about = said({DAYS[0]: origin(resources=names)}, (4,))
    of_day = {"start", "end", "first_asked_at", "fetched_at", "cost_scale_factor", "rows", "ids"}
    assert about["days"][0].keys() == of_day
    assert about["ids"] == [sorted(names)]
    kept = said({DAYS[0]: origin(kept=[*names], resources=names)}, (4,))["days"][0]
    assert kept["kept"] == sorted(names)
    assert "光" in written(FOLDER, {DAYS[0]: origin(resources=names)}, {DAYS[0]: 4})
    assert origin(kept=["queue-a", "queue-a"]).kept == {"queue-a"}
    assert not origin().unplaced
