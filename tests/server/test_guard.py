"""What stands before Streamlit, seen from outside: real servers, and clients that are no browsers.

`streamlit run` and another ASGI server run the same app; here each of them is asked the same.
"""

from __future__ import annotations

import socket as sockets
from concurrent.futures import ThreadPoolExecutor

import pytest
from websockets.exceptions import InvalidStatus

from simulator import Simulator, tiny_world
from tests.browser.serving import pointing_at
from tests.pages.worlds import WEEK
from tests.server.running import COMMANDS, fetch, run, running, socket

COSTS = "Total cost"
HIDDEN = (
    *("/_stcore/metrics", "/_stcore/metrics/", "/_stcore//metrics", "//_stcore/metrics"),
    *("/_STCORE/Metrics", "/%5fstcore/metrics", "/%25255Fstcore/metrics", "/_stcore%2fmetrics"),
    *("/./_stcore/metrics", "/x/../_stcore/metrics", "/_stcore/./metrics", "/_stcore\\metrics"),
    *(
        "/_stcore/metrics?families=session_events_total",
        "/_stcore/metrics;x",
        "/_stcore/metrics%20",
    ),
    *("/_stcore/agent/openapi.json", "/_stcore/agent/mcp", "/_stcore/agent/interact", "/_stcore"),
    *("/auth/login", "/auth/logout", "/oauth2callback", "/auth/login?provider=any"),
    *("/jobs/_stcore/metrics", "/_stcore/script-health-check", "/_stcore/upload_file/a/b"),
)
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "SAMEORIGIN",
    "cross-origin-opener-policy": "same-origin",
}


@pytest.fixture(scope="module")
def service():
    with Simulator(tiny_world()) as running_service:
        yield running_service


@pytest.fixture(scope="module", params=COMMANDS)
def server(request, service, tmp_path_factory):
    """A server as it is on a laptop: nothing is configured."""
    home = tmp_path_factory.mktemp("home")
    with running(home, request.param, **pointing_at(service.url)) as url:
        yield url


@pytest.fixture(scope="module")
def deployed(service, tmp_path_factory):
    """A server as docs/deploy.md has it, under a path, with its name and a portal's."""
    home = tmp_path_factory.mktemp("home")
    options = {
        "STREAMLIT_SERVER_ALLOWED_HOSTS": "costs.example.com",
        "STREAMLIT_SERVER_BASE_URL_PATH": "farm/costs",
        "STREAMLIT_SERVER_CORS_ALLOWED_ORIGINS": "https://portal.example.com",
        "FARM_COSTS_SOURCE": "aws",
        "FARM_COSTS_ACCESS": "open",
    }
    with running(home, under="/farm/costs", **pointing_at(service.url), **options) as url:
        yield url


def has_our_headers(answer):
    policy = answer.headers["content-security-policy"]
    assert "frame-ancestors 'self'" in policy
    assert "script-src 'self' 'sha256-" in policy
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    return True


@pytest.mark.parametrize("path", HIDDEN)
def test_what_strangers_need_not_know_is_hidden(server, path):
    answer = fetch(f"{server}{path}")
    assert (answer.status, answer.text) == (404, "There is nothing here.\n")
    assert has_our_headers(answer)


@pytest.mark.parametrize("path", ["/", "/jobs", "/_stcore/health", "/_stcore/host-config"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_pages_need_is_there_with_headers(server, path, method):
    answer = fetch(f"{server}{path}", method)
    assert answer.status == 200
    assert has_our_headers(answer)
    if method == "HEAD":
        assert answer.text == ""


def test_answers_that_are_errors_have_headers_too(server):
    for path, method in (("/media/none.csv", "GET"), ("/", "POST"), ("/a:b//c", "GET")):
        answer = fetch(f"{server}{path}", method)
        assert 400 <= answer.status < 500, path
        assert has_our_headers(answer)


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "10.0.0.1", "", "a b"])
def test_a_name_that_is_not_ours_gets_a_sentence(server, host):
    for path in ("/", "/jobs", "/static/js/index.js", "/_stcore/host-config", "/_stcore/metrics"):
        answer = fetch(f"{server}{path}", Host=host)
        assert answer.status == 421, path
        assert "server.allowedHosts" in answer.text
        assert has_our_headers(answer)
    if host.startswith("evil"):
        with pytest.raises(InvalidStatus) as refused, socket(server, host=host):
            pass
        assert refused.value.response.status_code == 421


def test_health_answers_by_any_name_since_it_tells_nothing(server):
    answer = fetch(f"{server}/_stcore/health", Host="10.0.0.1")
    assert (answer.status, answer.text) == (200, "ok")


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://localhost:1", "file://", "http://127.0.0.1"]
)
def test_a_page_of_another_site_opens_no_socket(server, origin):
    with pytest.raises(InvalidStatus) as refused, socket(server, origin):
        pass
    assert refused.value.response.status_code == 403
    assert b"page of another site" in refused.value.response.body


def test_a_page_of_our_own_does_and_so_does_what_is_no_browser(server):
    for origin in (server, server.replace("http", "https", 1), None):
        with socket(server, origin) as client:
            assert COSTS in run(client, WEEK)


def test_a_socket_is_opened_at_its_own_path_only(server):
    for path in ("/", "/_stcore/health", "/jobs/_stcore/stream", "/_stcore/stream/"):
        with pytest.raises(InvalidStatus) as refused, socket(server, server, path=path):
            pass
        assert refused.value.response.status_code == 404, path
    assert fetch(f"{server}/_stcore/stream").status == 404


def test_health_answers_at_once_while_strangers_knock_and_nobody_outside_is_asked(tmp_path):
    """For each foreign page that knocked, everybody waited until the internet had answered."""
    with sockets.create_server(("127.0.0.1", 0)) as internet:
        outside = f"http://127.0.0.1:{internet.getsockname()[1]}"
        with (
            running(
                tmp_path, FARM_COSTS_SOURCE="demo", HTTP_PROXY=outside, http_proxy=outside
            ) as url,
            ThreadPoolExecutor(12) as strangers,
        ):
            names = [f"https://evil{n}.example" for n in range(12)]
            knocks = [strangers.submit(refused_for, url, name) for name in names]
            assert fetch(f"{url}/_stcore/health").text == "ok"
            assert {knock.result() for knock in knocks} == {403}
        internet.setblocking(False)
        with pytest.raises(BlockingIOError):
            internet.accept()


def refused_for(url, origin):
    """With which status a socket of that origin is refused."""
    with pytest.raises(InvalidStatus) as refused, socket(url, origin):
        pass
    return refused.value.response.status_code


def test_a_deployment_answers_to_its_name_under_its_path(deployed):
    called = {"Host": "costs.example.com"}
    for path in ("/", "/jobs", "/_stcore/host-config"):
        assert fetch(f"{deployed}{path}", **called).status == 200
        assert fetch(f"{deployed}{path}").status == 421
    assert fetch(f"{deployed}/_stcore/health").text == "ok"
    for path in ("/_stcore/metrics", "/_stcore/agent/mcp", "//_stcore/metrics"):
        assert fetch(f"{deployed}{path}", **called).status == 404
    above = deployed.removesuffix("/farm/costs")
    for path in ("/_stcore/metrics", "/_stcore/health", "/farm//costs/_stcore/metrics"):
        assert fetch(f"{above}{path}", **called).status == 404


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://costs.example.com", "costs.example.com"),
        ("https://costs.example.com", "costs.example.com:443"),
        ("https://portal.example.com", "costs.example.com"),
    ],
)
def test_a_deployment_is_opened_from_its_own_pages_and_those_listed(deployed, origin, host):
    with socket(deployed, origin, host=host) as client:
        assert COSTS in run(client, WEEK)


@pytest.mark.parametrize("origin", ["https://evil.example", "http://portal.example.com"])
def test_a_deployment_is_not_opened_from_elsewhere(deployed, origin):
    with (
        pytest.raises(InvalidStatus) as refused,
        socket(deployed, origin, host="costs.example.com"),
    ):
        pass
    assert refused.value.response.status_code == 403


def of_this_machine():
    """An address by which other machines can reach this one; skips where there is none."""
    with sockets.socket(sockets.AF_INET, sockets.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing
        except OSError:
            pytest.skip("this machine has no address but loopback")
        address = probe.getsockname()[0]
    if address.startswith("127."):
        pytest.skip("this machine has no address but loopback")
    return address


@pytest.mark.parametrize("by", COMMANDS)
def test_real_numbers_stay_on_this_machine_unless_somebody_keeps_the_door(service, tmp_path, by):
    outside, real = of_this_machine(), {"FARM_COSTS_SOURCE": "aws", **pointing_at(service.url)}
    with running(tmp_path, by, "0.0.0.0", **real) as url:
        reached = url.replace("127.0.0.1", outside)
        for path in ("/", "/_stcore/health", "/_stcore/metrics", "/static/js/index.js"):
            for named in ({}, {"Host": "localhost"}):
                answer = fetch(f"{reached}{path}", **named)
                assert answer.status == 403, path
                assert "FARM_COSTS_ACCESS=open" in answer.text
                assert has_our_headers(answer)
        for origin in (None, reached, "http://localhost"):
            with pytest.raises(InvalidStatus) as refused, socket(reached, origin):
                pass
            assert refused.value.response.status_code == 403
            assert b"FARM_COSTS_ACCESS=open" in refused.value.response.body
        with socket(url, url) as client:
            assert COSTS in run(client, WEEK)


@pytest.mark.parametrize("by", COMMANDS)
def test_who_keeps_the_door_says_by_which_name_it_is_called(service, tmp_path, by):
    outside, real = of_this_machine(), {"FARM_COSTS_SOURCE": "aws", **pointing_at(service.url)}
    kept = {"FARM_COSTS_ACCESS": "open", "STREAMLIT_SERVER_ALLOWED_HOSTS": f"{outside} a.example"}
    with running(tmp_path, by, "0.0.0.0", **real, **kept) as url:
        reached = url.replace("127.0.0.1", outside)
        assert fetch(f"{reached}/").status == 200
        assert fetch(f"{reached}/", Host="a.example").status == 200
        assert fetch(f"{reached}/", Host="b.example").status == 421
        with socket(reached, reached) as client:
            assert COSTS in run(client, WEEK)
