"""Whatever becomes of a farm and its history, what was once known is told to the cent.

And what was never known is never a number. What happens is drawn: usage, late or in time; a
service that forgets; queues and fleets that are deleted, renamed, and come back under other ids;
collecting, checking up, accepting less, putting files together, taking in those of the release
before, forgetting on purpose; files that are lost or spoiled; questions by the hour and the day,
of some ids and of all, in two zones, of several readers in turn.
MEMORY_EXAMPLES sets how many sequences are drawn, other ones each time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from simulator import Simulator
from stats.zone import Zone
from tests.stats.asking import HeldClock
from tests.stats.bucket import REGION, client, s3_over_http
from tests.stats.memory_machine import Memory
from tests.stats.remembering import BEGIN, Studio

_LONGER = int(os.environ.get("MEMORY_EXAMPLES", "0"))
_PHASES = [Phase.reuse, Phase.generate]
"""A failure is shown as it was drawn: to shrink it takes long."""


def drawn(many: int, steps: int) -> settings:
    return settings(
        max_examples=_LONGER or many,
        stateful_step_count=steps,
        deadline=None,
        phases=_PHASES,
        derandomize=not _LONGER,
        report_multiple_bugs=False,
        print_blob=bool(_LONGER),
    )


@pytest.fixture
def service() -> Iterator[tuple[Simulator, HeldClock]]:
    clock = HeldClock(BEGIN)
    with Simulator(Studio(Zone("UTC")).world(), clock=clock) as simulator:
        yield simulator, clock


@pytest.mark.timeout(0 if _LONGER else 1200)
def test_what_was_once_known_is_told_to_the_cent_from_a_folder(
    service: tuple[Simulator, HeldClock], tmp_path: Path
) -> None:
    numbers = count()

    def machine() -> Memory:
        return Memory(*service, str(tmp_path / f"history-{next(numbers)}"), tmp_path)

    run_state_machine_as_test(machine, settings=drawn(7, 16))


@pytest.mark.timeout(0 if _LONGER else 1200)
def test_what_was_once_known_is_told_to_the_cent_from_a_bucket(
    service: tuple[Simulator, HeldClock], tmp_path: Path
) -> None:
    numbers = count()
    cache = patch.dict(os.environ, XDG_CACHE_HOME=str(tmp_path))
    with s3_over_http() as wire, cache:

        def machine() -> Memory:
            name = f"memory-{next(numbers)}"
            region = {"LocationConstraint": REGION}
            client(wire).create_bucket(Bucket=name, CreateBucketConfiguration=region)
            return Memory(*service, f"s3://{name}/history", tmp_path)

        run_state_machine_as_test(machine, settings=drawn(1, 8))
