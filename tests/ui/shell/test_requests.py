"""Every request that somebody could send to a real server: bound address × name × origin × route ×
token, over HTTP and WebSockets. And no server ever asks anybody anything."""

from __future__ import annotations

import http.client
import itertools
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hosts import TOKEN

from core.project.project import Project
from core.runtime.access import login
from core.runtime.access.tokens import VARIABLE, Tokens
from core.store.workspace import load

REFUSED = ("Winnow is not to be reached as", "This request comes from a page that is not")
NO_REQUEST = "Invalid HTTP request received."  # by the server's library, before anything of ours
UPGRADE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
# Runs before anything else of the server and writes down who it wants to reach.
GUARD = """
import ipaddress, os, sys

def watch(event, args):
    if event == "socket.connect":
        host = args[1][0] if isinstance(args[1], tuple) else ""
    elif event == "socket.getaddrinfo":
        host = args[0] or ""
    else:
        return
    host = host.decode() if isinstance(host, bytes) else str(host)
    try:
        near = ipaddress.ip_address(host).is_loopback or ipaddress.ip_address(host).is_unspecified
    except ValueError:
        near = host in ("", "localhost")
    if not near:
        with open(os.environ["OUTGOING"], "a") as file:
            file.write(f"{event} {args[0]} {host}\\n")
        raise OSError("this test lets nobody out")

sys.addaudithook(watch)
"""
ROUTES = """
import json, streamlit
from core.ui.shell import server

app = streamlit.App(server._ENTRY, routes=server.routes())._build_starlette_app()
print(json.dumps([[type(r).__name__, r.path, sorted(getattr(r, "methods", None) or [])]
                  for r in app.routes]))
"""


@dataclass
class Running:
    """A server of the app."""

    address: str
    dial: str
    token: bool
    folder: Path
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    workspace: Path = field(default_factory=Path)

    @property
    def own(self) -> str:
        """The Host of an honest request."""
        return f"[{self.dial}]:{self.port}" if ":" in self.dial else f"{self.dial}:{self.port}"

    def start(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.folder.mkdir()
        (self.folder / "sitecustomize.py").write_text(GUARD, encoding="utf-8")
        environment = os.environ | {
            "PYTHONPATH": str(self.folder),
            "OUTGOING": str(self.folder / "outgoing"),
            VARIABLE: TOKEN,
            # What a user may have set for other apps opens no door here.
            "STREAMLIT_SERVER_ENABLE_CORS": "false",
            "STREAMLIT_SERVER_ENABLE_AGENT_API": "true",
            "STREAMLIT_SERVER_ENABLE_STATIC_SERVING": "true",
        }
        command = [str(Path(sys.executable).with_name("winnow")), "app", str(self.workspace)]
        command += ["--address", self.address, "--port", str(self.port), "--no-browser"]
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [*command, *([] if self.token else ["--no-token"])],
                env=environment, cwd=self.folder, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip

    def wait(self) -> None:
        deadline = time.monotonic() + 120
        while True:
            try:
                self.ask("GET", "/_stcore/health", {"Host": self.own})
                return
            except OSError:
                assert self.process is not None
                assert self.process.poll() is None, self.log()
                assert time.monotonic() < deadline, "the server did not answer"
                time.sleep(0.1)

    def log(self) -> str:
        return (self.folder / "log").read_text("utf-8", "replace")

    def ask(
        self, method: str, path: str, headers: dict[str, str]
    ) -> tuple[int, dict[str, str], str]:
        """Status, headers in lower case, and text of the answer; the connection is closed."""
        connection = http.client.HTTPConnection(self.dial, self.port, timeout=60)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name, value)
            if method in ("PUT", "POST"):
                connection.putheader("Content-Length", "0")
            connection.endheaders()
            answer = connection.getresponse()
            body = b"" if answer.status == 101 else answer.read()
            fields = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, fields, body.decode("utf-8", "replace")
        finally:
            connection.close()


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.fixture(scope="module")
def servers(embedded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Running]]:
    """At this machine alone with and without a token, and at all of its addresses."""
    base = tmp_path_factory.mktemp("servers")
    everywhere = ("::", "::1") if has_ipv6() else ("0.0.0.0", "127.0.0.1")
    running = [
        Running("127.0.0.1", "127.0.0.1", True, base / "token"),
        Running("[::1]" if has_ipv6() else "localhost", everywhere[1], False, base / "open"),
        Running(everywhere[0], everywhere[1], True, base / "everywhere"),
    ]
    try:
        for server in running:
            server.workspace = base / f"{server.folder.name}-workspace"
            shutil.copytree(embedded, server.workspace)
            server.start()
        for server in running:
            server.wait()
        yield running
    finally:
        for server in running:
            if server.process is not None:
                server.process.terminate()
                server.process.wait(30)


@pytest.fixture(scope="module")
def routes(servers: list[Running]) -> list[tuple[str, str]]:
    """Method and path of everything that the app routes, as the running app would."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    printed = subprocess.run(
        [sys.executable, "-c", ROUTES], capture_output=True, text=True, check=True, env=environment
    ).stdout
    return [
        (method, filled(path))
        for kind, path, methods in json.loads(printed.splitlines()[-1])
        for method in (methods or ["WEBSOCKET" if kind == "WebSocketRoute" else "GET"])
    ] + [
        ("GET", path)
        for path in ("/", "/label", "/export?w=3", "/unknown", "/app/static/x", "/static/js/x.js",
                     "/favicon.png", "/..%2f..%2fetc/passwd", "/.streamlit/config.toml")
    ]  # fmt: skip


def filled(template: str) -> str:
    """A path of a route; what its parts hold is unknown to the app."""
    parts = template.replace("{row:int}", "0").replace(":path}", "}").split("/")
    return "/".join("x" if part.startswith("{") else part for part in parts) or "/"


def thumbnail(server: Running) -> str:
    project = Project(load(server.workspace))
    return f"/thumb/{project.workspace.key}/{project.pool().ids[0]}"


def cases(
    server: Running, routes: Sequence[tuple[str, str]]
) -> Iterator[tuple[str, str, str | None, str | None, str]]:
    """Method, path, Host, Origin, and how the token is brought."""
    port, own = server.port, server.own
    hosts = [
        own, f"localhost:{port}", f"127.0.0.1:{port}", f"[::1]:{port}", "localhost", "127.0.0.1",
        f"localhost:{port + 1}", f"evil.example:{port}", f"0.0.0.0:{port}", f"localhost.:{port}",
        f"{own}.evil.example", None,
    ]  # fmt: skip
    origins = [
        None, f"http://{own}", f"http://localhost:{port}", f"http://localhost:{port + 1}",
        f"https://{own}", "http://evil.example", "null", f"http://{own}.evil.example",
    ]  # fmt: skip
    ways = ["none", "wrong", "cookie", "cookie of another port", "address"]
    for method, path in routes:
        for origin, way in itertools.product((None, f"http://{own}"), ways):
            yield method, path, own, origin, way
    some = [("GET", "/label"), ("GET", thumbnail(server)), ("WEBSOCKET", "/_stcore/stream")]
    some += [("PUT", "/_stcore/upload_file/x/x"), ("GET", "/_stcore/host-config")]
    for (method, path), host, origin in itertools.product(some, hosts, origins):
        for way in ("none", "cookie"):
            yield method, path, host, origin, way


def test_nobody_gets_in_without_the_right_name_origin_and_token(
    servers: list[Running], routes: list[tuple[str, str]]
) -> None:
    counts = {"in": 0, "login": 0, "refused": 0, "sent on": 0}
    for server in servers:
        tokens, other = Tokens(TOKEN, server.port), Tokens(TOKEN, server.port + 1)
        cookies = {
            "wrong": f"{tokens.cookie}={'0' * 64}",
            "cookie": f"{tokens.cookie}={tokens.worth}",
            "cookie of another port": f"{other.cookie}={other.worth}",
        }
        for case in cases(server, routes):
            method, path, host, origin, way = case
            address = f"{path}{'&' if '?' in path else '?'}token={TOKEN}"
            headers = {"Host": host, "Origin": origin, "Cookie": cookies.get(way)}
            is_socket = method == "WEBSOCKET"
            status, fields, text = server.ask(
                "GET" if is_socket else method,
                address if way == "address" else path,
                {k: v for k, v in headers.items() if v is not None}
                | (UPGRADE if is_socket else {}),
            )
            outcome = outcome_of(status, text, method)
            assert outcome == expected(server, case), (server.address, case, status, text[:200])
            counts[outcome] += 1
            if not is_socket and host is not None:
                check_headers(fields)
            if outcome == "sent on":
                assert fields["location"].startswith("/")
                assert TOKEN not in str(fields)
    assert sum(counts.values()) > 2_000, counts
    assert min(counts.values()) > 20, counts


def expected(server: Running, case: tuple[str, str, str | None, str | None, str]) -> str:
    """What the rules say, in as plain words as there are."""
    method, _, host, origin, way = case
    port = server.port
    if host not in (server.own, f"localhost:{port}", f"127.0.0.1:{port}", f"[::1]:{port}"):
        return "refused"
    if origin is None and method not in ("GET", "HEAD"):
        return "refused"
    if origin is not None and origin != f"http://{host}":
        return "refused"
    if not server.token or way == "cookie":
        return "in"
    if way == "address" and method in ("GET", "HEAD"):
        return "sent on"
    return "refused" if method == "WEBSOCKET" else "login"


def outcome_of(status: int, text: str, method: str) -> str:
    if status == 400 and text == NO_REQUEST:
        return "refused"
    if method == "WEBSOCKET":
        assert status in (101, 403), status
        return "in" if status == 101 else "refused"
    if method == "HEAD":
        return {401: "login", 403: "refused", 303: "sent on"}.get(status, "in")
    if status == 303:
        return "sent on"
    if status == 401:
        assert text in (login.ASKED, login.WRONG), text
        return "login"
    if status == 403 and text.startswith(REFUSED):
        return "refused"
    return "in"


def check_headers(fields: dict[str, str]) -> None:
    assert "frame-ancestors 'none'" in fields["content-security-policy"]
    assert fields["x-frame-options"] == "DENY"
    assert fields["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in fields


def test_with_the_token_there_is_everything(servers: list[Running]) -> None:
    for server in servers:
        tokens = Tokens(TOKEN, server.port)
        headers = {"Host": server.own, "Cookie": f"{tokens.cookie}={tokens.worth}"}
        assert "<title>Streamlit</title>" in server.ask("GET", "/label", headers)[2]
        status, fields, _ = server.ask("GET", thumbnail(server), headers)
        assert (status, fields["content-type"]) == (200, "image/jpeg"), server.address
        host_config = json.loads(server.ask("GET", "/_stcore/host-config", headers)[2])
        assert host_config["allowedOrigins"] == []
        assert host_config["metricsUrl"] == ""
        assert server.ask("GET", "/_stcore/agent/openapi.json", headers)[0] == 200
        own = headers | {"Origin": f"http://{server.own}"}
        status, _, text = server.ask("POST", "/_stcore/agent/interact", own)
        assert status >= 400, "the agent API is off"
        assert "does not serve the agent API" in text


def test_what_is_printed_leads_in(servers: list[Running]) -> None:
    for server in servers:
        words = server.log().split()
        printed = [word for word in words if word.startswith("http://")]
        local = "localhost" if server.address == "::" else server.own.rsplit(":", 1)[0]
        ending = f"?token={TOKEN}" if server.token else ""
        assert printed[0] == f"http://{local}:{server.port}/{ending}"
        assert ("Warning: other machines" in server.log()) == (server.address in ("::", "0.0.0.0"))
        assert "Traceback" not in server.log()


def test_no_server_asked_anybody_anything(servers: list[Running]) -> None:
    """Last, after all of the requests above."""
    folder = servers[0].folder.parent
    shutil.copy2(servers[0].folder / "sitecustomize.py", folder)
    environment = os.environ | {"PYTHONPATH": str(folder), "OUTGOING": str(folder / "outgoing")}
    reach = "import socket; socket.getaddrinfo('checkip.example', 80)"
    assert subprocess.run(
        [sys.executable, "-c", reach], env=environment, check=False, stderr=subprocess.DEVNULL
    ).returncode
    assert "checkip.example" in (folder / "outgoing").read_text(), "the guard sees nothing"
    for server in servers:
        outgoing = server.folder / "outgoing"
        assert not outgoing.exists(), outgoing.read_text()
