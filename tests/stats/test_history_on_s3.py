"""History in a bucket: several machines share it, and on a bad day nothing is wrong or lost."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from unittest.mock import patch

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends

from stats import aside, audit, bucket, mirror, rollup
from stats.bucket import Bucket
from stats.clock import Clock, PatienceWithS3
from stats.compact import compact
from stats.dayfile import Foreign
from stats.errors import HistoryError
from stats.history import History
from stats.mirror import Mirror
from stats.model import Window
from stats.s3 import Door
from stats.spot import Spot
from stats.store import VERSION
from tests.stats.asking import wait_until
from tests.stats.bucket import PATIENT, SOON, Call, Fault, Wire, client, nothing, s3_over_http
from tests.stats.test_history import BY_JOB, ORIGIN, TOTAL, day, rows

NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
FIRST = (NOW - timedelta(days=80)).replace(day=2)
NEXT_MONTH = FIRST + timedelta(days=40)
_NUMBERS = count()


def at(number: int) -> Window:
    return day(number, FIRST)


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    """S3, for all tests here."""
    with s3_over_http() as one:
        yield one


@pytest.fixture
def spot(wire: Wire) -> Spot:
    """A bucket of the test's own."""
    name = f"studio-{next(_NUMBERS)}"
    region = {"LocationConstraint": "us-west-2"}
    client(wire).create_bucket(Bucket=name, CreateBucketConfiguration=region)
    wire.calls.clear()
    return Spot(name, "farm/costs")


Opens = Callable[..., History]


@pytest.fixture
def opened(spot: Spot, tmp_path: Path) -> Opens:
    """Opens the history of a test as another machine would."""
    machines = count()

    def opening(
        clock: Clock | None = None,
        at: Spot = spot,
        patience: PatienceWithS3 = PATIENT,
        machine: int | None = None,
    ) -> History:
        clock = clock or Clock()
        copies = Mirror(tmp_path / f"machine {next(machines) if machine is None else machine}")
        store = Bucket(Door(at, clock, patience), VERSION, copies, clock)
        return History(store, timedelta(hours=48), clock)

    return opening


def later() -> datetime:
    return datetime.now(UTC) + timedelta(hours=1)


LATER = Clock(now=later)
"""By which no file is young."""


def put(history: History, number: int, cost: float = 1.0, *jobs: str) -> None:
    of = [(job, "ada", 1, cost) for job in jobs or ("j1",)]
    origin = replace(ORIGIN, fetched_at=NOW, first_asked_at=NOW)
    history.put(BY_JOB, at(number), rows(BY_JOB, *of, at=at(number)), origin)


def costs(history: History) -> list[float]:
    """Every day's cost, as it is in the bucket by now."""
    history.forget_listing(BY_JOB)
    days = sorted(history.listed(BY_JOB), key=lambda one: one.start)
    return [float(history.read(BY_JOB, one)["cost_usd_sum"].sum()) for one in days]


def keys(wire: Wire, spot: Spot) -> list[str]:
    """All that lies there, but for what any listing has to show."""
    found = client(wire).list_objects_v2(Bucket=spot.bucket).get("Contents", [])
    return sorted(one["Key"] for one in found if not one["Key"].endswith("/.listed"))


def test_what_one_writes_another_reads(opened: Opens, wire: Wire, spot: Spot) -> None:
    one, other = opened(), opened()
    assert other.shelves() == []
    for number in range(3):
        put(one, number, 2.0**number)
    assert other.shelves() == [BY_JOB]
    assert costs(other) == [1.0, 2.0, 4.0]
    assert list(other.covered(BY_JOB, [at(0), at(7)])) == [at(0)]
    start = f"{FIRST:%Y%m%dT%H}Z-{at(0).end:%Y%m%dT%H}Z"
    folder = f"farm/costs/v2/{BY_JOB.folder}"
    assert keys(wire, spot)[0] == f"{folder}/{start}.parquet"
    assert len(keys(wire, spot)) == 3
    assert list(audit.amiss(other, other.shelves())) == []


def test_a_prefix_is_not_needed(opened: Opens, spot: Spot) -> None:
    whole = Spot(spot.bucket, "")
    put(opened(at=whole), 0)
    assert costs(opened(at=whole)) == [1.0]
    assert opened().shelves() == []


def test_a_shelf_is_one_listing_and_a_file_is_copied_once(opened: Opens, wire: Wire) -> None:
    one, other = opened(LATER), opened(LATER)
    for number in range(3):
        put(one, number)
    wire.calls.clear()
    assert costs(other) == [1.0] * 3
    former = ["LIST"]  # whether there is anything of the former format
    assert sorted(wire.kinds()) == [*["GET"] * 3, *["HEAD"] * 3, "LIST", *former]
    wire.calls.clear()
    assert costs(other) == [1.0] * 3
    assert wire.kinds() == ["LIST"]
    wire.calls.clear()
    assert len(other.shelves()) == 1
    assert wire.kinds() == ["LIST"] * 5


def test_many_files_are_listed_page_by_page(opened: Opens, wire: Wire, spot: Spot) -> None:
    put(opened(), 0)
    in_moto, folder = s3_backends[DEFAULT_ACCOUNT_ID]["aws"], f"farm/costs/v2/{BY_JOB.folder}"
    for number in range(1_100):
        name = f"{at(-number).start:%Y%m%dT%H}Z-{at(-number).end:%Y%m%dT%H}Z.parquet"
        in_moto.put_object(spot.bucket, f"{folder}/{name}", b"")
    wire.calls.clear()
    assert len(opened(LATER).listed(BY_JOB)) == 1_100
    assert wire.kinds() == ["LIST"] * 3


def test_what_others_put_into_the_bucket_is_passed_over(
    opened: Opens, wire: Wire, spot: Spot
) -> None:
    put(opened(), 0)
    for key in ("v1/", "v1/farm_id=x/notes.txt", f"v1/{BY_JOB.folder}/", f"v1/{BY_JOB.folder}/a"):
        client(wire).put_object(Bucket=spot.bucket, Key=f"farm/costs/{key}", Body=b"?")
    other = opened()
    assert (other.shelves(), costs(other)) == ([BY_JOB], [1.0])


def test_both_write_the_same_day(opened: Opens) -> None:
    both = opened(), opened()
    for _ in range(4):
        with ThreadPoolExecutor(2) as at_once:
            list(at_once.map(lambda one: put(one, 0, 3.0), both))
        assert [costs(one) for one in both] == [[3.0], [3.0]]


def test_written_anew_in_the_same_second_and_of_the_same_size(
    opened: Opens, wire: Wire, spot: Spot
) -> None:
    one, other = opened(), opened()
    for number in range(20):
        found = []
        for cost in (number + 1.0, number + 1.5):
            put(one, 0, cost)
            assert costs(other) == [cost]
            (key,) = keys(wire, spot)
            about = client(wire).head_object(Bucket=spot.bucket, Key=key)
            found.append((about["LastModified"], about["ContentLength"]))
        if found[0] == found[1]:
            return
    pytest.fail("no two were ever written in the same second")


def test_one_puts_together_while_another_reads(opened: Opens) -> None:
    one, other = opened(), opened()
    for number in range(12):
        put(one, number, 2.0**number)
    done, times = threading.Event(), list[int]()

    def reads() -> None:
        while not done.is_set():
            try:
                assert costs(other) == [2.0**number for number in range(12)]
                times.append(1)
            except (Foreign, KeyError):  # a file went between listing and reading: it looks anew
                continue

    with ThreadPoolExecutor(1) as beside:
        reading = beside.submit(reads)
        wait_until(lambda: bool(times))
        made = list(compact(one, one.shelves(), NEXT_MONTH))
        before = len(times)
        wait_until(lambda: len(times) > before + 1 or reading.done())
        done.set()
    reading.result()
    assert len(made) == 1
    assert costs(other) == costs(opened()) == [2.0**number for number in range(12)]
    assert len({*other.listed(BY_JOB).values()}) == 1


def test_days_put_together_between_a_listing_and_a_look_at_its_files_are_all_listed(
    opened: Opens, wire: Wire
) -> None:
    with patch.dict(os.environ, AWS_ENDPOINT_URL_S3=wire.past):
        one = opened()
        for number in range(3):
            put(one, number, 2.0**number)
    alone, made = threading.Lock(), list[object]()

    def amid(call: Call) -> None:
        with alone:
            if call.kind == "HEAD" and not made:
                made.extend(compact(one, one.shelves(), NEXT_MONTH))

    wire.faulty = amid
    try:
        listed = opened().listed(BY_JOB)
    finally:
        wire.faulty = nothing
    assert len(made) == 1
    assert sorted(listed, key=lambda day: day.start) == [at(number) for number in range(3)]


def test_what_is_written_while_days_are_put_together_stays(opened: Opens, wire: Wire) -> None:
    one, other = opened(), opened()
    for number in range(3):
        put(one, number)
    assert costs(other) == [1.0] * 3

    def corrected(call: object) -> None:
        if getattr(call, "kind", "") == "PUT" and ".alone" not in str(call):
            wire.faulty = lambda _: None
            put(other, 1, 50.0)

    wire.faulty = corrected
    list(compact(one, one.shelves(), NEXT_MONTH))
    assert costs(opened()) == [1.0, 50.0, 1.0]


def hurried() -> Clock:
    """A clock by which waiting takes no time."""
    slept: list[float] = []
    return Clock(sleep=slept.append, monotonic=lambda: time.monotonic() + sum(slept))


def test_two_do_not_put_in_order_at_once(opened: Opens) -> None:
    one, other = opened(), opened(hurried())
    with (
        one.alone(),
        pytest.raises(HistoryError, match="by another process"),
        other.alone(),
    ):
        pytest.fail("it is not alone")
    with other.alone():
        pass


def test_who_waits_until_another_has_put_in_order_lets_go_meanwhile(opened: Opens) -> None:
    holds, held_asleep = [True], list[bool]()
    clock = hurried()

    @contextmanager
    def letting_go() -> Iterator[None]:
        holds[0] = False
        yield
        holds[0] = True

    def sleep(seconds: float) -> None:
        held_asleep.append(holds[0])
        clock.sleep(seconds)

    one, other = opened(), opened(replace(clock, sleep=sleep))
    with (
        aside.letting_go(letting_go),
        one.alone(),
        pytest.raises(HistoryError, match="by another process"),
        other.alone(),
    ):
        pytest.fail("it is not alone")
    assert set(held_asleep) == {False}


def test_one_that_died_while_it_put_in_order_is_overlooked(
    opened: Opens, monkeypatch: pytest.MonkeyPatch, wire: Wire, spot: Spot
) -> None:
    client(wire).put_object(Bucket=spot.bucket, Key="farm/costs/.alone/dead", Body=b"")
    monkeypatch.setattr(bucket, "_LEASE", timedelta(hours=-1))
    with opened().alone():
        assert "farm/costs/.alone/dead" not in keys(wire, spot)


def test_who_can_not_look_around_leaves_nothing_behind(
    opened: Opens, wire: Wire, spot: Spot
) -> None:
    one, other = opened(), opened(hurried())
    with wire.fails(403, "LIST"), pytest.raises(HistoryError, match="denies"), one.alone():
        pytest.fail("it is not known to be alone")
    assert [key for key in keys(wire, spot) if not key.endswith("/")] == []
    with other.alone():
        pass


def test_an_object_gone_since_it_was_listed_is_not_covered(
    opened: Opens, wire: Wire, spot: Spot
) -> None:
    one = opened()
    put(one, 0)
    put(one, 1)
    found = one.covered(BY_JOB, [at(0), at(1)])
    client(wire).delete_object(Bucket=spot.bucket, Key=keys(wire, spot)[0])
    with pytest.raises(Foreign):
        one.stored(found)
    assert list(one.covered(BY_JOB, [at(0), at(1)])) == [at(1)]


def test_a_copy_that_is_not_as_it_was_is_fetched_anew(opened: Opens) -> None:
    one = opened()
    put(one, 0)
    assert costs(one) == [1.0]
    (file,) = one.listed(BY_JOB).values()
    whole = file.path.read_bytes()
    file.path.write_bytes(whole[:-9] + b"?" * 9)
    assert one.doubt(BY_JOB, [file])
    assert one.troubles == ()
    assert file.path.read_bytes() == whole


def test_what_was_reckoned_from_a_copy_is_reckoned_anew_once_it_is_mended(opened: Opens) -> None:
    one = opened()
    put(one, 0)
    held = one.covered(BY_JOB, [at(0)])
    stored = one.stored(held)
    (copy,) = stored.whole
    table = pq.read_table(copy, partitioning=None)
    place = table.schema.get_field_index("cost_usd_sum")
    wrong = table.set_column(place, table.schema.field(place), pa.array([2.0]))
    pq.write_table(wrong, copy)
    assert held.once("whole", lambda: rollup.whole(stored)) == (2.0, 1)
    assert one.sound(BY_JOB, [at(0)], to_the_end=True) == {at(0)}
    assert one.covered(BY_JOB, [at(0)]) is held
    assert held.once("whole", lambda: rollup.whole(stored)) == (1.0, 1)


def test_an_object_that_is_not_as_it_was_is_put_aside(
    opened: Opens, wire: Wire, spot: Spot
) -> None:
    one = opened()
    put(one, 0)
    (key,) = keys(wire, spot)
    client(wire).put_object(Bucket=spot.bucket, Key=key, Body=b"PAR1 no PAR1")
    with pytest.raises(Foreign):
        costs(one)
    assert [f"s3://{spot.bucket}/{key}" in said for said in one.troubles] == [True]
    put(one, 0, 5.0)
    assert costs(one) == [5.0]
    assert one.troubles == ()


def test_days_are_forgotten(opened: Opens, wire: Wire) -> None:
    one = opened()
    for number in range(3):
        put(one, number)
    for file in one.listed(BY_JOB).values():
        one.remove(BY_JOB, file)
    assert costs(opened()) == []
    assert opened().listed(TOTAL) == {}


def test_what_was_written_anew_is_not_removed(opened: Opens) -> None:
    one = opened()
    put(one, 0)
    (file,) = one.listed(BY_JOB).values()
    put(opened(), 0, 7.0)
    one.remove(BY_JOB, file)
    assert costs(one) == [7.0]


@pytest.mark.parametrize(
    ("how", "kinds", "said"),
    [
        (403, ("LIST",), "s3:ListBucket"),
        (403, ("HEAD",), "s3:GetObject"),
        (403, ("GET",), "s3:GetObject"),
        (400, ("LIST", "GET"), "credentials are not accepted"),
        (401, ("LIST", "GET"), "by its clock .* Set the clock of this machine"),
        (503, ("LIST",), "does not answer"),
        (500, ("HEAD", "GET"), "does not answer"),
        (Fault.CUT, ("LIST",), "does not answer"),
        (Fault.CUT, ("GET",), "does not answer"),
        (Fault.SHORT, ("GET",), "cut short"),
        (Fault.HANGS, ("LIST",), "does not answer"),
        (Fault.HANGS, ("GET",), "does not answer"),
    ],
)
def test_what_cant_be_read_is_told_and_read_when_all_is_well(
    opened: Opens, wire: Wire, spot: Spot, how: int | Fault, kinds: tuple[str, ...], said: str
) -> None:
    put(opened(), 0)
    one = opened(patience=SOON if how is Fault.HANGS else PATIENT)
    with wire.fails(how, *kinds), pytest.raises(HistoryError, match=said) as told:
        costs(one)
    assert str(spot) in str(told.value)
    assert costs(one) == [1.0]
    assert one.troubles == ()


@pytest.mark.parametrize(
    ("how", "said"),
    [(403, "s3:PutObject"), (503, "does not answer"), (400, "credentials are not accepted")],
)
def test_what_cant_be_written_is_told_and_is_not_there(
    opened: Opens, wire: Wire, how: int | Fault, said: str
) -> None:
    one = opened(patience=replace(PATIENT, attempts=1))
    with wire.fails(how, "PUT"), pytest.raises(HistoryError, match=said):
        put(one, 0)
    assert costs(opened()) == []
    put(one, 0)
    assert costs(opened()) == [1.0]


def test_a_large_file_that_breaks_off_half_way_is_not_there(
    opened: Opens, wire: Wire, spot: Spot
) -> None:
    door = Door(spot, Clock(), PATIENT)
    wire.faulty = lambda call: 403 if "partNumber=2" in call.path else None
    with pytest.raises(HistoryError, match="s3:PutObject"):
        door.write("large", os.urandom(25_000_000))
    wire.faulty = lambda _: None
    assert keys(wire, spot) == []


def test_what_cant_be_removed_is_told(opened: Opens, wire: Wire) -> None:
    one = opened()
    put(one, 0)
    (file,) = one.listed(BY_JOB).values()
    with wire.fails(403, "DELETE"), pytest.raises(HistoryError, match="s3:DeleteObject"):
        one.remove(BY_JOB, file)
    assert costs(one) == [1.0]


def test_an_s3_that_does_not_answer_is_left_alone_for_a_while(opened: Opens, wire: Wire) -> None:
    elapsed = [0.0]
    one = opened(Clock(monotonic=lambda: elapsed[0]), patience=replace(PATIENT, rests=30.0))
    put(one, 0)
    with wire.fails(503):
        for _ in range(3):
            with pytest.raises(HistoryError, match="does not answer"):
                one.shelves()
    asked = len(wire.calls)
    with pytest.raises(HistoryError, match="does not answer"):
        put(one, 1)
    assert len(wire.calls) == asked
    elapsed[0] = 31.0
    assert costs(one) == [1.0]


def test_one_that_trickles_is_given_up(opened: Opens, wire: Wire) -> None:
    put(opened(), 0)
    one = opened(patience=replace(PATIENT, whole=10.0))
    assert len(one.listed(BY_JOB)) == 1
    with wire.fails(Fault.HANGS, "GET"), pytest.raises(HistoryError, match="took more than"):
        costs(one)


def test_a_write_whose_answer_drips_has_an_end(opened: Opens, wire: Wire) -> None:
    one = opened(patience=replace(PATIENT, writing=2.0))
    with (
        wire.fails(Fault.DRIPS, "PUT", "POST"),
        pytest.raises(HistoryError, match="took more than 2 seconds"),
    ):
        put(one, 0)


def test_a_bucket_that_is_not_there_is_told(opened: Opens) -> None:
    one = opened(at=Spot("nobodys-bucket", ""))
    for does in (one.shelves, lambda: one.listed(BY_JOB), lambda: put(one, 0)):
        with pytest.raises(HistoryError, match="no bucket nobodys-bucket"):
            does()


def test_a_copy_is_used_by_several_processes_and_the_least_used_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies = Mirror(tmp_path)
    paths = [copies.path("file", number) for number in range(4)]
    for path in paths:
        copies.keep(path, b"x" * 100)
    for path, hours in zip(paths, (3, 0, 2, 4), strict=True):
        used = time.time() - hours * 3_600
        os.utime(path, (used, path.stat().st_mtime))
    assert copies.has(paths[3], 100)
    monkeypatch.setattr(mirror, "MOST_BYTES", 150)
    Mirror(tmp_path).tidy()
    assert [path.exists() for path in paths] == [False, True, False, True]
    assert not copies.has(paths[0], 100)
    assert not copies.has(paths[1], 99)


def test_where_no_copies_can_be_kept_they_last_as_long_as_the_process(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    copies = Mirror(tmp_path / "file" / "folder")
    copies.keep(copies.path("a"), b"x")
    assert copies.has(copies.path("a"), 1)


@pytest.mark.parametrize(
    ("addresses", "why"),
    [
        (["s3://", "s3:/studio/x", "gs://studio", "s3:///x"], "$"),
        (["s3://Studio", "s3://ab", f"s3://{'a' * 64}", "s3://-studio/x"], "; .* 3 to 63 char.*"),
        (["s3://studio//x", "s3://studio/..", "s3://studio/./x"], "; no part of the prefix .*"),
    ],
)
def test_an_address_that_is_none_is_no_spot(addresses: list[str], why: str) -> None:
    for address in addresses:
        with pytest.raises(
            ValueError, match=f"^it has to be s3://bucket or s3://bucket/prefix{why}"
        ):
            Spot.of(address)


def test_an_address_is_read_as_it_is_written() -> None:
    for address in ("s3://studio.example", "s3://studio/a", "s3://studio/a/b c"):
        assert str(Spot.of(address)) == address
    assert Spot.of("s3://studio/a/") == Spot("studio", "a")


def test_a_file_that_was_not_listed_stays_and_that_is_said(opened: Opens, wire: Wire) -> None:
    put(opened(LATER), 0, 3.0)
    other, origin = opened(LATER), replace(ORIGIN, fetched_at=NOW, first_asked_at=NOW)
    smaller = rows(BY_JOB, ("j1", "ada", 1, 1.0), at=at(0))
    with wire.fails(Fault.EMPTY, "LIST"):
        every = wire.faulty
        wire.faulty = lambda call: every(call) if "cut%3D" in call.path else None
        assert not other.listed(BY_JOB)
        with pytest.raises(HistoryError, match="is there, and was not listed"):
            other.put(BY_JOB, at(0), smaller, origin, stays=True)
    assert costs(other) == [3.0]


def test_a_file_that_another_writer_has_just_written_stays(opened: Opens) -> None:
    put(opened(), 0, 3.0)
    origin = replace(ORIGIN, fetched_at=NOW, first_asked_at=NOW)
    opened().put(BY_JOB, at(0), rows(BY_JOB, ("j1", "ada", 1, 1.0), at=at(0)), origin, stays=True)
    assert costs(opened()) == [3.0]


@pytest.mark.parametrize("back", [5, 300, 1_500])
def test_a_copy_of_which_a_bit_has_changed_is_fetched_anew_before_it_is_read(
    opened: Opens, tmp_path: Path, back: int
) -> None:
    one = opened()
    put(one, 0)
    assert costs(one) == [1.0]
    (copy,) = (tmp_path / "machine 0").rglob("*.parquet")
    whole = bytearray(copy.read_bytes())
    copy.write_bytes(bytes([*whole[:-back], whole[-back] ^ 4, *whole[len(whole) - back + 1 :]]))
    again = opened(machine=0)
    assert costs(again) == [1.0]
    assert (again.troubles, copy.read_bytes()) == ((), whole)


@pytest.mark.parametrize("back", [5, 300, 1_500])
def test_an_object_of_which_a_bit_has_changed_is_put_aside(
    opened: Opens, wire: Wire, spot: Spot, back: int
) -> None:
    put(opened(), 0)
    (key,) = keys(wire, spot)
    body = bytearray(client(wire).get_object(Bucket=spot.bucket, Key=key)["Body"].read())
    body[-back] ^= 4
    client(wire).put_object(Bucket=spot.bucket, Key=key, Body=bytes(body))
    one = opened()
    with pytest.raises(Foreign):
        costs(one)
    assert costs(one) == []
    assert [key in said for said in one.troubles] == [True]


def test_what_comes_otherwise_each_time_is_no_fault_of_the_object(
    opened: Opens, wire: Wire, spot: Spot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So it is out of reach, and nothing is written in its place."""
    put(opened(), 0)
    one, keep, flips = opened(), Mirror.keep, count()

    def altered(mirror: Mirror, path: Path, data: bytes) -> None:
        at = 100 + next(flips)
        keep(mirror, path, data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])

    with monkeypatch.context() as way:
        way.setattr(Mirror, "keep", altered)
        with pytest.raises(HistoryError, match="comes otherwise each time"):
            costs(one)
    assert one.troubles == ()
    assert costs(one) == [1.0]
