"""Rows by queue or fleet bear names: as they are called now, or else as history knows them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from simulator import Fault, World
from simulator.tiny import COMP, LIGHTING, RACK, SPOT, TINY_NOW, tiny_world
from stats import export
from stats.model import Dimension, Scope
from tests.stats.asking import Asker, asking, question
from tests.stats.autumn import FIRST, autumn_world, queue

TINY = tiny_world()
WEEK = (datetime.fromisoformat("2026-03-02T00:00Z"), datetime.fromisoformat("2026-03-09T00:00Z"))
GONE = queue(3)


def called(table: pd.DataFrame, kind: str) -> dict[str, str]:
    return dict(zip(table[f"{kind}_id"], table[f"{kind}_name"], strict=True))


@pytest.fixture(scope="module")
def tiny() -> Iterator[Asker]:
    with asking(TINY, TINY_NOW) as one:
        yield one


def test_names_follow_ids_in_every_format(tiny: Asker) -> None:
    report = tiny.report(question(TINY, WEEK, "queue", "fleet"))
    assert called(report.table, "queue") == {COMP: "Comp", LIGHTING: "Lighting"}
    assert called(report.table, "fleet") == {SPOT: "Spot", RACK: "Rack"}
    header = export.csv(report).decode().split("\n")[0].split(",")
    assert header[2:6] == ["queue_id", "queue_name", "fleet_id", "fleet_name"]
    records = json.loads(export.as_json(report))["records"]
    assert {one["queue_name"] for one in records} == {"Comp", "Lighting"}
    assert "Lighting" in export.table(report).decode()


def test_usage_without_a_queue_has_no_name(tiny: Asker) -> None:
    report = tiny.report(question(TINY, WEEK, "queue", "usage_type", scope="fleet"))
    assert called(report.table, "queue") == {COMP: "Comp", LIGHTING: "Lighting", "": ""}


def test_where_they_cannot_be_listed_the_name_is_the_id_and_why_is_said() -> None:
    with asking(TINY, TINY_NOW) as one:
        one.simulator.faults.add(Fault("ListFleets", "access_denied", None))
        report = one.report(question(TINY, WEEK, "fleet"))
    assert called(report.table, "fleet") == {SPOT: SPOT, RACK: RACK}
    (note,) = report.notes
    assert note.startswith("Fleets are shown by their ids: ")


def test_a_deleted_queue_keeps_the_name_that_history_knows(tmp_path: Path) -> None:
    world, window = autumn_world(), (FIRST, FIRST + timedelta(days=3))

    def whole(of: World):
        about = question(of, window, "queue", period="daily")
        return replace(about, scope=Scope(Dimension.QUEUE, about.scope.ids, whole=True))

    with asking(world, history=str(tmp_path)) as one:
        one.report(whole(world))
    kept = tuple(one for one in world.queues if one.queue_id != GONE)
    after = replace(world, queues=kept)
    with asking(after, history=str(tmp_path)) as one:
        names = called(one.report(whole(after)).table, "queue")
    assert names[GONE] == "Queue 3"
