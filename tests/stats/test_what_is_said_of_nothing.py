"""Of a report without rows it is said why, in words that claim no more than is known, and once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stats import export, remark, remarks
from stats.model import Dimension, Filter, Report, Spread, Usage, Window
from stats.remarks import Ground, RemarkKind
from tests.stats.asking import Asker
from tests.stats.test_what_is_known import (
    AFTER,
    BEFORE,
    LATE,
    SOON,
    asked,
    asking_at,
    forgetful,
)
from tests.stats.test_what_is_said import DAY, MONTH, by_queues, days, report

G = Ground
ADA = (Filter(Dimension.USER, frozenset({"ada"})),)
WHOLE = (MONTH,)


def of_nothing(**changes: Any) -> Ground:
    return remarks.of_nothing(report(**changes)).ground


@pytest.mark.parametrize(
    ("changes", "ground"),
    [
        ({}, G.NOTHING_RAN),
        ({"as_of": MONTH.start}, G.NO_TIME),
        ({"unknown": WHOLE}, G.UNKNOWN),
        ({"unknown": (days(1, 9), days(10, 31))}, G.UNKNOWN),
        ({"unknown": (days(1, 9), days(11, 31))}, G.PARTLY_KNOWN),
        ({"unknown": (days(2, 31),)}, G.PARTLY_KNOWN),
        ({"doubtful": (days(1, 1),)}, G.PARTLY_KNOWN),
        ({"unknown": (days(1, 3),), "as_of": days(3, 3).start}, G.UNKNOWN),
        ({"unknown": (days(1, 29),), "preliminary_from": days(30, 30).start}, G.UNKNOWN),
        ({"unknown": (days(1, 28),), "preliminary_from": days(30, 30).start}, G.PARTLY_KNOWN),
        ({"preliminary_from": days(30, 30).start}, G.NOTHING_RAN),
        ({"preliminary_from": MONTH.start}, G.SO_FAR),
        ({"unattributed_count": 3}, G.NOT_IN_ROWS),
        ({"question": by_queues(where=ADA)}, G.FILTERED),
        ({"question": by_queues(job_name_contains="fx"), "unattributed_count": 3}, G.FILTERED),
        ({"question": by_queues(where=ADA), "unknown": WHOLE}, G.UNKNOWN),
        ({"remarks": (remark.NO_SCOPE,)}, G.NO_SCOPE),
    ],
)
def test_nothing_ran_is_said_of_days_only_that_are_known(changes: Any, ground: Ground) -> None:
    assert of_nothing(**changes) is ground


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"as_of": MONTH.start, "remarks": (remark.NOT_YET,)},
        {"unknown": WHOLE},
        {"unknown": WHOLE, "remarks": (remark.unused(Dimension.QUEUE),)},
        {"question": by_queues(where=ADA), "remarks": (remark.NO_SCOPE,)},
    ],
    ids=str,
)
def test_nothing_is_said_beside_it_that_says_the_same_or_is_of_numbers(changes: Any) -> None:
    found = remarks.of_nothing(report(**changes))
    assert found.remarks == ()
    assert found.text.endswith(".")


@pytest.mark.parametrize(
    ("types", "said"),
    [
        ({"COMPUTE"}, ""),
        ({"", "SNAPSHOT"}, ""),
        (
            {"COMPUTER", "SNAPSHOT", "LICENSE"},
            " No usage type COMPUTER is known; the service’s model names COMPUTE, LICENSE, "
            "PERSISTENT_VOLUME.",
        ),
    ],
)
def test_that_a_usage_type_is_none_is_said_where_nothing_matches(
    types: set[str], said: str
) -> None:
    """Snapshots, which no model names yet, are in the window's total."""
    where = (Filter(Dimension.USAGE_TYPE, frozenset(types)),)
    usage = Usage(1, Spread(1.0, 1.0, 1.0), Spread(1.0, 1.0, 1.0))
    one = report(question=by_queues(where=where), total_by_usage_type={"SNAPSHOT": usage})
    assert remarks.of_nothing(one).text == f"{remarks.NOTHING[G.FILTERED]}{said}"


@pytest.mark.parametrize(("kept", "ground"), [("LICENSE", G.NOT_IN_ROWS), ("COMPUTE", G.FILTERED)])
def test_usage_of_a_type_that_the_total_has_is_in_no_row_and_not_filtered(kept, ground) -> None:
    usage = Usage(1, Spread(1.0, 1.0, 1.0), Spread(1.0, 1.0, 1.0))
    where = (Filter(Dimension.USAGE_TYPE, frozenset({kept})),)
    changes = {"total_by_usage_type": {"LICENSE": usage}, "unattributed_count": 1}
    assert of_nothing(question=by_queues(where=where), **changes) is ground


def test_which_days_are_not_known_stands_beside_what_is() -> None:
    found = remarks.of_nothing(report(unknown=(days(1, 3),)))
    assert found.text == "Nothing ran on those days of this window that are known."
    assert [one.kind for one in found.remarks] == [RemarkKind.UNKNOWN]


def test_filters_leave_nothing_of_what_is_known() -> None:
    (known, partly) = (
        remarks.of_nothing(report(question=by_queues(where=ADA), **changes)).text
        for changes in ({}, {"unknown": (days(1, 3),)})
    )
    in_no_row = remarks.of_nothing(report(question=by_queues(where=ADA), unattributed_count=1)).text
    assert known == "Nothing in this window matches the filters."
    assert partly == in_no_row == "Nothing that is known of this window matches the filters."


def test_a_table_for_reading_says_it_once() -> None:
    to_come = report(as_of=MONTH.start, remarks=(remark.NOT_YET,))
    written = export.table(to_come).decode()
    assert written.startswith("No hour of this window has passed yet.\n\nTotal USD")
    assert written.count("No hour of this window") == 1


def told(asker: Asker, window: Window) -> Report:
    return asker.report(replace(asked(), window=window))


def test_of_a_farm_that_none_is_known_of_it_is_said_that_no_zero_is_known(tmp_path: Path) -> None:
    """Before its first usage nothing is known; after it, the service may have forgotten."""
    with asking_at(SOON, tmp_path) as asker:
        first = told(asker, BEFORE)
        found = remarks.of_nothing(first)
        assert found.ground is G.UNKNOWN
        assert found.text.startswith("No usage of this farm’s queues is known, in this window or")
        assert (found.remarks, first.unknown) == ((), (BEFORE,))
    with asking_at(SOON, tmp_path) as asker:
        told(asker, Window(BEFORE.end, BEFORE.end + DAY))
        assert remarks.of_nothing(told(asker, BEFORE)).text == found.text
    with asking_at(LATE, tmp_path, forgetful(LATE)) as asker:
        later = remarks.of_nothing(told(asker, AFTER))
    assert later.ground is G.UNKNOWN
    assert later.text.startswith("Nothing is known of these days: the service reports no usage")
