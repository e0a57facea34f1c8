"""The code's layout: which way imports point, and how large a module or function may be."""

from __future__ import annotations

import ast
import functools
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import botocore.session
from botocore.model import Shape, StructureShape

ROOT = Path(__file__).parents[1]
PACKAGES = ("app", "pages", "ui", "server", "stats", "simulator")
MAY_IMPORT = {
    "app": {"pages", "ui", "server", "stats"},
    "pages": {"pages", "ui", "server", "stats"},
    "ui": {"ui", "server", "stats"},
    "server": {"server", "stats"},
    "stats": {"stats"},
    "simulator": {"simulator"},
}
ONLY_DOOR_TO_THE_SIMULATOR = "server.demo"
SPEAK_STREAMLITS_PROTOCOL = ("server.messages", "server.told")
DOORS_TO_AWS = {
    f"stats.{one}" for one in ("body", "bounded", "chain", "client", "credentials", "refusal")
}
WRITES_THE_WIRE = {"stats.client", "stats.lists", "stats.refusal", "stats.wire"}
"""`refusal` reads what botocore makes of an error's body, which is the wire's."""
BELOW_THE_INTERFACE = ("server", "stats", "simulator")
NEEDS_NO_STREAMLIT = (
    "areas",
    "called",
    "charts",
    "daymap",
    "dotted",
    "files",
    "format",
    "holdings",
    "knowing",
    "link",
    "look",
    "made_once",
    "month_words",
    "months",
    "numbers",
    "parts",
    "places",
    "presets",
    "spreadsheet",
    "tables",
    "theme",
    "timeline",
    "view",
    "years",
)
OPERATIONS = (
    *("ListFarms", "GetFarm", "ListQueues", "ListFleets", "ListFarmMembers", "BatchGetJob"),
    *("StartSessionsStatisticsAggregation", "GetSessionsStatisticsAggregation"),
)

MOST_LINES_OF_A_PAGE = 59
MOST_LINES_OF_A_MODULE = 300
MOST_LINES_OF_A_FUNCTION = 40


def _module(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = sorted([ROOT / "app.py", *(f for p in PACKAGES[1:] for f in (ROOT / p).rglob("*.py"))])
MODULES = {_module(path): path for path in FILES}


def _each_of(names: Iterable[str]) -> Callable[[Callable[[str], None]], Callable[[], None]]:
    """One test of what holds for each of those modules: of each a test would be thousands."""

    def test_of_all(holds: Callable[[str], None]) -> Callable[[], None]:
        def test() -> None:
            for name in names:
                try:
                    holds(name)
                except AssertionError as error:
                    error.add_note(f"of the module {name}")
                    raise

        test.__name__, test.__doc__ = holds.__name__, holds.__doc__
        return test

    return test_of_all


_of_every_module = _each_of(MODULES)


@functools.cache
def _tree(name: str) -> ast.Module:
    return ast.parse(MODULES[name].read_text("utf-8"))


@functools.cache
def _imported(name: str) -> set[str]:
    """All modules that a module imports, wherever in it; relative imports there are none."""
    found = set()
    for node in ast.walk(_tree(name)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} imports relatively"
            base = node.module or ""
            found |= {f"{base}.{alias.name}" for alias in node.names} & set(MODULES) or {base}
    return found


def _roots(modules: Iterable[str]) -> set[str]:
    return {module.partition(".")[0] for module in modules}


def _ours_behind(name: str) -> set[str]:
    """A module with all of ours that it imports, directly or not, and the packages they lie in."""
    found, waiting = set(), {name}
    while waiting:
        module = waiting.pop()
        found.add(module)
        home = module.rpartition(".")[0]
        waiting |= ({*_imported(module), home} & set(MODULES)) - found
    return found


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return (node for node in ast.walk(tree) if isinstance(node, kinds))


@_of_every_module
def test_imports_point_one_way(name):
    home = name.partition(".")[0]
    ours = _roots(_imported(name)) & set(PACKAGES)
    allowed = MAY_IMPORT[home] | ({"simulator"} if name == ONLY_DOOR_TO_THE_SIMULATOR else set())
    assert ours <= allowed


@_of_every_module
def test_only_the_doors_import_boto3_or_botocore(name):
    assert name in DOORS_TO_AWS or not _roots(_imported(name)) & {"boto3", "botocore"}


@_each_of([m for m in MODULES if m.startswith(BELOW_THE_INTERFACE)])
def test_what_lies_below_the_interface_knows_no_interface(name):
    known = {
        m for m in _imported(name) if name not in SPEAK_STREAMLITS_PROTOCOL or "proto" not in m
    }
    assert not _roots(known) & {"streamlit", "plotly", "ui", "pages", "app"}


@_each_of([m for m in MODULES if m.startswith("simulator")])
def test_the_simulator_shares_nothing_with_what_it_tests(name):
    foreign = _roots(_imported(name)) - set(sys.stdlib_module_names) - {"simulator"}
    assert foreign <= {"numpy", "pandas"}


@_each_of([f"ui.{name}" for name in NEEDS_NO_STREAMLIT])
def test_what_is_pure_imports_no_streamlit_by_any_way(name):
    behind = _ours_behind(name)
    assert [module for module in behind if "streamlit" in _roots(_imported(module))] == []


def test_no_script_lies_directly_in_pages():
    found = {path.name for path in (ROOT / "pages").iterdir() if path.is_file()}
    assert found == {"__init__.py"}


def test_every_page_is_in_the_navigation_and_every_page_of_the_navigation_exists():
    scripts = {str(p.relative_to(ROOT)) for p in (ROOT / "pages").glob("*/*.py")}
    named = {n.value for n in ast.walk(_tree("ui.dashboard")) if isinstance(n, ast.Constant)}
    assert {text for text in named if str(text).endswith(".py")} == scripts


@_each_of([m for m in MODULES if m.count(".") == 2])
def test_a_page_is_a_short_story(name):
    assert len(MODULES[name].read_text("utf-8").splitlines()) <= MOST_LINES_OF_A_PAGE


def _members(shape: Shape, seen: set[str]) -> set[str]:
    """The names of all members of a shape and of what it holds."""
    if shape.name in seen:
        return set()
    seen.add(shape.name)
    held = list(shape.members.values()) if isinstance(shape, StructureShape) else []
    held += [getattr(shape, part) for part in ("member", "value") if hasattr(shape, part)]
    names = set(shape.members) if isinstance(shape, StructureShape) else set()
    return names.union(*(_members(one, seen) for one in held))


@functools.cache
def _names_of_the_wire() -> set[str]:
    service = botocore.session.get_session().get_service_model("deadline")
    names: set[str] = set()
    for operation in OPERATIONS:
        model = service.operation_model(operation)
        shapes = [model.input_shape, model.output_shape, *model.error_shapes]
        names |= set().union(*(_members(shape, set()) for shape in shapes))
    return {name for name in names if re.search("[a-z][A-Z]", name)}


def _words(tree: ast.AST) -> set[str]:
    """All names and texts in the code of a module; a text that has a blank is prose."""
    words = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            words |= {node.value} if " " not in node.value else set()
        for part in ("id", "attr", "arg", "name"):
            word = getattr(node, part, None)
            words |= {word} if isinstance(word, str) else set()
    return words


def test_the_names_of_the_wire_are_read_from_the_service_model():
    assert {"costInUsd", "farmId", "nextToken", "jobName"} <= _names_of_the_wire()


@_each_of([m for m in MODULES if not m.startswith("simulator")])
def test_names_of_the_wire_stay_at_the_wire(name):
    assert name in WRITES_THE_WIRE or not _words(_tree(name)) & _names_of_the_wire()


@_of_every_module
def test_errors_are_caught_by_name_unless_a_line_says_why_not(name):
    lines = MODULES[name].read_text("utf-8").splitlines()
    for node in ast.walk(_tree(name)):
        if isinstance(node, ast.ExceptHandler):
            caught = {n.id for n in ast.walk(node.type or node) if isinstance(n, ast.Name)}
            broad = node.type is None or caught & {"Exception", "BaseException"}
            assert not broad or "noqa: BLE001 - " in lines[node.lineno - 1]


@_of_every_module
def test_nothing_is_left_to_be_done(name):
    assert not re.search(r"\b(TODO|FIXME|XXX|NotImplementedError)\b", MODULES[name].read_text())


@_of_every_module
def test_a_module_can_be_read_in_one_sitting(name):
    assert len(MODULES[name].read_text("utf-8").splitlines()) <= MOST_LINES_OF_A_MODULE


@_of_every_module
def test_a_function_fits_on_a_screen(name):
    lengths = {f.name: (f.end_lineno or 0) - f.lineno + 1 for f in _functions(_tree(name))}
    assert {f: n for f, n in lengths.items() if n > MOST_LINES_OF_A_FUNCTION} == {}
