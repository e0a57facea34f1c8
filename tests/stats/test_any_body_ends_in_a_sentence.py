"""Whatever body an answer has, it is an answer, or an error in words and of exit code 4."""

from __future__ import annotations

import copy
import gzip
import json
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from stats.errors import FarmCostsError
from tests.stats.conftest import GET, Answer, Engine, Open, Relay, answered
from tests.stats.process import Shell
from tests.stats.test_laws_of_answers import JOBS
from tests.stats.test_refusals import CALLS

MANY = 25
"""Bodies an operation, of all that there are: another draw is as good."""

PYTHONS = re.compile(
    r"Traceback|\w+Error\b|\w+Exception\b|NoneType"
    r"|\b(None|True|False)\b|'\w+'|\bobject (has no|is not)\b"
    r"|out of range|<class|\b(dict|int|str|float)\b|0x[0-9a-f]{6}|Errno|\\x|b'|zlib|line \d+ column"
)
SCALARS: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        -1,
        0,
        1.5,
        10**30,
        2**53 + 1,
        "",
        "x" * 5_000,
        "\u202e\n",
        "a\nb",
        "\ud83d",
    ),
    *([], {}, [None], [[]], {"a": {"b": []}}, ["a", 1], "NaN", "2026-13-45T99:00:00Z", -1e300),
)
Body = bytes


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where in a JSON value something stands; of a list only its first."""
    yield path
    if isinstance(value, dict):
        for name, within in value.items():
            yield from places(within, (*path, name))
    elif isinstance(value, list) and value:
        yield from places(value[0], (*path, 0))


def with_another(value: Any, path: tuple[Any, ...], other: Any) -> Any:
    if not path:
        return other
    found = copy.deepcopy(value)
    within = found
    for step in path[:-1]:
        within = within[step]
    within[path[-1]] = other
    return found


def spoiled(right: Any) -> list[tuple[Body, str]]:
    """Bodies in the place of a right one, each with how it is packed."""
    whole = json.dumps(right).encode()
    texts = [with_another(right, path, other) for path in places(right) for other in SCALARS]
    cut = [whole[: len(whole) * n // 7] for n in range(7)]
    twice = [whole + whole, whole.replace(b"{", b"{{", 1), whole.replace(b'"', b"'")]
    pages = [b"<html><body>502 Bad Gateway</body></html>", b"<?xml version='1.0'?><Error/>"]
    odd = [b"\xff\xfe" + whole, b"\x00" * 90, whole.decode().encode("utf-16"), b"None", b"True"]
    packed = [(gzip.compress(whole)[:n], "gzip") for n in (0, 5, 40)] + [(whole, "gzip")]
    bare = [json.dumps(text).encode() for text in texts] + [*cut, *twice, *pages, *odd]
    return [*((body, "") for body in bare), *packed, (whole, "br"), (whole, "no such")]


def a_run(engine: Engine) -> None:
    error = answered(engine, JOBS).answer.exception()
    if error:
        raise error


def ended(ask: Callable[[], object]) -> FarmCostsError | None:
    """The error that asking ends with; none where what came is an answer."""
    try:
        ask()
    except FarmCostsError as error:
        return error
    return None


ASKS: dict[str, tuple[str, Callable[[Engine], object]]] = {
    **{name: (name, lambda engine, call=call: call(engine.client)) for name, call in CALLS.items()},
    GET: (GET, a_run),
}


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("name", ASKS)
def test_whatever_body_comes_it_is_an_answer_or_an_error_in_words(
    opened: Open, name: str, status: int
) -> None:
    operation, ask = ASKS[name]
    drawn, chosen = random.Random(f"{name} {status}"), list[tuple[Body, str]]()

    def alter(answer: Answer) -> None:
        if answer.operation != operation or not chosen:
            return
        answer.status, (answer.body, packed) = status, chosen[0]
        answer.headers |= {"Content-Encoding": packed} if packed else {}

    came: list[Any] = []
    engine = opened(alter=lambda answer: came.append((answer.operation, answer.body)))
    ended(lambda: ask(engine))
    right = next(body for said, body in reversed(came) if said == operation)
    engine = opened(alter=alter)
    for body, packed in drawn.sample(spoiled(right), MANY):
        chosen[:] = [(body, packed)]
        error = ended(lambda: ask(engine))
        said = str(error or "")
        assert error is None or (error.exit_code == 4 and error.todo), (said, body[:300])
        assert len(said) < 1_500
        assert "\n" not in said
        assert not PYTHONS.search(said), (said, body[:300])


@pytest.mark.parametrize("body", [b"<html>\n</html>", b'{"farms": [null]}'])
def test_a_command_says_so_in_one_line(
    tmp_path: Path, relay: Relay, opened: Open, body: bytes
) -> None:
    opened(alter=lambda answer: vars(answer).update(status=200, body=body))
    (tmp_path / "here").mkdir()
    shell = Shell(tmp_path / "here", relay.url, {"FARM_COSTS_CALL_ATTEMPTS": "1"})
    ended = shell.asked("farms")
    assert ended.code == 4
    assert ended.said.count("\n") == 1
    assert not PYTHONS.search(ended.said)
    assert not ended.data
