"""What the options of a server do, where no other test shows it."""

from __future__ import annotations

import asyncio
import gzip
import json
import zlib

import pytest

from course_lib.engineio import Client, Server
from course_lib.errors import LocalError
from course_lib.net import http_client, ws
from course_lib.wire.http.http11 import Request, Response
from tests.net.waiting import until

POLL = "/engine.io/?EIO=4&transport=polling"


def sid_of(response: Response) -> str:
    return str(json.loads(response.text().split("\x1e")[0][1:])["sid"])


@pytest.fixture
async def http():
    async with http_client.Client() as client:
        yield client


async def test_hooks_add_lines_to_the_first_response_and_to_each(http) -> None:
    """`initial_headers` and `headers`; the 101 is a response, too."""
    server = Server()
    server.on("initial_headers", lambda pairs, request: pairs.append(("X-First", "yes")))
    server.on("headers", lambda pairs, request: pairs.append(("X-Each", request.method)))
    async with server.listen() as address:
        first = await http.get(address.url + POLL)
        assert (first.headers["x-first"], first.headers["x-each"]) == ("yes", "GET")
        answer = await http.post(f"{address.url}{POLL}&sid={sid_of(first)}", "4hi")
        assert (answer.headers.get("x-first"), answer.headers["x-each"]) == (None, "POST")
        url = address.url.replace("http", "ws") + POLL.replace("polling", "websocket")
        async with ws.connect(url) as connection:
            assert connection.response.headers["x-first"] == "yes"


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_middleware_sees_each_request_and_may_answer_it(http, asynchronous) -> None:
    """Handshakes, polls and upgrades; in order; a Response ends the chain."""
    server, seen = Server(), []

    def first(request: Request) -> Response | None:
        seen.append(request.method)
        return Response(418, body=b"no") if "tea" in request.query else None

    async def later(request: Request) -> Response | None:
        await asyncio.sleep(0)
        return first(request)

    server.use(later if asynchronous else first)
    server.use(lambda request: seen.append("second"))
    async with server.listen() as address:
        opened = await http.get(address.url + POLL)
        assert (await http.post(f"{address.url}{POLL}&sid={sid_of(opened)}", "4hi")).body == b"ok"
        assert (await http.get(f"{address.url}{POLL}&tea=1")).status == 418
        url = address.url.replace("http", "ws") + POLL.replace("polling", "websocket")
        async with ws.connect(url):
            pass
    assert seen == ["GET", "second", "POST", "second", "GET", "GET", "second"]


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_an_application_names_its_sessions(http, asynchronous) -> None:
    """`generate_id`; an id that is in use is refused, and told."""
    told = []

    def name(request: Request) -> str:
        return request.query["name"]

    async def later(request: Request) -> str:
        return name(request)

    server = Server(generate_id=later if asynchronous else name)
    server.on("connection_error", told.append)
    async with server.listen() as address:
        assert sid_of(await http.get(f"{address.url}{POLL}&name=ada")) == "ada"
        assert server.clients_count == 1 and "ada" in server.sessions
        again = await http.get(f"{address.url}{POLL}&name=ada")
        assert (again.status, again.json()["code"]) == (400, 3)
    [refusal] = told
    assert (refusal.code, refusal.context["name"]) == (3, "ID_GENERATION_ERROR")


@pytest.mark.parametrize("unpack", [("gzip", gzip.decompress), ("deflate", zlib.decompress)])
async def test_a_long_response_is_compressed_for_whoever_accepts_it(http, unpack) -> None:
    """From 1,024 bytes on; on a thread where it is long; not for others."""
    coding, decode = unpack
    server = Server(initial_packet="x" * 2000)
    sent = []
    server.on("connection", sent.append)
    async with server.listen() as address:
        first = await http.get(address.url + POLL, headers={"Accept-Encoding": coding})
        assert (first.headers["content-encoding"], first.headers["vary"]) == (
            coding, "Accept-Encoding",
        )  # fmt: skip
        text = decode(first.body).decode()
        assert text.endswith("\x1e4" + "x" * 2000)
        url = f"{address.url}{POLL}&sid={json.loads(text.split(chr(30))[0][1:])['sid']}"
        for count, compressed in ((100, False), (100_000, True)):
            sent[0].send("y" * count)
            answer = await http.get(url, headers={"Accept-Encoding": f"br, {coding};q=0.5"})
            assert ("content-encoding" in answer.headers) == compressed
            assert (decode(answer.body) if compressed else answer.body) == b"4" + b"y" * count
        sent[0].send("z" * 2000)
        assert (await http.get(url, headers={"Accept-Encoding": f"{coding};q=0"})).body[:2] == b"4z"


async def test_websockets_are_compressed_when_the_option_says_so() -> None:
    """permessage-deflate, agreed on by both of our ends."""
    server = Server(compression=True)
    server.on("connection", lambda session: session.on("message", session.send))
    heard: asyncio.Queue[str] = asyncio.Queue()
    async with server.listen() as address:
        client = Client(address.url, transports=["websocket"], compression=True)
        client.on("message", heard.put_nowait)
        async with client:
            client.send("안녕" * 1000)
            assert await heard.get() == "안녕" * 1000
            assert "deflate" in client.transport.link.response.headers["sec-websocket-extensions"]


@pytest.mark.parametrize(
    ("options", "paths"),
    [
        ({}, {"/engine.io/": 200, "/engine.io": 404, "/engine.io/more": 200, "/": 404}),
        ({"path": "/chat"}, {"/chat/": 200, "/engine.io/": 404}),
        ({"path": "/chat", "add_trailing_slash": False}, {"/chat": 200, "/chat/": 200}),
    ],
)
async def test_a_server_answers_below_its_path(http, options, paths) -> None:
    """With and without the last slash; what is elsewhere is another application's."""
    async with Server(**options).listen() as address:
        for path, status in paths.items():
            url = f"{address.url}{path}?EIO=4&transport=polling"
            assert (await http.get(url)).status == status, path


async def test_another_application_shares_the_port(http) -> None:
    """`other` gets what is not under `path`."""
    server = Server()
    async with server.listen(other=lambda request: Response(200, body=b"a page")) as address:
        assert (await http.get(address.url + "/")).body == b"a page"
        assert (await http.get(address.url + POLL)).status == 200


async def test_an_unknown_session_is_asked_of_its_owner(http) -> None:
    """`find_owner(sid)`: a function that answers the request, now or later; None refuses."""
    asked = []

    async def find(sid: str):
        asked.append(sid)
        if sid == "nobody's":
            return None
        return lambda request: Response(200, body=f"{sid} {request.method}".encode())

    async with Server(find_owner=find).listen() as address:
        assert (await http.get(f"{address.url}{POLL}&sid=theirs")).body == b"theirs GET"
        assert (await http.get(f"{address.url}{POLL}&sid=nobody%27s")).json()["code"] == 1
    assert asked == ["theirs", "nobody's"]


async def test_a_preflight_says_what_a_page_may_do(http) -> None:
    """A.12: 204, with the methods, the headers that were asked for, and credentials."""
    page = "http://page.example"
    async with Server(cors_allowed_origins=[page], cors_credentials=True).listen() as address:
        lines = {"Origin": page, "Access-Control-Request-Headers": "x-foo"}
        answer = await http.request("OPTIONS", address.url + POLL, headers=lines)
        assert (answer.status, answer.body) == (204, b"")
        assert answer.headers["access-control-allow-origin"] == page
        assert answer.headers["access-control-allow-credentials"] == "true"
        assert answer.headers["access-control-allow-methods"] == "GET,HEAD,PUT,PATCH,POST,DELETE"
        assert answer.headers["access-control-allow-headers"] == "x-foo"
        assert answer.headers["vary"] == "Access-Control-Request-Headers, Origin"


async def test_the_official_policy_can_be_chosen(http) -> None:
    """`check_origin=False`: a foreign page is served and told nothing."""
    async with Server(check_origin=False).listen() as address:
        answer = await http.get(address.url + POLL, headers={"Origin": "http://evil.example"})
        assert answer.status == 200
        assert not [name for name, _ in answer.headers if name.lower().startswith("access")]


async def test_polling_and_websocket_and_the_change_between_them_over_tls(tls) -> None:
    """`listen(ssl=...)`; and over TLS an http page of the same host is foreign."""
    there, here = tls
    server, upgraded = Server(), asyncio.Event()
    server.on("connection", lambda session: session.on("message", session.send))
    heard: asyncio.Queue[str] = asyncio.Queue()
    async with server.listen(ssl=there) as address, http_client.Client(ssl=here) as http:
        assert address.url.startswith("https://")
        client = Client(address.url, ssl=here)
        client.on("message", heard.put_nowait)
        client.on("upgrade", lambda _: upgraded.set())
        async with client:
            client.send("one")
            assert await heard.get() == "one"
            await upgraded.wait()
            client.send("two")
            assert await heard.get() == "two"
        host = address.url.removeprefix("https://")
        for scheme, status in (("https", 200), ("http", 403)):
            lines = {"Origin": f"{scheme}://{host}"}
            assert (await http.get(address.url + POLL, headers=lines)).status == status


async def test_a_slow_reader_is_noticed_and_waited_for() -> None:
    """`buffered` and `drain`, on polling."""
    server, sessions = Server(), []
    server.on("connection", sessions.append)
    async with server.listen() as address, http_client.Client() as http:
        sid = sid_of(await http.get(address.url + POLL))
        [session] = sessions
        session.send("x" * 1000)
        assert session.buffered == 1001
        waiting = asyncio.create_task(session.drain())
        await asyncio.sleep(0)
        assert not waiting.done()
        await http.get(f"{address.url}{POLL}&sid={sid}")
        await waiting
        assert session.buffered == 0


async def test_a_handler_may_wait_and_is_cancelled_at_the_end() -> None:
    """`async def` handlers: a time-out, a group and a queue of their own; the server owns them."""
    server, told = Server(), []

    @server.on("connection")
    async def connected(session) -> None:
        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            group.create_task(asyncio.sleep(0))
        told.append("connected")
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            told.append("cancelled")
            raise

    async with server.listen() as address, http_client.Client() as http:
        await http.get(address.url + POLL)
        await until(lambda: told == ["connected"])
    assert told == ["connected", "cancelled"]
    assert not server.runner.tasks


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"ping_intervall": 1}, "'ping_interval'"),
        ({"pingTimeout": 1}, "'ping_timeout'"),
        ({"transports": ["polling", "webtransport"]}, "webtransport"),
        ({"transports": "polling"}, "polling"),
        ({"ping_timeout": 0}, "ping_timeout=0"),
        ({"max_payload": -1}, "max_payload=-1"),
        ({"path": "chat"}, "begins with /"),
        ({"cors_allowed_origins": ["example.org"]}, "example.org"),
        ({"cookie": {"same_site": "maybe"}}, "maybe"),
        ({"cookie": {"names": "io"}}, "'name'"),
        ({"cookie": {"name": "a;b"}}, "a;b"),
        ({"cookie": {"name": ""}}, "cookie"),
        ({"cookie": {"path": "/\0"}}, "cookie"),
        ({"cookie": "io"}, "cookie='io'"),
        ({"compression": "gzip"}, "compression='gzip'"),
        ({"initial_packet": 5}, "initial_packet=5"),
        ({"initial_packet": "a\x1eb"}, "polling"),
        ({"path": 5}, "path=5: write a text"),
        ({"transports": 5}, "transports=5: some of"),
        ({"transports": [5]}, r"transports=\[5\]: some of"),
        ({"allow_upgrades": "no"}, "allow_upgrades='no': write True or False"),
        ({"ping_interval": "25"}, "ping_interval='25': write seconds"),
        ({"ping_interval": True}, "ping_interval=True: write seconds"),
        ({"ping_grace": -1}, "ping_grace=-1: write seconds, or 0"),
        ({"max_payload": 1e6}, "max_payload=1000000.0: a limit is an int"),
        ({"allow_request": 5}, "allow_request=5: write a function"),
        ({"generate_id": "x"}, "generate_id='x': write a function"),
        ({"find_owner": {}}, "find_owner={}: write a function"),
        ({"middleware": 5}, "middleware=5: write a list of functions"),
        ({"middleware": print}, "middleware=.*: write a list of functions"),
        ({"middleware": [print, 5]}, "middleware=.*: write a list of functions"),
        ({"cors_allowed_origins": 5}, "5 names no pages"),
        ({"cors_allowed_origins": [5]}, "names no pages"),
        ({"cookie": {"name": 5}}, "name=5: write a text"),
        ({"cookie": {"same_site": 5}}, "same_site=5"),
        ({"cookie": {"max_age": "1"}}, "max_age='1'"),
        ({"cookie": {"domain": 5}}, "5 cannot stand in a cookie"),
    ],
)
def test_an_option_that_makes_no_sense_is_named(given, said) -> None:
    """With the nearest right name for a misspelled one, and what to write."""
    with pytest.raises(LocalError, match=said):
        Server(**given)


def test_a_middleware_that_is_no_function_is_named() -> None:
    """At the call, not at the first request."""
    with pytest.raises(LocalError, match=r"use\(5\)"):
        Server().use(5)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"path": 5}, "path=5: write a text"),
        ({"transports": 5}, "transports=5: some of"),
        ({"upgrade": "yes"}, "upgrade='yes': write True or False"),
        ({"headers": 5}, "headers=5: write a mapping"),
        ({"headers": {"X-Count": 5}}, "headers=.*: write a mapping of texts"),
        ({"query": "a=b"}, "query='a=b': write a mapping"),
        ({"connect_timeout": "20"}, "connect_timeout='20': write seconds"),
        ({"redirects": None}, "redirects=None: a limit is an int"),
        ({"timestamp_param": 5}, "timestamp_param=5: write a text"),
        ({"ssl": True}, "ssl=True: write an ssl.SSLContext"),
        ({"proxy": 8080}, "proxy=8080: write the URL"),
        ({"compression": 5}, "compression=5"),
        ({"ping_grace": None}, "ping_grace=None: write seconds, or 0"),
    ],
)
def test_an_option_of_a_client_that_makes_no_sense_is_named(given, said) -> None:
    """When it is made, not when it connects."""
    with pytest.raises(LocalError, match=said):
        Client("http://127.0.0.1:1", **given)


def test_an_event_that_there_is_not_is_named() -> None:
    """And the nearest right one."""
    with pytest.raises(LocalError, match="connection"):
        Server().on("connect", print)


async def test_one_id_for_two_handshakes_opens_one_session() -> None:
    """Both were asked for before either was open; the other one is closed, and told nothing."""
    server = Server(generate_id=lambda request: "twice")
    accepted = [
        server.upgrade(Request("GET", POLL.replace("polling", "websocket"), {"Host": "h"}))
        for _ in range(2)
    ]
    links = [Link(), Link()]
    for one, link in zip(accepted, links, strict=True):
        one.opened(link)
    assert [link.closed for link in links] == [False, True]
    assert len(links[0].sent) == 1 and links[1].sent == []
    [session] = server.sessions.values()
    assert session.transport.link is links[0]
    await server.close()


async def test_a_session_that_reads_too_slowly_stops_no_other_heartbeat(caplog) -> None:
    """Its ping finds its queue full: it ends, and the one timer of all sessions goes on."""
    server = Server(ping_interval=0.05, ping_timeout=60, max_unsent=1000)
    reasons = []

    @server.on("connection")
    def connected(session) -> None:
        session.on("close", lambda *why: reasons.append(why))

    link = Link()
    async with server.listen():
        slow = server.handle(Request("GET", POLL, {"Host": "h"}))
        assert (await slow).status == 200
        [session] = server.sessions.values()
        session.send("x" * 2000)  # nobody polls, and with this the queue is over its limit
        accepted = server.upgrade(
            Request("GET", POLL.replace("polling", "websocket"), {"Host": "h"})
        )
        accepted.opened(link)
        await until(lambda: reasons)
        await until(lambda: "2" in link.sent)
    assert reasons[0] == ("transport error", "the client reads too slowly")
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


class Link:
    """A WebSocket of a host that does nothing but remember."""

    writing_paused = False
    unsent = arriving = leaving = 0

    def __init__(self) -> None:
        self.sent: list[str | bytes] = []
        self.closed = False
        self.on_message = self.on_close = self.on_drain = lambda *_: None

    def send_nowait(self, message: str | bytes, *, compress: bool = True) -> None:
        self.sent.append(message)

    def start_close(self, code: int | None = 1000, reason: str = "") -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = True
