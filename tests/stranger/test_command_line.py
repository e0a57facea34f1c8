"""`python -m stats` as its users and their scripts see it: data, columns, members, exit codes."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import re
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from stats.cli import main
from tests.stranger.command import Ended, environment, run
from tests.stranger.records import ARN, FarmData
from tests.stranger.service import Behaviour, Service
from tests.stranger.truth import NUMBERS, Wanted, differences, figures, in_scope, rows

Opens = Callable[[Behaviour], Service]
MEASURES = ["count", *NUMBERS]
FEW = ("--start", "2026-10-20", "--end", "2026-11-10")
START, END = datetime(2026, 10, 20, tzinfo=UTC), datetime(2026, 11, 10, tzinfo=UTC)
LOS_ANGELES = timedelta(hours=7), timedelta(hours=8)

QUESTIONS = {
    "users": (*FEW, "--by", "user,instance_type", "--period", "daily"),
    "zone": (*FEW, "--by", "user", "--period", "weekly", "--timezone", "America/Los_Angeles"),
    "jobs": (*FEW, "--by", "queue,job,user,instance_type"),
    "comma": (*FEW, "--by", "queue", "--queues", "Trailer, 4K"),
    "fleets": (*FEW, "--by", "fleet,usage_type", "--fleets", "GPU,spot cpu"),
    "filtered": (
        *(*FEW, "--by", "license_product,queue", "--where", "queue=FX", "--where", "queue=Anim"),
        *("--where", "usage_type=license"),
    ),
    "arn": (*FEW, "--by", "user", "--where", f"user={ARN}", "--where", "instance_type=c5.4xlarge"),
    "hours": ("--start", "2026-11-01T01:00-08:00", "--end", "2026-11-02T00:00Z", "--by", "queue"),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home without AWS files."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def ended(steady: Service, farm: FarmData, home: Path) -> dict[str, Ended]:
    """All questions, asked as CSV."""
    env = environment(steady.url, home)

    def asked(arguments: tuple[str, ...]) -> Ended:
        return run(env, "report", "--farm", farm.name, *arguments, "--format", "csv")

    with ThreadPoolExecutor(2) as processes:
        return dict(zip(QUESTIONS, processes.map(asked, QUESTIONS.values()), strict=True))


def _table(one: Ended) -> list[dict[str, str]]:
    assert one.code == 0, one.said
    return list(csv.DictReader(io.StringIO(one.data, newline="")))


def _queues(farm: FarmData, *names: str) -> tuple[str, ...]:
    return tuple(i for i, name in farm.queues.items() if not names or name in names)


def _wanted(farm: FarmData, **more: Any) -> Wanted:
    return Wanted(**{"ids": _queues(farm), "start": START, "end": END, **more})


def test_columns_stand_in_their_order(ended: dict[str, Ended]) -> None:
    header = ended["jobs"].data.splitlines()[0].split(",")
    keys = ["queue_id", "queue_name", "job_id", "job_name", "user_id", "user_name", "instance_type"]
    assert header == ["period_start", "period_end", *keys, *MEASURES]
    header = ended["users"].data.splitlines()[0].split(",")
    assert header[2:5] == ["user_id", "user_name", "instance_type"]


def test_numbers_are_right_to_a_millionth(ended: dict[str, Ended], farm: FarmData) -> None:
    before, after = LOS_ANGELES
    weekly = {"by": ("user",), "period": "weekly", "zone": "America/Los_Angeles"}
    licences = {"queue": frozenset(_queues(farm, "FX", "Anim")), "usage_type": {"LICENSE"}}
    arn = {"user": {ARN}, "instance_type": {"c5.4xlarge"}}
    fleets = tuple(i for i, n in farm.fleets.items() if n in ("GPU", "Spot CPU"))
    hours = {
        "start": datetime(2026, 11, 1, 9, tzinfo=UTC),
        "end": datetime(2026, 11, 2, tzinfo=UTC),
    }
    wanted = {
        "users": _wanted(farm, by=("user", "instance_type"), period="daily"),
        "zone": _wanted(farm, **weekly, **{"start": START + before, "end": END + after}),
        "jobs": _wanted(farm, by=("queue", "job", "user", "instance_type")),
        "comma": _wanted(farm, by=("queue",), ids=_queues(farm, "Trailer, 4K")),
        "fleets": _wanted(farm, by=("fleet", "usage_type"), scope="fleet", ids=fleets),
        "filtered": _wanted(farm, by=("license_product", "queue"), where=licences),
        "arn": _wanted(farm, by=("user",), where=arn),
        "hours": _wanted(farm, by=("queue",), **hours),
    }
    wrong = [differences(_table(ended[n]), farm.records, one) for n, one in wanted.items()]
    assert [one for some in wrong for one in some] == []


def test_an_assumed_role_goes_by_its_last_part(ended: dict[str, Ended]) -> None:
    assert {(r["user_id"], r["user_name"]) for r in _table(ended["arn"])} == {(ARN, "overnight")}


def test_data_goes_to_standard_output_and_the_rest_to_standard_error(
    ended: dict[str, Ended],
) -> None:
    for one in ended.values():
        assert one.data.startswith("period_start,period_end")
        assert re.search("^Total (at least )?USD ", one.said, re.MULTILINE)


def test_job_names_come_through_a_file_unharmed(
    farm: FarmData, moody: Opens, home: Path, tmp_path: Path
) -> None:
    env, out = environment(moody(Behaviour(job_names=True)).url, home), tmp_path / "jobs"
    told = ("report", "--farm", farm.id, *FEW, "--by", "job", "--output", str(out), "--format")
    assert run(env, *told, "csv").data == ""
    with out.open(newline="", encoding="utf-8") as file:
        by_csv = {row["job_id"]: row["job_name"] for row in csv.DictReader(file)}
    assert run(env, *told, "parquet").code == 0
    table = pd.read_parquet(out)
    by_parquet = dict(zip(table["job_id"], table["job_name"], strict=True))
    assert by_csv == by_parquet == {job: farm.jobs[job].name for job in by_csv}
    assert list(table.columns)[:4] == ["period_start", "period_end", "job_id", "job_name"]


def test_json_has_its_members(steady: Service, farm: FarmData, home: Path) -> None:
    wanted = _wanted(farm, by=("user",), period="monthly")
    told = ("--by", "user", "--period", "monthly", "--format", "json")
    one = run(environment(steady.url, home), "report", "--farm", farm.id, *FEW, *told)
    document = json.loads(one.data)
    assert {"records", "total", "unattributed", "as_of", "preliminary_from", "basis"} <= {*document}
    flat = []
    for record in document["records"]:
        units = {u: record.pop(u) for u in ("cost_usd", "runtime_seconds")}
        assert [*record] == ["period_start", "period_end", "user_id", "user_name", "count"]
        flat.append(
            {**record, **{f"{u}_{s}": n for u, some in units.items() for s, n in some.items()}}
        )
    assert differences(flat, farm.records, wanted) == []
    right = figures(in_scope(farm.records, wanted))
    assert document["total"]["count"] == right["count"]
    assert math.isclose(document["total"]["cost_usd"]["sum"], right["cost_usd_sum"], abs_tol=1e-6)
    assert document["unattributed"]["cost_usd"]["sum"] == 0
    assert document["preliminary_from"] is None


def test_a_table_shows_the_total(steady: Service, farm: FarmData, home: Path) -> None:
    told = (*FEW, "--by", "usage_type", "--format", "table")
    one = run(environment(steady.url, home), "report", "--farm", "aurora main", *told)
    total = sum(r["cost_usd_sum"] for r in rows(farm.records, _wanted(farm)).values())
    assert one.code == 0
    assert f"{total:,.2f}" in one.data


def test_farms_are_listed(steady: Service, farms: tuple[FarmData, ...], home: Path) -> None:
    one = run(environment(steady.url, home), "farms", "--format", "csv")
    assert one.data.splitlines() == ["farm_id,name", *(f"{f.id},{f.name}" for f in farms)]


def test_a_farm_without_usage_gives_a_header_alone(steady: Service, home: Path) -> None:
    told = ("--farm", "Borealis Empty", *FEW, "--by", "user", "--format", "csv")
    one = run(environment(steady.url, home), "report", *told)
    assert (one.code, one.data.count("\n")) == (0, 1)


BAD = {
    "unknown farm name": ("--farm", "Nowhere", *FEW),
    "unknown farm id": ("--farm", "farm-" + "0" * 32, *FEW),
    "ambiguous queue name": ("--farm", "Aurora Main", *FEW, "--queues", "Comp"),
    "unknown queue": ("--farm", "Aurora Main", *FEW, "--queues", "FX,Nope"),
    "end before start": ("--farm", "Aurora Main", "--start", "2026-11-10", "--end", "2026-11-01"),
    "bad dimension": ("--farm", "Aurora Main", *FEW, "--by", "show"),
    "dimension twice": ("--farm", "Aurora Main", *FEW, "--by", "user,user"),
    "unaligned hour": (
        "--farm",
        "Aurora Main",
        "--start",
        "2026-10-20T05:30",
        "--end",
        "2026-10-21",
    ),
    "no date": ("--farm", "Aurora Main", "--start", "yesterday", "--end", "2026-10-21"),
    "no such zone": ("--farm", "Aurora Main", *FEW, "--timezone", "Mars/Olympus"),
    "no such period": ("--farm", "Aurora Main", *FEW, "--period", "yearly"),
    "both scopes": ("--farm", "Aurora Main", *FEW, "--queues", "FX", "--fleets", "GPU"),
    "not exact": ("--farm", "Aurora Main", *FEW, "--by", "user,fleet,instance_type"),
    "bad condition": ("--farm", "Aurora Main", *FEW, "--where", "user"),
}


def test_wrong_questions_end_with_2(steady: Service, home: Path) -> None:
    env, some = environment(steady.url, home), list(BAD)[::5]
    ends = [run(env, "report", *BAD[name]) for name in some]
    assert [(one.code, one.data) for one in ends] == [(2, "")] * len(some)
    assert not [one.said for one in ends if not one.said or "Traceback" in one.said]


@pytest.mark.parametrize("name", BAD)
def test_a_wrong_question_ends_with_2_and_says_why(
    name: str,
    steady: Service,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for variable in [v for v in os.environ if v.startswith(("AWS_", "FARM_COSTS_"))]:
        monkeypatch.delenv(variable)
    for variable, value in environment(steady.url, home).items():
        monkeypatch.setenv(variable, value)
    try:
        code = main(["report", *BAD[name]])
    except SystemExit as refused:
        code = int(refused.code or 0)
    said = capsys.readouterr()
    assert (code, said.out) == (2, "")
    assert said.err


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [
        (Behaviour(denied=frozenset({"Start"})), 3),
        (Behaviour(denied=frozenset({"ListFarms"})), 3),
        (Behaviour(expired=True), 3),
        (Behaviour(fate=lambda body: "FAILED", polls=0), 4),
    ],
    ids=["Start denied", "ListFarms denied", "credentials expired", "FAILED forever"],
)
def test_trouble_with_the_service_has_its_exit_code(
    behaviour: Behaviour, code: int, moody: Opens, home: Path
) -> None:
    env = environment(moody(behaviour).url, home)
    one = run(env, "report", "--farm", "Aurora Main", *FEW, "--queues", "FX", "--format", "csv")
    assert (one.code, one.data) == (code, "")
    assert "Traceback" not in one.said


def test_a_service_that_is_gone_ends_with_4_and_no_credentials_with_3(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        gone = f"http://127.0.0.1:{taken.getsockname()[1]}"
        env = environment(gone, home, FARM_COSTS_CALL_ATTEMPTS="2")
        assert run(env, "report", "--farm", "Aurora Main", *FEW).code == 4
    bare = environment(None, home)
    del bare["AWS_ACCESS_KEY_ID"], bare["AWS_SECRET_ACCESS_KEY"]
    assert run(bare, "report", "--farm", "Aurora Main", *FEW).code == 3
