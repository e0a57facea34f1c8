"""Credentials that are waited for no longer than for an answer of the service.

boto3 finds them by a chain that may run a program (`credential_process`), and refreshes them amid
any call; a program that hangs would hold that call, and all that wait for it, for ever. Here both
are done in a thread of their own, which is given up after some seconds. While it still hangs, and
shortly after, nobody waits again.
"""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any, TypeVar

import botocore.session
from botocore.credentials import Credentials, ProcessProvider
from botocore.session import Session

from stats.bounded import bound
from stats.errors import CredentialsLate, Misconfigured

SECONDS = 30.0
"""Unless a deployment waits for answers longer, or shorter."""

_GRACE_SECONDS = 1.0
"""In which a program that is ended can be told of."""
_RESTS_SECONDS = 10.0
_MANDATORY_SECONDS = 600
"""For so long before their end botocore does without credentials rather than not renew them."""

GIVING = "What gives AWS credentials"
"""The note of what was raised where those were looked for, amid whatever call."""

_WAYS = {"custom-process": "the program in credential_process"}
"""What gives credentials, where botocore's word for it is nobody's."""

T = TypeVar("T")


def session(seconds: float = SECONDS) -> Session:
    """A session of botocore that raises CredentialsLate after so long without credentials."""
    bound()
    made = botocore.session.get_session()
    chain = made.get_component("credential_provider")
    for provider in chain.providers:
        if isinstance(provider, ProcessProvider):
            provider._popen = partial(_Process, seconds=seconds)
    made.register_component("credential_provider", _Chain(chain, seconds))
    return made


class _Process(subprocess.Popen[bytes]):
    """A program that is ended where it does not end by itself."""

    def __init__(self, *args: Any, seconds: float, **more: Any) -> None:
        super().__init__(*args, **more)
        self._seconds = seconds

    def communicate(self, *_: Any, **__: Any) -> tuple[bytes, bytes]:
        try:
            return super().communicate(timeout=self._seconds)
        except subprocess.TimeoutExpired:
            with self:
                self.kill()
            raise _late(self._seconds) from None


class _Wait:
    """Work that is waited for by one or many, no longer than some seconds. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: Future[Any] | None = None
        self._since = self._late_at = float("-inf")

    def waited(self, work: Callable[[], T], seconds: float) -> T:
        """What the work gives or raises; raises CredentialsLate."""
        with self._lock:
            now = time.monotonic()
            if now - self._late_at < _RESTS_SECONDS:
                raise _late(seconds)
            if self._under_way is None or self._under_way.done():
                self._under_way, self._since = _begun(work), now
            answer: Future[T] = self._under_way
            left = max(0.0, self._since + seconds + _GRACE_SECONDS - now)
        try:
            return answer.result(left)
        except TimeoutError:
            if answer.done():  # just now, or what it raised
                return answer.result()
        except CredentialsLate:
            pass
        with self._lock:
            self._late_at = time.monotonic()
        raise _late(seconds)


_FINDING = _Wait()
"""All sessions of a process have the same chain."""


class _Chain:
    """botocore's chain of providers."""

    def __init__(self, chain: Any, seconds: float) -> None:
        self._chain = chain
        self._seconds = seconds

    def load_credentials(self) -> Any:
        found = _FINDING.waited(self._chain.load_credentials, self._seconds)
        if found is None or type(found) is Credentials:
            _must_be_words(found, found)
            return found
        return _Renewed(found, self._seconds)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._chain, name)


class _Renewed:
    """Credentials that botocore renews when they are used."""

    def __init__(self, credentials: Any, seconds: float) -> None:
        self._credentials = credentials
        self._seconds = seconds
        self._wait = _Wait()
        self._last: Any = None

    def get_frozen_credentials(self) -> Any:
        """As they are now; the last ones, if they hold for minutes, where new ones don't come."""
        try:
            self._last = self._wait.waited(self._credentials.get_frozen_credentials, self._seconds)
        except CredentialsLate:
            if self._last is None or self._credentials.refresh_needed(_MANDATORY_SECONDS):
                raise
        _must_be_words(self._last, self._credentials)
        return self._last

    def __getattr__(self, name: str) -> Any:
        return getattr(self._credentials, name)


def _must_be_words(keys: Any, found: Any) -> None:
    """Raises Misconfigured where keys that were found hold nulls, numbers or lists."""
    if keys is None:
        return
    strange = [name for name in ("access_key", "secret_key") if not _is_word(keys, name)]
    if strange or not (keys.token is None or isinstance(keys.token, str)):
        raise Misconfigured(
            f"The AWS credentials of {_WAYS.get(found.method, found.method)} can't be used: their "
            f"{' and '.join(strange or ['token']).replace('_', ' ')} is no text.",
            "Look at what gives them: AccessKeyId, SecretAccessKey and SessionToken are texts.",
        )


def _is_word(keys: Any, name: str) -> bool:
    word = getattr(keys, name)
    return isinstance(word, str) and bool(word)


def _begun(work: Callable[[], T]) -> Future[T]:
    """Work in a thread of its own, which no process waits for when it ends."""
    answer: Future[T] = Future()

    def done() -> None:
        try:
            answer.set_result(work())
        except BaseException as error:  # noqa: BLE001 - whoever waits raises it
            error.add_note(GIVING)
            answer.set_exception(error)

    threading.Thread(target=done, name="farm-credentials", daemon=True).start()
    return answer


def _late(seconds: float) -> CredentialsLate:
    return CredentialsLate(
        f"No AWS credentials came within {seconds:g} seconds.",
        "Look at the credential_process, sign-in or role that this machine is to use: does it wait "
        "for somebody? Allow more (FARM_COSTS_READ_SECONDS), or try again in a minute.",
    )
