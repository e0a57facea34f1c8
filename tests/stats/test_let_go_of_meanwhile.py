"""Who waits for others to put history in order lets go of what is under a bound meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from stats import aside
from stats.store import VERSION, Folder
from tests.stats.asking import wait_until


def alone(home: Path, said: list[str]) -> None:
    """Is alone with a folder; says what is let go of, and what comes then."""

    @contextmanager
    def letting_go() -> Iterator[None]:
        said.append("lets go")
        yield
        said.append("has it again")

    with aside.letting_go(letting_go), Folder(home, VERSION).alone():
        said.append("is alone")


def test_it_has_it_again_before_it_is_alone(tmp_path: Path) -> None:
    said: list[str] = []
    with ThreadPoolExecutor(1) as pool:
        with Folder(tmp_path, VERSION).alone():
            waiting = pool.submit(alone, tmp_path, said)
            wait_until(lambda: bool(said))
        waiting.result()
    assert said == ["lets go", "has it again", "is alone"]


def test_who_need_not_wait_lets_go_of_nothing(tmp_path: Path) -> None:
    said: list[str] = []
    for _ in range(2):
        alone(tmp_path, said)
    assert said == ["is alone"] * 2


def test_who_is_stopped_once_it_need_not_wait_any_more_leaves_no_lock(tmp_path: Path) -> None:
    said: list[str] = []

    @contextmanager
    def letting_go() -> Iterator[None]:
        said.append("lets go")
        yield
        raise KeyboardInterrupt

    def stopped() -> None:
        with aside.letting_go(letting_go), Folder(tmp_path, VERSION).alone():
            said.append("is alone")

    with ThreadPoolExecutor(1) as pool:
        with Folder(tmp_path, VERSION).alone():
            waiting = pool.submit(stopped)
            wait_until(lambda: bool(said))
        assert isinstance(waiting.exception(), KeyboardInterrupt)
    alone(tmp_path, said)
    assert said == ["lets go", "is alone"]
