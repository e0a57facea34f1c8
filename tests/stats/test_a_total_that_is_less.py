"""A settled day's total that is less than the day's cut by queue and usage type is made as much.

It was written over, or asked for anew, after a queue was deleted.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest

from simulator import World
from simulator.tiny import COMP, FARM
from stats.dayfile import Shelf
from stats.description import Origin
from stats.model import Dimension, FarmId, Report, Scope
from stats.out_of_reach import unwritable
from stats.outcome import Outcome
from stats.store import Folder
from stats.zone import Zone
from tests.stats.asking import Asker
from tests.stats.bucket import Wire, client, s3_over_http
from tests.stats.test_a_total_that_is_lost import BY_QUEUE, BY_USER, without_lighting
from tests.stats.test_lost_days import DAYS, asked_for
from tests.stats.test_reports_on_s3 import new_bucket
from tests.stats.test_what_is_known import (
    LATE,
    RAN,
    SOON,
    asked,
    asking_at,
    forgetful,
    told,
    total,
)

D = Dimension
STILL = Scope(D.QUEUE, (COMP,), whole=True)
TOTAL = Shelf(FARM, D.QUEUE, (D.USAGE_TYPE,))


def smaller(tmp_path: Path, world: World) -> bytes:
    """The Monday's total as the service tells it of what it knows by now."""
    home = tmp_path / "another"
    with asking_at(SOON, home, world) as asker:
        asker.report(replace(asked(window=RAN), scope=STILL))
    (file,) = (home / "v2" / TOTAL.folder).glob("20260302T00Z-*.parquet")
    return file.read_bytes()


@pytest.fixture
def less(tmp_path: Path) -> bytes:
    """That without the Lighting queue, which was a part of the USD 8."""
    return smaller(tmp_path, without_lighting())


def filled(home: Path | str, *cuts: tuple[str, ...]) -> None:
    with asking_at(SOON, home) as asker:
        for cut in cuts:
            asker.report(asked(*cut, window=RAN))


@pytest.fixture
def written_over(tmp_path: Path, less: bytes) -> Path:
    """History of three days by queue and by user, with the Monday's total written over."""
    home = tmp_path / "history"
    filled(home, BY_QUEUE, BY_USER)
    (file,) = (home / "v2" / TOTAL.folder).glob("20260302T00Z-*.parquet")
    file.write_bytes(less)
    return home


def assert_all(report: Report) -> None:
    """All USD 13 of it, in its rows and in its total."""
    assert (total(report), told(report)) == (13.0, ((), ()))
    assert (report.total_cost_usd.sum, report.unattributed_cost_usd) == (13.0, 0.0)


def said(asker: Asker, *by: str) -> Report:
    return asker.report(replace(asked(*by, window=RAN), scope=STILL))


@pytest.mark.parametrize("by", [(), ("queue",), ("user",), BY_QUEUE, BY_USER])
def test_whatever_is_asked_counts_what_is_known_by_queue(
    written_over: Path, by: tuple[str, ...]
) -> None:
    with asking_at(SOON, written_over, without_lighting()) as asker:
        assert_all(said(asker, *by))
        assert asked_for(asker) == set()
    with asking_at(SOON, written_over, without_lighting()) as asker:
        assert_all(said(asker, *by))


def test_it_is_as_it_was_before_it_was_written_over(tmp_path: Path, less: bytes) -> None:
    filled(tmp_path, BY_QUEUE)
    (file,) = (tmp_path / "v2" / TOTAL.folder).glob("20260302T00Z-*.parquet")
    before = file.read_bytes()
    file.write_bytes(less)
    with asking_at(SOON, tmp_path, without_lighting()) as asker:
        collector, outcome = asker.reporter.collector(Zone("UTC")), Outcome(FarmId(FARM))
        collector.pieces(FarmId(FARM), DAYS)
        origin, rows = _kept(asker)
    file.write_bytes(before)
    with asking_at(SOON, tmp_path, without_lighting()) as asker:
        of_then, rows_of_then = _kept(asker)
    assert outcome.errors == []
    assert rows == rows_of_then
    assert (origin.ids, origin.first_asked_at) == (of_then.ids, of_then.first_asked_at)
    assert dict(origin.resources) == dict(of_then.resources)


def _kept(asker: Asker) -> tuple[Origin, list[tuple[object, ...]]]:
    """Where the Monday's total is from, and its usage."""
    history = asker.reporter.history
    assert history is not None
    held = history.listed(TOTAL).among((DAYS[0],))
    rows = history.table(held)[["usage_type", "count", "cost_usd_sum"]]
    return history.told(held).days[DAYS[0]], sorted(rows.itertuples(index=False, name=None))


def test_what_it_has_more_of_stays(tmp_path: Path) -> None:
    """By queue it was told once the Lighting queue was deleted."""
    with asking_at(SOON, tmp_path) as asker:
        asker.report(asked(*BY_USER, window=RAN))
    with asking_at(SOON, tmp_path, without_lighting()) as asker:
        said(asker, *BY_QUEUE)
    files = {file: file.read_bytes() for file in tmp_path.rglob("*.parquet")}
    with asking_at(SOON, tmp_path, without_lighting()) as asker:
        assert total(said(asker)) == 13.0
    assert {file: file.read_bytes() for file in tmp_path.rglob("*.parquet")} == files


def test_a_day_that_the_service_has_forgotten_since_is_known_again(
    tmp_path: Path, written_over: Path
) -> None:
    """The total was asked for when the service may have forgotten some of it."""
    with asking_at(LATE, tmp_path / "late", forgetful(LATE)) as asker:
        asker.report(asked(window=RAN))
    folder = Path("v2", TOTAL.folder)
    (late,) = (tmp_path / "late" / folder).glob("20260302T00Z-*.parquet")
    (written_over / folder / late.name).write_bytes(late.read_bytes())
    with asking_at(LATE, written_over, forgetful(LATE)) as asker:
        assert_all(asker.report(asked(*BY_USER, window=RAN)))


def test_one_that_can_not_be_written_counts_all_the_same(
    written_over: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = unwritable("here", "No space left on device")

    def unwritten(*_: object, **__: object) -> str:
        raise full

    with asking_at(SOON, written_over, without_lighting()) as asker:
        monkeypatch.setattr(Folder, "write", unwritten)
        reports = [said(asker), said(asker, "user"), said(asker, *BY_QUEUE)]
        assert asked_for(asker) == set()
    for report in reports:
        assert_all(report)
    for report in reports:
        assert [note for note in report.notes if "No space left" in note]


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    with s3_over_http() as one:
        yield one


def test_in_a_bucket_it_is_made_as_much_too(tmp_path: Path, wire: Wire, less: bytes) -> None:
    address = new_bucket(wire)
    bucket = address.removeprefix("s3://").split("/")[0]
    with patch.dict(os.environ, XDG_CACHE_HOME=str(tmp_path / "cache")):
        filled(address, BY_QUEUE)
        listed = client(wire).list_objects_v2(Bucket=bucket)["Contents"]
        (key,) = (o["Key"] for o in listed if f"{TOTAL.folder}/20260302T00Z-" in o["Key"])
        client(wire).put_object(Bucket=bucket, Key=key, Body=less)
        with asking_at(SOON, address, without_lighting()) as asker:
            assert_all(said(asker, "queue"))
            assert asked_for(asker) == set()
    assert client(wire).get_object(Bucket=bucket, Key=key)["Body"].read() != less
