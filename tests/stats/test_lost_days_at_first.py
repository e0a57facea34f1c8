"""A day whose total is lost is so from the first answer on, whatever a process has looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from simulator import World
from simulator.tiny import FARM, tiny_world
from stats.dayfile import Shelf
from stats.knowledge import Knowledge
from stats.model import Dimension, FarmId, Window
from tests.stats.bucket import REGION, Wire, client, s3_over_http
from tests.stats.test_lost_days import TUESDAY, asked_for
from tests.stats.test_what_is_known import (
    DAY,
    LATE,
    RAN,
    SOON,
    asked,
    asking_at,
    forgetful,
    told,
    total,
)

TOTAL = Shelf(FARM, Dimension.QUEUE, (Dimension.USAGE_TYPE,))
BUCKET = "lost-days"
ADDRESS = f"s3://{BUCKET}/history"
OTHER_CUTS = [("instance_type",), ("fleet", "usage_type"), ("user",)]
"""Of which history has the last only."""


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    with s3_over_http() as one:
        region = {"LocationConstraint": REGION}
        client(one).create_bucket(Bucket=BUCKET, CreateBucketConfiguration=region)
        yield one


def cut_short(data: bytes) -> bytes:
    return data[:-20]


def altered(data: bytes) -> bytes:
    """Its end is as it was, and says what it should; its rows can't be read."""
    return data[:4] + bytes(60) + data[64:]


def fill(home: Path | str, window: Window = RAN) -> None:
    with asking_at(SOON, home) as asker:
        asker.report(asked("user", "usage_type", window=window))


def spoil(home: Path, how: Callable[[bytes], bytes]) -> None:
    (file,) = (home / "v2" / TOTAL.folder).glob("20260303T00Z-*.parquet")
    file.write_bytes(how(file.read_bytes()))


@pytest.mark.parametrize("by", OTHER_CUTS)
@pytest.mark.parametrize("world", [tiny_world(LATE), forgetful(LATE)], ids=["told", "forgotten"])
def test_the_first_answer_of_a_process_asks_for_no_lost_day(
    tmp_path: Path, by: tuple[str, ...], world: World
) -> None:
    fill(tmp_path)
    spoil(tmp_path, cut_short)
    with asking_at(LATE, tmp_path, world) as asker:
        reports = [asker.report(asked(*by, window=RAN)) for _ in range(2)]
        assert TUESDAY.start not in asked_for(asker)
    assert [told(one) for one in reports] == [((), (TUESDAY,))] * 2
    assert [total(one) for one in reports] == [10.0] * 2  # Monday's and Wednesday's


@pytest.mark.parametrize("by", OTHER_CUTS[:2])
def test_nor_does_it_count_one_whose_rows_only_turn_out_not_to_be_readable(
    tmp_path: Path, by: tuple[str, ...]
) -> None:
    fill(tmp_path)
    spoil(tmp_path, altered)
    with asking_at(LATE, tmp_path) as asker:
        reports = [asker.report(asked(*by, window=RAN)) for _ in range(2)]
    assert [told(one) for one in reports] == [((), (TUESDAY,))] * 2
    assert [total(one) for one in reports] == [10.0] * 2


def test_nor_does_a_page_that_puts_its_questions_in_line(tmp_path: Path) -> None:
    fill(tmp_path)
    spoil(tmp_path, cut_short)
    questions = [asked(*by, window=RAN) for by in OTHER_CUTS]
    with asking_at(LATE, tmp_path) as asker:
        with asker.reporter.prepared(questions):
            reports = [asker.report(one) for one in questions]
        assert TUESDAY.start not in asked_for(asker)
    assert {told(one) for one in reports} == {((), (TUESDAY,))}


@pytest.mark.parametrize("by", OTHER_CUTS)
def test_so_it_is_in_a_bucket(
    wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: tuple[str, ...]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "one"))
    fill(ADDRESS)
    s3, inside = client(wire), f"history/v2/{TOTAL.folder}/20260303T00Z-"
    (key,) = (one["Key"] for one in s3.list_objects_v2(Bucket=BUCKET, Prefix=inside)["Contents"])
    data = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    s3.put_object(Bucket=BUCKET, Key=key, Body=cut_short(data))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "another"))
    with asking_at(LATE, ADDRESS) as asker:
        reports = [asker.report(asked(*by, window=RAN)) for _ in range(2)]
        assert TUESDAY.start not in asked_for(asker)
    s3.delete_object(Bucket=BUCKET, Key=key)
    assert [told(one) for one in reports] == [((), (TUESDAY,))] * 2


def test_while_the_service_is_sure_to_know_it_the_day_is_asked_for(tmp_path: Path) -> None:
    fill(tmp_path)
    spoil(tmp_path, cut_short)
    with asking_at(SOON, tmp_path) as asker:
        report = asker.report(asked("instance_type", window=RAN))
        assert TUESDAY.start in asked_for(asker)
    assert (told(report), total(report)) == (((), ()), 13.0)


def test_a_calendar_of_what_is_known_counts_lost_days_as_not_known(tmp_path: Path) -> None:
    """Also where many files can't be used; and not those that can be asked for again."""
    fill(tmp_path, Window(RAN.start - 3 * DAY, RAN.end))
    totals = sorted((tmp_path / "v2" / TOTAL.folder).glob("*.parquet"))
    for file in totals[:-1]:
        file.write_bytes(cut_short(file.read_bytes()))
    for now, lost in ((LATE, len(totals) - 1), (SOON, 0)):
        with asking_at(now, tmp_path) as asker:
            found = asker.reporter.certainty.of_farm(FarmId(FARM), (Dimension.QUEUE,))
        assert list(found.values()).count(Knowledge.NOT_KNOWN) == lost
        assert list(found.values()).count(Knowledge.KNOWN) == 1
