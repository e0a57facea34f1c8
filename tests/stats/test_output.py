"""Where a command's data goes: files whole and as they were, pipes and devices written to."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stats import output
from stats.errors import Contradictory, Unwritable

ROOT = Path(__file__).parents[2]
NOBODY = 65534
TODAY = b"of today\n"


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


@contextmanager
def _umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o664])
def test_a_file_keeps_its_mode(mode: int, tmp_path: Path) -> None:
    there = tmp_path / "report.csv"
    there.write_bytes(b"of yesterday, and longer")
    there.chmod(mode)
    output.write(TODAY, there)
    assert (there.read_bytes(), _mode(there)) == (TODAY, mode)
    assert _names(tmp_path) == ["report.csv"]


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_a_new_file_is_as_the_umask_has_it(mask: int, mode: int, tmp_path: Path) -> None:
    with _umask(mask):
        output.write(TODAY, tmp_path / "new.csv")
    assert _mode(tmp_path / "new.csv") == mode


@pytest.mark.skipif(os.geteuid() != 0, reason="files of somebody else are root's to make")
def test_a_file_keeps_its_owner(tmp_path: Path) -> None:
    there = tmp_path / "report.csv"
    there.touch()
    os.chown(there, NOBODY, NOBODY)
    output.write(TODAY, there)
    assert (there.stat().st_uid, there.stat().st_gid) == (NOBODY, NOBODY)


def test_it_goes_through_links_to_a_file_or_to_where_one_is_to_be(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "report.csv").write_bytes(b"of yesterday")
    (inner / "report.csv").chmod(0o600)
    for name, to in (("a", "b"), ("b", "inner/report.csv"), ("c", "inner/new.csv")):
        (tmp_path / name).symlink_to(to)
    for name in ("a", "c"):
        output.must_be_writable(tmp_path / name)
        output.write(TODAY, tmp_path / name)
    assert [(tmp_path / name).is_symlink() for name in "abc"] == [True] * 3
    assert (inner / "report.csv").read_bytes() == (inner / "new.csv").read_bytes() == TODAY
    assert _mode(inner / "report.csv") == 0o600
    assert _names(inner) == ["new.csv", "report.csv"]


def test_a_file_of_several_names_keeps_them(tmp_path: Path) -> None:
    one, other = tmp_path / "one.csv", tmp_path / "other.csv"
    one.write_bytes(b"of yesterday, and longer")
    os.link(one, other)
    output.write(TODAY, one)
    assert one.read_bytes() == other.read_bytes() == TODAY
    assert one.samefile(other)


def test_a_name_as_long_as_may_be_is_a_name(tmp_path: Path) -> None:
    output.write(TODAY, tmp_path / ("x" * 255))
    assert (tmp_path / ("x" * 255)).read_bytes() == TODAY


def test_the_name_of_a_folder_is_no_files(tmp_path: Path) -> None:
    """Not of one that is there, and of none that would be made."""
    there = tmp_path / "there.csv"
    there.write_text("old")
    for name in (f"{there}/", f"{tmp_path}/new/"):
        asked = [sys.executable, "-m", "stats", "report", "--farm", "Comp", "--output", name]
        ended = subprocess.run(
            [*asked, "--start", "2026-10-01", "--end", "2026-10-02"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 2
        assert f"{name} is the name of a folder, and not of a file" in ended.stderr
    assert there.read_text() == "old"
    assert list(tmp_path.iterdir()) == [there]
    assert output.place(f"{there}") == there


def test_a_fifo_is_written_to_and_stays(tmp_path: Path) -> None:
    fifo, got = tmp_path / "fifo", list[bytes]()
    os.mkfifo(fifo)
    reader = threading.Thread(target=lambda: got.append(fifo.read_bytes()))
    reader.start()
    output.must_be_writable(fifo)
    output.write(TODAY, fifo)
    reader.join()
    assert got == [TODAY]
    assert fifo.is_fifo()


def test_a_device_is_written_to_and_stays() -> None:
    output.must_be_writable(Path(os.devnull))
    output.write(TODAY, Path(os.devnull))
    assert Path(os.devnull).is_char_device()


WRITES = """
import os, pathlib, sys
from stats import errors, output
if "AS" in os.environ:
    os.setgroups([])
    os.setuid(int(os.environ["AS"]))
path = pathlib.Path(sys.argv[1])
try:
    output.must_be_writable(path)
    output.write(b"of today\\n", path)
except errors.Unwritable as error:
    print(error, file=sys.stderr, flush=True)
    os._exit(error.exit_code)
"""


def _shell(line: str, folder: Path, **more: str) -> subprocess.CompletedProcess[bytes]:
    """A line of shell in which `$W FILE` writes."""
    (folder / "write.py").write_text(WRITES)
    mine = {"W": f"{sys.executable} write.py", "PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
    return subprocess.run(
        ["bash", "-c", line], cwd=folder, env=mine | more, capture_output=True, check=False
    )


@pytest.mark.parametrize(
    "line",
    [
        "$W /dev/stdout",
        "$W /dev/stdout | cat",
        "$W /dev/fd/1",
        "$W /proc/self/fd/1",
        "echo of before > log; $W /dev/stdout >> log; grep -q before log && tail -1 log",
        "echo of before > log; $W /dev/stdout 1<> log; cat log | head -1",
        "$W >(cat) | cat",
        "$W /dev/fd/7 7>&1",
        "ln -s /dev/stdout out; $W out",
    ],
)
def test_an_open_file_is_written_to_where_it_stands(line: str, tmp_path: Path) -> None:
    done = _shell(line, tmp_path)
    assert (done.stdout, done.stderr) == (TODAY, b"")


@pytest.mark.parametrize(
    "line",
    [
        "$W /dev/full",
        "$W /dev/stdout >&-",
        "$W /dev/stdout >/dev/full",
        "$W /dev/fd/77",
        "ln -s b a; ln -s a b; $W a",
        "$W none/report.csv",
        "touch file; $W file/report.csv",
        "mkdir folder; $W folder",
        f"$W {'x' * 256}",
    ],
)
def test_what_cannot_be_written_is_an_error_of_ours(line: str, tmp_path: Path) -> None:
    done = _shell(line, tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="root makes folders that others can't write to")
@pytest.mark.parametrize("was", [b"of yesterday, and much longer", b"short"])
def test_a_file_in_a_folder_that_is_closed_is_written_in_place(was: bytes, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    for folder in (tmp_path, *tmp_path.parents):  # as many as this run has made
        if "pytest-" not in str(folder):
            break
        folder.chmod(0o755)
    (closed / "report.csv").write_bytes(was)
    (closed / "report.csv").chmod(0o666)
    assert _shell("$W closed/report.csv", tmp_path, AS=str(NOBODY)).stderr == b""
    assert (closed / "report.csv").read_bytes() == TODAY
    assert b"it is not allowed" in _shell("$W closed/new.csv", tmp_path, AS=str(NOBODY)).stderr
    assert _names(closed) == ["report.csv"]


def test_a_disk_that_is_full_loses_nothing(tmp_path: Path) -> None:
    """Files of this process may not be longer than the answer's half."""
    for name in ("report.csv", "twin.csv"):
        (tmp_path / name).write_bytes(b"of yesterday")
    os.link(tmp_path / "twin.csv", tmp_path / "twin's twin.csv")
    (tmp_path / "big.py").write_text(WRITES.replace('b"of today\\n"', "b'x' * 4096"))
    for name in ("report.csv", "twin.csv"):
        limited = f"ulimit -f 1; trap '' XFSZ; exec {sys.executable} big.py {name}"
        done = _shell(limited, tmp_path)
        assert (done.returncode, b"File too large" in done.stderr) == (2, True)
        assert (tmp_path / name).read_bytes() == b"of yesterday"
    assert not [name for name in _names(tmp_path) if name.startswith(".")]


def test_text_is_in_utf_8_whatever_the_locale(tmp_path: Path) -> None:
    code = "from stats import output; output.put('日本\\udc80')"
    done = _shell(f'{sys.executable} -c "{code}"', tmp_path, PYTHONIOENCODING="ascii")
    assert (done.stdout, done.stderr) == ("日本\\udc80".encode(), b"")


def test_closed_standard_output_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(Unwritable, match="closed"):
        output.put("data")
    output.flush()


def test_words_that_nobody_can_read_are_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    output.say("words")


def test_the_title_of_an_error_is_said_once() -> None:
    contradicts = output.headed(Contradictory("a row comes twice"))
    assert contradicts.startswith("The service's answer contradicts itself: a row comes twice. ")
    assert output.headed(Unwritable("It is full.")) == (
        "There is no place for the output: It is full."
    )
