"""A deployment's reporter and its history, made from its settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from stats.bucket import Bucket
from stats.certainty import Certainty
from stats.chain import custom_endpoint, finds_credentials, without_files
from stats.client import Client, Endpoint
from stats.clock import WITH_S3, Clock, PatienceWithS3
from stats.errors import CredentialsMissing, QuestionError
from stats.history import History
from stats.knowledge import Rule
from stats.line import Line
from stats.looking import no_history
from stats.mirror import Mirror
from stats.names import Names
from stats.report import Reporter
from stats.s3 import Door
from stats.settings import Settings, Source
from stats.spot import Spot
from stats.store import VERSION

LONGEST_IDLE_SECONDS = 60.0
"""How long a command waits in the end where nothing gets to history."""


def connect(
    settings: Settings,
    endpoint: Endpoint | None = None,
    clock: Clock | None = None,
    of_s3: PatienceWithS3 = WITH_S3,
) -> Reporter:
    """A reporter for AWS, for the endpoint that the environment names, or for the one given."""
    clock = clock or Clock()
    source = "demo" if endpoint and endpoint.url else custom_endpoint() or "aws"
    endpoint = endpoint or Endpoint(
        connect_seconds=settings.connect_seconds, read_seconds=settings.read_seconds
    )
    client = Client(endpoint, clock, settings.patience)
    line = Line(
        client,
        clock,
        settings.patience,
        cache_seconds=settings.cache_seconds,
        cache_rows=settings.cache_rows,
        turns=settings.turns,
    )
    names = Names(
        client,
        clock,
        seconds=settings.names_seconds,
        identity_store_id=settings.identity_store_id,
        identity_region=settings.identity_region,
    )
    history, settle = (
        _history(settings, source, clock, of_s3),
        timedelta(hours=settings.settle_hours),
    )
    return Reporter(
        line,
        names,
        clock,
        source,
        Certainty(history, Rule(settings.remembered), settle, names.resources),
        longest_seconds=settings.question_seconds,
    )


@contextmanager
def of_the_command_line(settings: Settings, tell: Callable[[str], None]) -> Iterator[Reporter]:
    """A reporter for AWS, or for the endpoint that the environment names.

    In the end history gets what it was to keep, however that came; only who interrupts does not
    wait. `tell` is told what is still to be known of it. Raises QuestionError where a demo is asked
    for, and AccessError.
    """
    reporter = _of_the_command_line(settings)
    idle_seconds = LONGEST_IDLE_SECONDS
    try:
        yield reporter
    except KeyboardInterrupt:
        idle_seconds = 0.0
        raise
    finally:
        reporter.close(idle_seconds, tell)


def _of_the_command_line(settings: Settings) -> Reporter:
    if settings.source is Source.DEMO:
        raise QuestionError(
            "The command line has no demo of its own (FARM_COSTS_SOURCE is demo).",
            "Start `python -m simulator`, set what it prints, and unset FARM_COSTS_SOURCE.",
        )
    if custom_endpoint() is None and not finds_credentials(settings.read_seconds):
        raise CredentialsMissing(
            f"boto3 finds no AWS credentials{without_files()}.",
            "Set AWS_PROFILE, sign in, or give this machine a role; for a simulated farm start "
            "`python -m simulator` and set what it prints.",
        )
    return connect(settings)


def history(settings: Settings) -> History:
    """The history that the command line's reporter has; raises HistoryError where it has none."""
    source = custom_endpoint() or "aws"
    found = _history(settings, source, Clock(), WITH_S3)
    if found is None:
        raise no_history(source)
    return found


def _history(
    settings: Settings, source: str, clock: Clock, of_s3: PatienceWithS3
) -> History | None:
    settle, home = timedelta(hours=settings.settle_hours), settings.history_of(source)
    if isinstance(home, Spot):
        bucket = Bucket(Door(home, clock, of_s3), VERSION, Mirror(settings.copies), clock)
        return History(bucket, settle, clock)
    return None if home is None else History(home, settle, clock)
