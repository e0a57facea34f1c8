"""What the process owns, made once for all who look: settings, reporter, collector, simulated farm.

None of it is an entry of a Streamlit cache: any browser may have those emptied.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import ExitStack
from tempfile import TemporaryDirectory

from server import tidying
from server.demo import simulated
from stats import relation
from stats.chain import custom_endpoint, finds_credentials
from stats.client import Endpoint
from stats.clock import Clock
from stats.connect import connect
from stats.errors import Closed, FarmCostsError
from stats.nightly import Nightly
from stats.report import Reporter
from stats.settings import UNLIMITED, Settings, Source, load
from stats.zone import Zone

_LOG = logging.getLogger(__name__)


class Estate:
    """Everything that lasts as long as the server, from its first use until `close`; thread-safe.

    What can't be made is told to whoever asks, and tried again when somebody asks the next time.
    """

    def __init__(self, read: Callable[[], Settings] = load) -> None:
        self._read = read
        self._making = threading.Lock()
        self._reading = threading.Lock()
        self._owned = ExitStack()
        self._settings: Settings | None = None
        self._reporter: Reporter | None = None
        self._begun = False
        self._closed = False

    def settings(self) -> Settings:
        """The deployment's settings, read once; raises SettingsError."""
        with self._reading:
            if self._settings is None:
                self._settings = self._read()
            return self._settings

    @property
    def source(self) -> str | None:
        """Where the reporter's numbers come from; None as long as there is no reporter."""
        reporter = self._reporter
        return None if reporter is None else reporter.source

    def reporter(self) -> Reporter:
        """The reporter that all sessions share; with it, the server's own collector is at work.

        Raises SettingsError and the other errors of configuration, and Closed once it is over.
        """
        if self._reporter is None:
            self._make()
        if self._reporter is None:
            raise Closed()
        return self._reporter

    def get_ready(self) -> None:
        """Makes the reporter before anybody asks; whoever opens a page is told what is wrong."""
        with self._reading:
            if self._begun:
                return
            self._begun = True
        try:
            self.reporter()
        except FarmCostsError as error:
            _LOG.warning("%s %s", error.what, error.todo)
        tidying.settle()

    def close(self) -> None:
        """Ends what was made, the last first; nothing is made any more."""
        with self._making:
            self._closed, self._reporter = True, None
            owned = self._owned.pop_all()
        owned.close()

    def _make(self) -> None:
        """Makes the reporter and what belongs to it, or nothing of it."""
        with self._making, ExitStack() as made:
            if self._closed or self._reporter is not None:
                return
            settings = self.settings()
            made.callback(relation.tidy)  # a server that is told to end does not come to its exit
            reporter = _connected(settings, made)
            made.callback(reporter.close)
            _collects(settings, reporter, made)
            _tidies(made)
            self._owned, self._reporter = made.pop_all(), reporter
            _LOG.info("Ready. Figures come from %s.", _called(reporter.source))


def _called(source: str) -> str:
    """A source in words; an endpoint's URL may hold what is no business of the log's."""
    return {"aws": "AWS", "demo": "a simulated farm"}.get(source, "an endpoint of one's own")


def _connected(settings: Settings, made: ExitStack) -> Reporter:
    """The reporter of a deployment; what else is made for it is put on `made`.

    With source `auto` the simulated farm is there only where boto3 finds no credentials and no
    endpoint is set: credentials that are wrong are an error, never a demo.
    """
    nothing_to_ask = custom_endpoint() is None and not finds_credentials(settings.read_seconds)
    if settings.source is Source.DEMO or (settings.source is Source.AUTO and nothing_to_ask):
        endpoint = Endpoint(
            url=made.enter_context(simulated(settings.demo_seed)).url,
            credentials=("demo", "demo"),
            connect_seconds=settings.connect_seconds,
            read_seconds=settings.read_seconds,
        )
        # A folder that lasts as long as the server: each simulated world is one of its own.
        folder = made.enter_context(TemporaryDirectory(prefix="farm-costs-demo-"))
        return connect(
            settings.model_copy(update={"history": folder, "remembered_days": UNLIMITED}), endpoint
        )
    return connect(settings)


def _collects(settings: Settings, reporter: Reporter, made: ExitStack) -> None:
    """The server's own collector is at work, where an hour is set for it."""
    if settings.collect_hour is not None:
        nightly = Nightly(reporter, Zone(settings.timezone), settings.collect_hour, Clock())
        nightly.start()
        made.callback(nightly.close)


def _tidies(made: ExitStack) -> None:
    """What nobody needs any more is let go of every so often."""
    one = tidying.Tidying()
    one.start()
    made.callback(one.close)
