"""Calls that may take long are made in order, so many at once, and keep no process from ending."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

from stats.pool import Pool

PATIENCE_SECONDS = 60


def test_they_are_made_in_the_order_in_which_they_were_handed_in() -> None:
    pool, made, done = Pool(1, "one"), [], threading.Event()
    for number in range(50):
        pool.submit(made.append, number)
    pool.submit(done.set)
    assert done.wait(PATIENCE_SECONDS)
    assert made == list(range(50))
    pool.close()


def test_so_many_are_under_way_at_once_and_no_more() -> None:
    pool, free, done = Pool(3, "three"), threading.Event(), threading.Semaphore(0)
    lock, under_way, most = threading.Lock(), [0], [0]

    def call() -> None:
        with lock:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
        if most[0] == 3:
            free.set()
        free.wait(PATIENCE_SECONDS)
        with lock:
            under_way[0] -= 1
        done.release()

    for _ in range(9):
        pool.submit(call)
    assert all(done.acquire(timeout=PATIENCE_SECONDS) for _ in range(9))
    assert most == [3]
    pool.close()


def test_a_thread_that_waits_is_used_again() -> None:
    pool, names = Pool(8, "eight"), []
    for _ in range(5):
        done = threading.Event()
        pool.submit(lambda: names.append(threading.current_thread().name))
        pool.submit(done.set)
        assert done.wait(PATIENCE_SECONDS)
        time.sleep(0.05)  # until it waits
    assert len(names) == 5
    assert set(names) <= {"eight_1", "eight_2"}
    pool.close()


def test_once_closed_nothing_more_is_called() -> None:
    pool, begun, free, made = Pool(1, "one"), threading.Event(), threading.Event(), []

    def first() -> None:
        begun.set()
        free.wait(PATIENCE_SECONDS)
        made.append("first")

    pool.submit(first)
    pool.submit(made.append, "second")
    assert begun.wait(PATIENCE_SECONDS)
    pool.close()
    pool.submit(made.append, "third")
    free.set()
    _until(lambda: not [one for one in threading.enumerate() if one.name == "one_1"])
    assert made == ["first"]


def test_after_a_call_that_breaks_others_are_made() -> None:
    pool, done = Pool(1, "one"), threading.Event()
    hook, threading.excepthook = threading.excepthook, lambda _: None
    try:
        pool.submit(int, "none")
        _until(lambda: not [one for one in threading.enumerate() if one.name == "one_1"])
    finally:
        threading.excepthook = hook
    pool.submit(done.set)
    assert done.wait(PATIENCE_SECONDS)
    pool.close()


def test_a_process_ends_while_one_is_under_way() -> None:
    script = "import time; from stats.pool import Pool; Pool(1, 'one').submit(time.sleep, 600)"
    subprocess.run([sys.executable, "-c", script], check=True, timeout=PATIENCE_SECONDS)


def _until(is_so) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.01)
