"""The guard before any app and behind any ASGI server: what the protocol leaves to each."""

from __future__ import annotations

import pytest

from server import process
from server.answer import headers
from server.guard import Guard, Options
from tests.loops import in_a_loop

ON_LOOPBACK = {"server": ("127.0.0.1", 80), "client": ("127.0.0.1", 9)}
NAMED = [(b"host", b"localhost")]


@pytest.fixture(autouse=True, scope="module")
def surroundings():
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("FARM_COSTS_SOURCE", "demo")
        yield
    process.close()


def spoken(app, scope, *messages, options=Options):
    """What is sent when a scope is served and those messages come."""
    sent, coming = [], iter(messages)

    async def receive():
        return next(coming)

    async def send(message):
        sent.append(message)

    async def serves():
        guard = Guard(app, options)
        try:
            await guard({"headers": NAMED, "path": "/", **ON_LOOPBACK, **scope}, receive, send)
        except ZeroDivisionError:
            sent.append("raised")

    in_a_loop(serves())
    return sent


async def breaks(scope, receive, send):
    raise ZeroDivisionError


async def serves_all(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"X-Own", b"1")]})
    await send({"type": "http.response.body", "body": scope["path"].encode()})


def test_where_the_app_breaks_the_answer_has_headers_and_the_error_goes_on():
    begun, body, raised = spoken(breaks, {"type": "http", "method": "GET"})
    assert begun["status"] == 500
    assert {name.decode() for name, _ in begun["headers"]} >= set(headers(""))
    assert b"log" in body["body"]
    assert raised == "raised"


def test_a_header_of_the_apps_own_is_kept_and_never_twice():
    async def app(scope, receive, send):
        own = [(b"X-Own", b"1"), (b"Referrer-Policy", b"unsafe-url")]
        await send({"type": "http.response.start", "status": 200, "headers": own})

    (begun,) = spoken(app, {"type": "http", "method": "GET"})
    names = [name.decode().lower() for name, _ in begun["headers"]]
    assert names.count("referrer-policy") == 1
    assert dict(begun["headers"])[b"X-Own"] == b"1"
    assert (b"referrer-policy", b"same-origin") in begun["headers"]


def test_a_socket_is_closed_where_the_server_can_send_no_sentence():
    foreign = [*NAMED, (b"origin", b"https://evil.example")]
    scope = {"type": "websocket", "path": "/_stcore/stream", "headers": foreign}
    assert spoken(breaks, scope, {"type": "websocket.connect"}) == [
        {"type": "websocket.close", "code": 1008}
    ]


@pytest.mark.parametrize("named", [[], [*NAMED, *NAMED], [(b"Host", b"a"), *NAMED]])
def test_no_name_and_two_names_are_none_of_ours(named):
    begun, _ = spoken(serves_all, {"type": "http", "method": "GET", "headers": named})
    assert begun["status"] == 421
    begun, _ = spoken(
        serves_all,
        {"type": "http", "method": "GET", "headers": named, "path": "/_stcore/health"},
    )
    assert begun["status"] == 200


def test_two_origins_are_one_too_many():
    twice = [*NAMED, (b"origin", b"http://localhost"), (b"origin", b"https://evil.example")]
    scope = {"type": "websocket", "path": "/_stcore/stream", "headers": twice}
    (closed,) = spoken(breaks, scope, {"type": "websocket.connect"})
    assert closed["type"] == "websocket.close"


def test_streamlit_is_told_the_origin_in_the_letters_of_the_host():
    """Else it would ask the internet for this network's address, and everybody would wait."""
    heard = []

    async def app(scope, receive, send):
        heard.extend(scope["headers"])

    own = [(b"host", b"Costs.example.com:443"), (b"origin", b"https://costs.example.com")]
    scope = {"type": "websocket", "path": "/_stcore/stream", "headers": own}
    spoken(app, scope, options=lambda: Options(hosts=("costs.example.com",)))
    assert dict(heard)[b"origin"] == b"https://Costs.example.com:443"


@pytest.mark.parametrize(
    ("root", "path", "status"),
    [
        ("/costs", "/costs/_stcore/host-config", 200),
        ("/costs", "/costs/_stcore/metrics", 404),
        ("/costs", "/costs", 200),
        ("/cost", "/costs/_stcore/host-config", 404),
    ],
)
def test_an_app_that_is_mounted_is_guarded_as_one_that_is_not(root, path, status):
    begun, _ = spoken(
        serves_all, {"type": "http", "method": "GET", "root_path": root, "path": path}
    )
    assert begun["status"] == status


def test_what_begins_and_ends_the_server_passes():
    heard = []

    async def app(scope, receive, send):
        heard.append(scope["type"])

    spoken(app, {"type": "lifespan"})
    assert heard == ["lifespan"]


def test_without_a_lifespan_the_first_request_has_all_made():
    process.close()
    assert process.estate().source is None
    spoken(serves_all, {"type": "http", "method": "GET"})
    assert process.estate().reporter().source == "demo"
    assert process.estate().source == "demo"
