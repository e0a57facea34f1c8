"""Reports over a history in a bucket: on any day of S3's they are what the service answers."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from unittest.mock import patch

import pytest

from simulator import SimulatorSettings
from stats.cli import main
from stats.clock import PatienceWithS3
from stats.model import Report
from stats.report import Reporter
from stats.settings import PREFIX, Settings, SettingsError, load
from stats.spot import Spot
from tests.stats.asking import Asker, asking, wait_until
from tests.stats.autumn import FIRST, autumn_world
from tests.stats.bucket import PATIENT, REGION, SOON, Fault, Wire, client, s3_over_http
from tests.stats.process import LONGEST_SECONDS
from tests.stats.test_history_on_a_bad_day import asked, same

_NUMBERS = count()
_ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    """S3, for all tests here."""
    with s3_over_http() as one:
        yield one


@pytest.fixture(scope="module")
def asker() -> Iterator[Asker]:
    """A service, asked without history."""
    with asking(autumn_world(), service=SimulatorSettings(page_size=100)) as one:
        yield one


@pytest.fixture(scope="module")
def right(asker: Asker) -> Report:
    """What the service answers."""
    return asker.report(asked())


def new_bucket(wire: Wire) -> str:
    name = f"reports-{next(_NUMBERS)}"
    region = {"LocationConstraint": REGION}
    client(wire).create_bucket(Bucket=name, CreateBucketConfiguration=region)
    return f"s3://{name}/history"


@pytest.fixture
def address(wire: Wire) -> str:
    """A bucket of the test's own."""
    return new_bucket(wire)


@pytest.fixture(scope="module")
def shared(wire: Wire, asker: Asker, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A bucket that answers the question, for all tests that take nothing out."""
    address = new_bucket(wire)
    with patch.dict(os.environ, XDG_CACHE_HOME=str(tmp_path_factory.mktemp("cache"))):
        one = asker.another(history=address)
        one.ask(asked())
        one.close()
    return address


Makes = Callable[..., Reporter]


@pytest.fixture
def replica(
    asker: Asker, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Makes]:
    """Reporters with that history, each on a machine of its own."""
    made: list[Reporter] = []

    def making(history: str = address, patience: PatienceWithS3 = PATIENT) -> Reporter:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / f"machine {len(made)}"))
        made.append(asker.another(history=history, of_s3=patience))
        return made[-1]

    yield making
    for one in made:
        one.close()


def filled(replica: Makes) -> None:
    """Settled days are in the bucket."""
    one = replica()
    one.ask(asked())
    one.close()


def objects(wire: Wire, address: str) -> list[str]:
    """The files of history there."""
    found = client(wire).list_objects_v2(Bucket=Spot.of(address).bucket).get("Contents", [])
    return [one["Key"] for one in found if one["Key"].endswith(".parquet")]


def test_what_one_replica_asked_another_is_told(
    asker: Asker, replica: Makes, right: Report, wire: Wire, shared: str
) -> None:
    assert len(objects(wire, shared)) == 24
    before = len(asker.starts())
    report = replica(shared).ask(asked())
    same(report, right)
    assert len(asker.starts()) == before
    assert report.notes == right.notes


@pytest.mark.parametrize(
    ("how", "kinds"),
    [
        (403, ()),
        (503, ("LIST",)),
        (Fault.CUT, ("GET",)),
        (Fault.HANGS, ("GET",)),
        (Fault.HANGS, ("LIST",)),
    ],
)
def test_on_a_bad_day_the_service_is_asked_and_a_note_says_so(
    asker: Asker,
    replica: Makes,
    right: Report,
    wire: Wire,
    shared: str,
    how: int | Fault,
    kinds: tuple[str, ...],
) -> None:
    patience = replace(SOON, rests=6.0) if how is Fault.HANGS else PATIENT
    one, before = replica(shared, patience), len(asker.starts())
    with wire.fails(how, *kinds):
        report = one.ask(asked())
    same(report, right)
    assert len(asker.starts()) > before
    assert any(shared in note for note in report.notes)

    def is_well() -> bool:
        before = len(asker.starts())
        notes = one.ask(asked(days=11)).notes
        return not any(shared in note for note in notes) and len(asker.starts()) == before

    if patience.rests:
        wait_until(is_well)
    assert is_well()


def test_what_cant_be_written_makes_it_slower_and_says_so(
    replica: Makes, right: Report, wire: Wire, address: str
) -> None:
    one = replica()
    with wire.fails(403, "PUT"):
        same(one.ask(asked()), right)
        wait_until(lambda: bool(one._past.trouble))
        report = one.ask(asked())
        one.close()
    same(report, right)
    assert any("s3:PutObject" in note for note in report.notes)
    assert objects(wire, address) == []


def test_an_object_gone_since_it_was_listed_is_asked_of_the_service(
    asker: Asker, replica: Makes, right: Report, wire: Wire, address: str
) -> None:
    filled(replica)
    one = replica()
    one.ask(asked(days=2))
    gone = [key for key in objects(wire, address) if "/cut=usage_type-user/" in key][-1]
    client(wire).delete_object(Bucket=Spot.of(address).bucket, Key=gone)
    before = len(asker.starts())
    same(one.ask(asked()), right)
    assert len(asker.starts()) > before  # nothing else has it: a total would be made of it


def test_a_bucket_that_is_not_there_makes_it_slower(replica: Makes, right: Report) -> None:
    report = replica("s3://nobodys-bucket").ask(asked())
    same(report, right)
    assert any("no bucket nobodys-bucket" in note for note in report.notes)


def test_a_history_in_a_bucket_is_that_of_any_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FARM_COSTS_HISTORY", "s3://studio/farm/costs/")
    for source in ("aws", "http://127.0.0.1:8765", "https://deadline.studio.example"):
        assert load().history_of(source) == Spot("studio", "farm/costs")


@pytest.mark.parametrize("address", ["s3://", "s3:/studio", "s3:studio", "gs://studio", "s3://S"])
def test_an_address_that_is_none_is_an_error(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FARM_COSTS_HISTORY", address)
    with pytest.raises(SettingsError, match=r"FARM_COSTS_HISTORY .* s3://bucket"):
        load()


@pytest.fixture
def at_the_shell(
    asker: Asker, address: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An environment as somebody sets it for a history in a bucket."""
    for name in (*(PREFIX + name.upper() for name in Settings.model_fields), "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for service in ("DEADLINE", "IDENTITYSTORE"):
        monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", asker.simulator.url)
    monkeypatch.setenv("FARM_COSTS_HISTORY", address)
    monkeypatch.setenv("FARM_COSTS_LOCK_FOLDER", str(tmp_path / "turns"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("at_the_shell")
def test_every_command_of_history_works_in_a_bucket(
    replica: Makes, wire: Wire, address: str, capfd: pytest.CaptureFixture[str]
) -> None:
    filled(replica)
    assert main(["history", "verify"]) == 0
    assert "2 cuts are as they were written." in capfd.readouterr().out
    assert main(["history", "compact"]) == 0
    assert "2 files made of many." in capfd.readouterr().out
    files = [key for key in objects(wire, address) if key.endswith(".parquet")]
    assert len(files) == 2
    assert main(["history"]) == 0
    printed = capfd.readouterr()
    assert printed.out.count(" 12 ") == 2
    assert f"In {address}; " in printed.err
    assert main(["history", "forget", "--before", f"{FIRST:%Y-%m}-26"]) == 0
    assert "12 days of cuts forgotten." in capfd.readouterr().out
    assert main(["collect", "--days", "3"]) == 0
    assert re.search(r"[1-9]\d* days of cuts written; 0 errors", capfd.readouterr().out)


@pytest.mark.usefixtures("at_the_shell")
def test_a_command_ends_as_soon_as_it_is_done_and_says_what_is_wrong(
    wire: Wire, address: str
) -> None:
    command = [sys.executable, "-W", "error", "-m", "stats", "history"]
    well = dict(os.environ, PYTHONPATH=str(_ROOT))
    done = subprocess.run(
        command, env=well, capture_output=True, text=True, timeout=LONGEST_SECONDS, check=True
    )
    assert done.stdout == "History holds nothing.\n"
    with wire.fails(403):
        done = subprocess.run(
            command, env=well, check=False, capture_output=True, text=True, timeout=LONGEST_SECONDS
        )
    assert done.returncode == 5
    assert "s3:ListBucket" in done.stderr
    assert "Traceback" not in done.stderr
