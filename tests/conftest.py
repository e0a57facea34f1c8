"""The state that tests need, whatever the process that started them has left.

Signals are heeded, also where a shell has started the suite in the background; nothing is set of
AWS's, of Farm Costs' and of the machine's zone, language, proxies and folders. Properties are not
timed: how long an example takes says more of the machine than of the code. Each test run has
folders of its own for the farms' turns and for what is kept for a user. Processes are told that the
service remembers all usage: simulated ones do, and what they simulate is often long ago.

botocore's files of its services are read once, and not for each client; so are its events named.
Whether who listens to them takes whatever comes is looked at, and not worked out of a signature.
Nobody pulls the plug amid a test, so no disk is waited for until it has all. What is there before
the first test stays to the end, and is not looked through for garbage again and again. What was
compiled is kept: for the next run, and for the processes that tests start. Browser tests share a
process, and so one browser and its servers.
"""

import functools
import gc
import inspect
import os
import re
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
from botocore import hooks
from botocore.hooks import EventAliaser
from botocore.loaders import JSONFileLoader, Loader
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadFileScheduling

_OTHERS = re.compile(
    r"(AWS|FARM_COSTS|STREAMLIT|LC|XDG)_\w+|LANG|LANGUAGE|TZ|\w+_PROXY|PYTHONDONTWRITEBYTECODE",
    re.IGNORECASE,
)
_HEEDED = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}
if hasattr(signal, "SIGHUP"):
    _HEEDED |= {signal.SIGHUP: signal.SIG_DFL}

for _number, _usual in _HEEDED.items():
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _usual)
if hasattr(signal, "pthread_sigmask"):
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _HEEDED)
os.umask(0o022)
sys.dont_write_bytecode = False

_BROWSER = "tests/browser/"

_own = Path(tempfile.mkdtemp(prefix="farm-costs-tests-"))
for _name in [name for name in os.environ if _OTHERS.fullmatch(name)]:
    del os.environ[_name]
os.environ |= {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "FARM_COSTS_HISTORY": "off",
    "FARM_COSTS_LOCK_FOLDER": str(_own / "turns"),
    "FARM_COSTS_REMEMBERED_DAYS": "unlimited",
    "LANG": "C.UTF-8",
    "TZ": "UTC",
    "XDG_CACHE_HOME": str(_own / "cache"),
    "XDG_DATA_HOME": str(_own / "data"),
}
if hasattr(time, "tzset"):
    time.tzset()

settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

_read = functools.cache(JSONFileLoader().load_file)
JSONFileLoader.load_file = lambda _, path: _read(path)
_services = functools.cache(Loader().list_available_services)
Loader.list_available_services = lambda _, type_name: _services(type_name)
os.fsync = lambda _: None
_called = functools.cache(functools.partial(EventAliaser._alias_event_name, EventAliaser(None)))
EventAliaser._alias_event_name = lambda _, name: _called(name)
_worked_out = hooks.accepts_kwargs


def _takes_whatever_comes(listener: Any) -> bool:
    code = getattr(listener, "__code__", None)
    return bool(code.co_flags & inspect.CO_VARKEYWORDS) if code else _worked_out(listener)


hooks.accepts_kwargs = _takes_whatever_comes


def pytest_collection_finish() -> None:
    """Every process of a run has its modules and tests by then: most of what it ever holds.

    What comes and goes after that is looked through less often than Python would.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 20, 10)


class _Scheduling(LoadFileScheduling):
    """A file's tests in one process, and all those that share one browser and its servers."""

    def _split_scope(self, nodeid: str) -> str:
        file = str(super()._split_scope(nodeid))
        return _BROWSER if file.startswith(_BROWSER) else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling | None:
    """How processes share the tests where files are kept together."""
    return _Scheduling(config, log) if config.getvalue("dist") == "loadfile" else None
