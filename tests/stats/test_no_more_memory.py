"""A process that gets no more memory, or threads, says so in a sentence."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from simulator import Simulator
from simulator.tiny import FARM, tiny_world
from stats.writer import Writer
from tests.stats.process import LONGEST_SECONDS, ROOT, Shell

AS_MUCH_AS_IT_HAS = """
import resource, sys
from pathlib import Path
from stats import cli
pages = int(Path("/proc/self/statm").read_text().split()[0])
most = pages * resource.getpagesize() + int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_AS, (most, most))
sys.exit(cli.main(sys.argv[2:]))
"""
REPORT = ("report", "--farm", FARM, "--start", "2026-03-02", "--end", "2026-03-05")


@pytest.mark.parametrize("command", [("farms",), REPORT])
@pytest.mark.parametrize("more", [0, 4 << 20])
def test_it_is_told_with_code_2(command: tuple[str, ...], more: int, tmp_path: Path) -> None:
    with Simulator(tiny_world()) as simulator:
        shell = Shell(tmp_path, simulator.url, {"PYTHONPATH": str(ROOT)})
        ended = subprocess.run(
            [sys.executable, "-c", AS_MUCH_AS_IT_HAS, str(more), *command],
            env=shell.environment(),
            check=False,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=LONGEST_SECONDS,
        )
    assert "This process gets no more memory, or threads" in ended.stderr
    assert (ended.returncode, ended.stdout, "Traceback" in ended.stderr) == (2, "", False)


WRITES = """
import resource
from pathlib import Path
from stats.writer import Writer
pages = int(Path("/proc/self/statm").read_text().split()[0])
writer = Writer()
resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize(),) * 2)
writer.do(lambda: None)
print(writer.close(1.0, lambda: None))
"""


def test_what_does_not_go_to_history_for_want_of_a_thread_is_told() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", WRITES], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert ended.stdout.startswith("this process gets no more memory, or threads")


@pytest.mark.parametrize(
    ("error", "said"), [(MemoryError(), "no more memory, or threads"), (KeyError("day"), "day")]
)
def test_nor_is_what_breaks_off_left_unsaid(error: Exception, said: str) -> None:
    def breaks() -> None:
        raise error

    writer = Writer()
    writer.do(breaks)
    writer.do(lambda: None)
    assert said in writer.close(60.0, lambda: None)
