"""The simulator imports nothing of the rest, serves many at once, and starts from a shell."""

from __future__ import annotations

import ast
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import simulator as package
from simulator import Simulator, tiny_world
from simulator.__main__ import main

FOLDER = Path(package.__file__).parent
ALLOWED = {"numpy", "pandas", "simulator"}


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.name)
def test_a_module_imports_only_the_standard_library_numpy_and_pandas(path):
    for node in ast.walk(ast.parse(path.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0
            names = [node.module or ""]
        for name in names:
            root = name.partition(".")[0]
            assert root in ALLOWED | sys.stdlib_module_names


def test_it_listens_on_loopback_only(simulator):
    assert simulator.url.startswith("http://127.0.0.1:")


def test_it_has_no_address_unless_it_runs():
    idle = Simulator(tiny_world())
    with pytest.raises(RuntimeError, match="not running"):
        _ = idle.url


def test_a_hundred_clients_at_once_are_all_answered(boto):
    with ThreadPoolExecutor(100) as clients:
        answers = list(clients.map(lambda _: boto.list_farms()["farms"], range(300)))
    assert len(answers) == 300
    assert all(len(farms) == 2 for farms in answers)


def test_the_command_says_how_to_point_boto3_at_it():
    command = [sys.executable, "-m", "simulator", "--port", "0", "--fault", "*:throttle:1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=FOLDER.parent) as serving:
        assert serving.stdout is not None
        said = [serving.stdout.readline() for _ in range(6)]
        serving.terminate()
    text = "".join(said)
    assert "AWS_ENDPOINT_URL_DEADLINE=http://127.0.0.1:" in text
    assert "AWS_ENDPOINT_URL_IDENTITYSTORE=http://127.0.0.1:" in text


@pytest.mark.parametrize("fault", ["Nothing:throttle", "ListFarms:nothing", "ListFarms"])
def test_the_command_refuses_a_fault_that_there_is_not(fault, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["--fault", fault])
    assert "no such" in capsys.readouterr().err
