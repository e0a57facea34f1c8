"""The documentation, held to the code: links, settings, options, columns, permissions, examples."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import botocore.session
import pytest

from simulator import Simulator, build_world
from stats import dayfile, export, rollup
from stats.cli import main
from stats.errors import FarmCostsError
from stats.model import Basis, Dimension, Filter, Question, Report, Scope, Spread, Usage, Window
from stats.remarks import Remark, RemarkKind
from stats.settings import PREFIX, Settings
from ui import link as links
from ui.presets import Preset
from ui.view import Curve, Granularity, Measure, View

ROOT = Path(__file__).parents[1]
NOT_OURS = re.compile(r"\.git|\.venv|artefacts|__pycache__|\.\w+_cache|\.hypothesis")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
EVERY_PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
COMMANDS = ("farms", "report", "collect", "history")
OF_A_MACHINE = r"/home/\w|/Users/\w|/root/|[A-Za-z]:\\Users\\"

ISSUED = datetime(2026, 11, 23, 15, tzinfo=UTC)
EXAMPLE = re.compile(r"^\$ \.venv/bin/python -m stats (.*?[^\\])\n(.*?)(?=^\$ |\Z)", re.M | re.S)


def written(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def in_backticks(text: str) -> set[str]:
    return set(re.findall(r"`([^`\n]+)`", text))


def section(text: str, heading: str) -> str:
    """What stands under a heading, up to the next one."""
    return re.split(r"^#+ ", text.split(f"# {heading}\n", 1)[1], maxsplit=1, flags=re.M)[0]


def first_cells(table: str) -> set[str]:
    """The words in backticks in the first column of a table."""
    cells = re.findall(r"^\| ([^|]*) \|", table, re.M)
    return set().union(*(in_backticks(cell) for cell in cells))


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


@EVERY_PAGE
def test_every_relative_link_leads_somewhere(page):
    prose = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.M | re.S)
    for link in re.findall(r"\]\(([^)\s]+)\)", prose):
        if not re.match(r"[a-z]+:", link):
            path, _, anchor = link.partition("#")
            target = (page.parent / path).resolve() if path else page
            assert target.exists(), link
            assert not anchor or anchor in anchors(target), link


def test_every_decision_is_listed():
    decisions = {page.name for page in (ROOT / "docs/adr").glob("0*.md")}
    assert set(re.findall(r"\]\((0.+?\.md)\)", written("docs/adr/README.md"))) == decisions
    assert sorted(int(name[:4]) for name in decisions) == list(range(1, len(decisions) + 1))


def as_documented(default: object) -> str:
    if default is None:
        return "none"
    return f"{default:g}" if isinstance(default, float) else str(default)


def test_every_setting_is_documented_with_its_default():
    rows = re.findall(rf"^\| `{PREFIX}(\w+)` \|[^|]*\| (.*?) \|", written("docs/settings.md"), re.M)
    said = {name.lower(): default.strip("`") for name, default in rows}
    defaults = {name: field.default for name, field in Settings.model_fields.items()}
    assert said == {name: as_documented(default) for name, default in defaults.items()}


@EVERY_PAGE
def test_every_setting_that_is_named_exists(page):
    named = set(re.findall(rf"\b{PREFIX}(\w+)", page.read_text("utf-8")))
    assert {name.lower() for name in named} <= set(Settings.model_fields)


def test_options_of_the_command_line_are_documented_and_exist(capsys):
    offered: set[str] = set()
    for command in COMMANDS:
        with pytest.raises(SystemExit):
            main([command, "--help"])
        offered |= set(re.findall(r"--[a-z][a-z-]*", capsys.readouterr().out))
    page = written("docs/command-line.md")
    assert first_cells("".join(section(page, command) for command in COMMANDS)) == offered
    assert set(re.findall(r"--[a-z][a-z-]*", page)) <= offered


def test_every_column_of_a_file_is_documented():
    columns = set(rollup.empty(tuple(Dimension)).columns)
    assert first_cells(section(written("docs/command-line.md"), "CSV")) == columns


def members(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, held in value.items():
            yield name
            yield from members(held)
    elif isinstance(value, list):
        for held in value:
            yield from members(held)


def a_report() -> Report:
    """A report with something in each of its parts."""
    start = datetime(2026, 10, 1, tzinfo=UTC)
    window = Window(start, start + timedelta(days=1))
    spread = Spread(1.0, 1.0, 1.0)
    return Report(
        question=Question("farm-1", Scope(Dimension.QUEUE, ("queue-1",)), window),
        table=rollup.empty(()),
        total_cost_usd=spread,
        total_count=1,
        total_by_usage_type={"COMPUTE": Usage(1, spread, spread)},
        unattributed_cost_usd=0.5,
        unattributed_count=1,
        as_of=window.end,
        preliminary_from=window.start,
        basis=Basis(1.0, "aws"),
        runs=(),
        remarks=(Remark(RemarkKind.SERVICE, "A note."),),
    )


def test_every_member_of_the_json_is_documented():
    document = json.loads(export.as_json(a_report()))
    page = section(written("docs/command-line.md"), "JSON")
    assert first_cells(page) == set(document)
    assert set(members(document)) <= in_backticks(page)


def kinds(error: type[FarmCostsError]) -> set[type[FarmCostsError]]:
    return {error}.union(*(kinds(kind) for kind in error.__subclasses__()))


def test_every_exit_code_is_documented():
    codes = {str(kind.exit_code) for kind in kinds(FarmCostsError) - {FarmCostsError}}
    page = section(written("docs/command-line.md"), "Exit codes")
    assert set(re.findall(r"^\| (\d+) \|", page, re.M)) == codes | {"0", "129", "130", "143"}


def test_every_dimension_is_in_the_glossary_with_its_column():
    rows = re.findall(
        r"^\| `(\w+)` \| (.*?) \|", section(written("docs/glossary.md"), "Dimensions"), re.M
    )
    said = {word: in_backticks(columns) for word, columns in rows}
    assert set(said) == {d.value for d in Dimension}
    assert all(d.column in said[d.value] for d in Dimension)


def test_every_parameter_of_the_url_is_documented():
    where = tuple(Filter(d, frozenset({"x"})) for d in Dimension if d is not Dimension.FLEET)
    day = date(2026, 10, 1)
    switches = {"preset": Preset.DATES, "first": day, "last": day, "job_text": "x"}
    charts = {"granularity": Granularity.DAILY, "measure": Measure.RUNTIME}
    charts |= {"curve": Curve.CUMULATIVE}
    sides = dict.fromkeys(("stack", "rows", "columns", "by"), Dimension.QUEUE)
    fleets = {"scope": Dimension.FLEET, "ids": ("fleet-1",)}
    full = View("farm-1", **fleets, where=where, **switches, **charts, **sides)
    page = section(written("docs/architecture.md"), "One state, in the URL")
    assert first_cells(page) == set(links.parameters(full))
    choices = {*Preset, *Granularity, *Measure, *Curve}
    assert {choice.value for choice in choices} <= in_backticks(page)


@pytest.mark.parametrize("engine", ["EXTERNAL TABLE", "USING parquet", "external_location"])
def test_tables_for_other_engines_have_every_column_of_history(engine):
    page = section(written("docs/history.md"), "From Athena, Spark and Trino")
    table = next(block for block in page.split("```") if engine in block and "CREATE" in block)
    named = set(
        re.findall(r"[(,]\s*[`\"]?(\w+)[`\"]? (?:string|varchar|bigint|double|timestamp)", table)
    )
    columns = {name for d in Dimension for name in dayfile.schema((d,)).names}
    assert named == columns | {"farm_id", "counted_by", "period", "cut"}


def test_every_module_of_the_engine_and_the_server_is_in_the_architecture():
    page = section(written("docs/architecture.md"), "Layout")
    files = [path for home in ("stats", "server") for path in (ROOT / home).glob("*.py")]
    modules = {path.stem for path in files} - {"__init__"}
    assert first_cells(page) == modules


def test_the_policy_allows_what_is_asked_and_names_only_what_there_is():
    policy = json.loads(written("docs/iam-policy.json"))
    allowed = {a for statement in policy["Statement"] for a in statement["Action"]}
    session = botocore.session.get_session()
    there_is = {
        f"{service}:{operation}"
        for service in ("deadline", "identitystore")
        for operation in session.get_service_model(service).operation_names
    }
    methods = re.findall(r'"([a-z]+(?:_[a-z]+)+)"', written("stats/client.py"))
    names = {"".join(word.capitalize() for word in method.split("_")) for method in methods}
    asked = {action for action in there_is if action.partition(":")[2] in names}
    assert "deadline:StartSessionsStatisticsAggregation" in asked
    assert "identitystore:DescribeUser" in asked
    assert asked <= allowed <= there_is


def test_the_first_commands_of_the_readme_exist():
    block = re.search(r"^```sh\n(.*?)^```", written("README.md"), re.M | re.S)
    assert block is not None
    asked = re.findall(r"^make (\w+)", block[1], re.M)
    assert asked[:2] == ["run", "test"]
    assert set(asked) <= set(re.findall(r"^(\w+):", written("Makefile"), re.M))


def our_files() -> Iterator[Path]:
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if not NOT_OURS.fullmatch(name)]
        yield from (Path(folder, name) for name in files)


def test_no_file_names_a_place_on_a_developers_machine():
    here = [place for place in (str(ROOT), str(Path.home())) if place.count("/") > 1]
    pattern = re.compile("|".join([OF_A_MACHINE, *map(re.escape, here)]).encode())
    others = (path for path in our_files() if path != Path(__file__))
    assert [path for path in others if pattern.search(path.read_bytes())] == []


EXAMPLES = [
    pytest.param(arguments, answer, id=f"{page.name}-{number}")
    for page in PAGES
    for block in re.findall(r"^```console\n(.*?)^```", page.read_text("utf-8"), re.M | re.S)
    for number, (arguments, answer) in enumerate(EXAMPLE.findall(block))
]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """The simulator's usual world, as far back as the examples go."""
    world = build_world(seed=7, now=ISSUED, days=60)
    with Simulator(world, clock=lambda: ISSUED) as simulator:
        yield simulator.url


@pytest.fixture
def pointed(endpoint: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment as the simulator says to set it, in a folder without a secrets.toml."""
    for name in (*(PREFIX + name.upper() for name in Settings.model_fields), "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for service in ("DEADLINE", "IDENTITYSTORE"):
        monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", endpoint)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "simulated")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    monkeypatch.chdir(tmp_path)


def test_there_are_examples():
    assert len(EXAMPLES) >= 5


@pytest.mark.parametrize(("arguments", "answer"), EXAMPLES)
@pytest.mark.usefixtures("pointed")
def test_an_example_prints_what_its_page_shows(arguments, answer, capfd):
    main(shlex.split(arguments.replace("\\\n", " ")))
    printed = capfd.readouterr()
    assert answer.strip() in (printed.out + printed.err)
