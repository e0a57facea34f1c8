"""One aggregation: start it, wait for it, read its pages.

The farm is held from `begin` to the end of `finish`, when the service has computed, and no longer:
pages of a finished aggregation can be read (`read`) while the farm's next one runs. Where an error
comes between, all of it can go on from there, for as long as the service keeps the results.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import partial

from stats import wire
from stats.client import Client
from stats.clock import Clock, Patience
from stats.errors import (
    AccessError,
    AggregationEndless,
    AggregationFailed,
    AggregationTimedOut,
    FarmBusy,
    Garbled,
    Malformed,
    NotFound,
    Refused,
    ResultsExpired,
    ServiceFault,
    Throttled,
    Unreachable,
)
from stats.plan import Run
from stats.turn import Turn

_MOST_EMPTY_PAGES = 100
"""Pages without rows in a row, each with a token for the next one."""

MOST_PAGES = 10_000
"""Of one run's results: a million rows."""

_LONGEST_READING_SECONDS = 3_600.0
"""The service keeps results for no longer than that."""

BREAK_OFF = (AccessError, AggregationEndless, Garbled, ServiceFault, Throttled, Unreachable)
"""Errors that leave an aggregation and its results where they are."""

_NOT_TOLD = (Malformed, Refused, ServiceFault, Unreachable)
"""Errors after which it is not known whether an aggregation still runs, and the next may."""

_NOT_OURS = "That is on the service's side: try again, and tell AWS if it stays so."


class Stage(StrEnum):
    """What a run is doing, as a person would say it."""

    QUEUED = "waiting for its turn"
    BUSY = "waiting for another aggregation on this farm to end"
    COMPUTING = "the service is adding up"
    READING = "reading"
    DONE = "done"


Tell = Callable[[Stage, int], None]
"""Called again and again with the stage and the number of pages read; what it raises ends it."""


@dataclass(eq=False)
class Begun:
    """An aggregation that was started, and the `pages` that have been read of it.

    `taken_at` is when the service took it; it ran for `ran_seconds`, as far as it was watched.
    `broken_off` is after how many pages an error came between, the last time; None where none has.
    How long it took says nothing of it then.
    """

    aggregation_id: str
    taken_at: datetime
    ran_seconds: float = 0.0
    pages: list[wire.Page] = field(default_factory=list)
    broken_off: int | None = None


def begin(
    client: Client,
    run: Run,
    turn: Turn,
    clock: Clock,
    patience: Patience,
    tell: Tell,
    go_on: Callable[[], None],
) -> Begun:
    """Starts a run; the caller has the farm's turn.

    One that was started before and not seen to end is waited for first. `go_on` is called before
    each look at that and each Start: what it raises ends the waiting. Raises FarmBusy, or
    AggregationEndless of that one.
    """
    if turn.left_over:

        def waiting() -> None:
            go_on()
            tell(Stage.BUSY, 0)

        _wait_for(turn.left_over, client, run, turn, clock, patience, waiting)
    tell(Stage.COMPUTING, 0)
    aggregation_id = _start(client, run, clock, patience, tell, go_on)
    turn.begun(aggregation_id)
    return Begun(aggregation_id, clock.now())


def _wait_for(
    left_over: str,
    client: Client,
    run: Run,
    turn: Turn,
    clock: Clock,
    patience: Patience,
    tell: Callable[[], None],
) -> None:
    """Waits until an earlier one has ended; raises AggregationEndless where it does not.

    What it came to is nobody's business here. Where it can't be told whether it runs, the next
    Start tells: it is turned away while another runs. Raises AccessError where nobody may look:
    the results of the next one could not be read either.
    """
    less = replace(patience, aggregation=patience.busy_farm)
    try:
        _poll(client, run, left_over, clock, less, tell)
    except ResultsExpired:
        pass
    except AggregationEndless as endless:
        raise AggregationEndless(
            "An earlier aggregation of ours still holds this farm. It was waited for "
            f"{patience.busy_farm:.0f} seconds.",
            "Nothing new was started: try again later.",
        ) from endless
    except _NOT_TOLD:
        return
    turn.ended(left_over)


def finish(
    client: Client,
    run: Run,
    begun: Begun,
    turn: Turn,
    clock: Clock,
    patience: Patience,
    tell: Tell,
) -> None:
    """Polls until it is COMPLETED, which brings its first page; the caller has the farm's turn.

    Raises AggregationFailed, AggregationTimedOut (either may succeed in smaller pieces),
    AggregationEndless, or ResultsExpired.
    """
    since = clock.monotonic()
    telling = partial(tell, Stage.COMPUTING, 0)
    try:
        first = _poll(client, run, begun.aggregation_id, clock, patience, telling)
    except ResultsExpired:
        turn.ended(begun.aggregation_id)
        raise
    turn.ended(begun.aggregation_id)
    if first.status == "COMPLETED":
        begun.ran_seconds = clock.monotonic() - since
        begun.pages.append(first)
        return
    kinds = {"FAILED": AggregationFailed, "TIMEOUT": AggregationTimedOut}
    if first.status not in kinds:
        raise Malformed(
            f"The aggregation ended with the unknown status “{first.status}”.", _NOT_OURS
        )
    raise kinds[first.status](
        f"The aggregation over {_described(run)} ended {first.status}. {first.message}".strip(),
        "Ask for a shorter window or fewer queues or fleets, or try again later.",
    )


def read(client: Client, run: Run, begun: Begun, clock: Clock, tell: Tell) -> None:
    """Reads what is left of a finished one's pages; raises ResultsExpired where they are gone.

    Raises Malformed where the service tells of ever more pages.
    """
    pages, since = begun.pages, clock.monotonic()
    seen = {page.next_token for page in pages[:-1]}
    while token := pages[-1].next_token:
        tell(Stage.READING, len(pages))
        _has_an_end(pages, seen, clock.monotonic() - since)
        seen.add(token)
        try:
            page = client.page(run.farm_id, begun.aggregation_id, token)
        except (NotFound, Refused) as gone:
            raise ResultsExpired(
                f"The results for {_described(run)} were gone after page {len(pages)}: {gone.what}",
                "Try again; if it happens again, ask for a shorter window.",
            ) from gone
        if page.status != pages[0].status:
            raise ResultsExpired(
                f"The results for {_described(run)} were {page.status} after page {len(pages)}. "
                f"{page.message}".strip(),
                "Try again; if it happens again, ask for a shorter window.",
            )
        if page.rows and page.rows == pages[-1].rows:
            raise wire.contradiction("a page of its results comes twice")
        pages.append(page)
    tell(Stage.DONE, len(pages))


def _has_an_end(pages: Sequence[wire.Page], seen: Collection[str | None], seconds: float) -> None:
    """Raises Malformed where the service tells of more pages than there can be."""
    if pages[-1].next_token in seen:
        raise Malformed("The service gives the same pages of results again and again.", _NOT_OURS)
    if len(pages) >= _MOST_EMPTY_PAGES and not any(p.rows for p in pages[-_MOST_EMPTY_PAGES:]):
        raise Malformed(
            f"The service gives {_MOST_EMPTY_PAGES} pages of results without a row.", _NOT_OURS
        )
    if len(pages) >= MOST_PAGES or seconds > _LONGEST_READING_SECONDS:
        raise Malformed(
            f"The service tells of more pages of results after {len(pages):,} of them and "
            f"{seconds:.0f} seconds.",
            f"Ask for a shorter window. {_NOT_OURS}",
        )


def _start(
    client: Client,
    run: Run,
    clock: Clock,
    patience: Patience,
    tell: Tell,
    go_on: Callable[[], None],
) -> str:
    """Starts the run, as soon as nobody else's holds the farm; its id."""
    since, attempt = clock.monotonic(), 0
    while True:
        go_on()
        try:
            return client.start(run)
        except Throttled as busy:
            tell(Stage.BUSY, 0)
            attempt += 1
            pause = patience.backoff(attempt, busy.retry_after, clock.chance())
            if clock.monotonic() - since + pause > patience.busy_farm:
                waited = clock.monotonic() - since
                raise FarmBusy(
                    "AWS runs one aggregation at a time on a farm, and another holds this one. "
                    f"It was waited for {waited:.0f} seconds; another {pause:.0f} would be more "
                    f"than the {patience.busy_farm:.0f} allowed. The last answer: {busy.what}",
                    "Somebody else, or the Deadline Cloud monitor, is asking: try again soon.",
                ) from busy
            clock.sleep(pause)


def _poll(
    client: Client,
    run: Run,
    aggregation_id: str,
    clock: Clock,
    patience: Patience,
    tell: Callable[[], None],
) -> wire.Page:
    """The first page that is not IN_PROGRESS, noticed within about a tenth of the running time.

    `tell` is called before each look; what it raises ends the waiting.
    """
    since = clock.monotonic()
    while True:
        tell()
        try:
            page = client.page(run.farm_id, aggregation_id, None)
        except NotFound as gone:
            raise ResultsExpired(
                f"The aggregation over {_described(run)} is gone: {gone.what}", "Try again."
            ) from gone
        if page.status != "IN_PROGRESS":
            return page
        elapsed = clock.monotonic() - since
        if elapsed > patience.aggregation:
            raise AggregationEndless(
                f"The aggregation over {_described(run)} is still running after "
                f"{elapsed:.0f} seconds.",
                "Ask for a shorter window, or try again later.",
            )
        clock.sleep(min(max(0.1, 0.1 * elapsed), patience.longest_pause))


def _described(run: Run) -> str:
    kind = run.resource.value if len(run.ids) == 1 else f"{run.resource.value}s"
    return (
        f"{len(run.ids)} {kind} from {run.window.start:%Y-%m-%d %H:%M} "
        f"to {run.window.end:%Y-%m-%d %H:%M} UTC"
    )
