"""The proxy of docs/deploy.md, as it stands there, with a real nginx where there is one."""

from __future__ import annotations

import base64
import http.client
import os
import re
import shutil
import socket as sockets
import ssl
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from simulator import Simulator, tiny_world
from tests.browser.serving import free_port, pointing_at, started
from tests.pages.worlds import WEEK
from tests.server.running import PATIENCE_SECONDS, run

DEPLOY = Path(__file__).parents[2].joinpath("docs/deploy.md").read_text("utf-8")
NAME = "costs.example.com"
SIGNED_IN = {"Authorization": f"Basic {base64.b64encode(b'anna:secret').decode()}"}
AROUND = """
{user}
daemon off;
pid {home}/nginx.pid;
error_log {home}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {home}/body;
    proxy_temp_path {home}/proxy;
    fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi;
    scgi_temp_path {home}/scgi;
{site}
}}
"""


def block(language):
    """What stands in the page's block of that language."""
    return re.findall(rf"^```{language}\n(.*?)^```", DEPLOY, re.M | re.S)[0]


def certified(home):
    """A certificate of that name, signed by nobody, beside its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(1)).not_valid_after(now + timedelta(1))
    pem = serialization.Encoding.PEM
    home.joinpath(f"{NAME}.pem").write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(pem))
    form, bare = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    home.joinpath(f"{NAME}.key").write_bytes(key.private_bytes(pem, form, bare))


@pytest.fixture(scope="module")
def proxy(tmp_path_factory):
    """The proxy's port, once it and a server as the page's service has it are up."""
    nginx = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if nginx is None:
        pytest.skip("there is no nginx here")
    home, port, behind = tmp_path_factory.mktemp("nginx"), free_port(), free_port()
    certified(home)
    home.joinpath("farm-costs.htpasswd").write_text("anna:{PLAIN}secret\n")
    site = block("nginx").replace("/etc/nginx", str(home)).replace(":8501", f":{behind}")
    site = site.replace("listen 443", f"listen 127.0.0.1:{port}")
    user = "user root;" if os.geteuid() == 0 else ""
    home.joinpath("nginx.conf").write_text(AROUND.format(home=home, user=user, site=site))
    service = re.findall(r"^ExecStart=\S+/(streamlit .*)$", block("ini"), re.M)[0]
    command = [sys.executable, "-m", *service.replace("=8501", f"={behind}").split()]
    with (
        Simulator(tiny_world()) as farm,
        started(home, command, f"http://127.0.0.1:{behind}", pointing_at(farm.url)),
        subprocess.Popen([nginx, "-p", home, "-c", home / "nginx.conf"]) as process,
    ):
        listens(port)
        yield port
        process.terminate()


def listens(port):
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            sockets.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert time.monotonic() < end
            time.sleep(0.05)


def line(port, name=NAME):
    """A connection to the proxy, as to a server of that name."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with closing(sockets.create_connection(("127.0.0.1", port), PATIENCE_SECONDS)) as bare:
        return context.wrap_socket(bare, server_hostname=name)


def answered(port, path, method="GET", body=None, **headers):
    with closing(http.client.HTTPConnection(NAME)) as connection, line(port) as through:
        connection.sock = through
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()


def socket(port, origin, **headers):
    """A socket through the proxy; TLS is its line's."""
    patience = {"open_timeout": PATIENCE_SECONDS, "close_timeout": PATIENCE_SECONDS}
    how = {"origin": origin, "additional_headers": headers, "proxy": None, "max_size": None}
    return connect(f"ws://{NAME}/_stcore/stream", sock=line(port), **how, **patience)


def test_pages_are_for_those_who_have_signed_in(proxy):
    assert answered(proxy, "/")[0] == 401
    status, page = answered(proxy, "/", **SIGNED_IN)
    assert status == 200
    assert b"<html" in page
    assert answered(proxy, "/_stcore/health", **SIGNED_IN) == (200, b"ok")
    assert answered(proxy, "/_stcore/metrics", **SIGNED_IN)[0] == 404
    assert answered(proxy, "/", "POST", b"x" * 20_000, **SIGNED_IN)[0] == 413


def test_a_page_is_drawn_through_it(proxy):
    with socket(proxy, f"https://{NAME}", **SIGNED_IN) as client:
        assert "Total cost" in run(client, WEEK)


def test_neither_strangers_nor_other_sites_pages_open_a_socket(proxy):
    for origin, headers, status in (
        (f"https://{NAME}", {}, 401),
        ("https://evil.example", SIGNED_IN, 403),
        (f"https://{NAME}:8443", SIGNED_IN, 403),
        ("null", SIGNED_IN, 403),
    ):
        with pytest.raises(InvalidStatus) as refused, socket(proxy, origin, **headers):
            pass
        assert refused.value.response.status_code == status, origin


def test_a_name_that_is_not_its_own_is_not_even_greeted(proxy):
    with pytest.raises(ssl.SSLError):
        line(proxy, "evil.example")
    assert answered(proxy, "/", Host="evil.example", **SIGNED_IN)[0] == 404
