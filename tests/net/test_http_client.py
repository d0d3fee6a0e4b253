"""The HTTP client: connections that are kept, requests that are never sent twice by mistake."""

from __future__ import annotations

import asyncio
import contextlib
import math
import ssl

import pytest
import trustme

from course_lib.errors import ConnectionClosed, LocalError, RemoteError
from course_lib.lab import clock
from course_lib.net import http_server, stream
from course_lib.net.http_client import Client
from course_lib.wire.http.connection import IncompleteMessage
from course_lib.wire.http.http11 import Headers, Request, Response
from tests.net import raw
from tests.net.waiting import until


def mirror(request: Request) -> Response:
    """Tell the client what it sent."""
    lines = [f"{request.method} {request.target}"]
    lines += [f"{name.lower()}={value}" for name, value in request.headers]
    return Response(200, body="\n".join(lines).encode() + b"\n" + request.body)


@contextlib.asynccontextmanager
async def scripted(*answers: bytes | None):
    """A server that answers connection after connection by hand, then closes it.

    Each answer is sent for one request head; None means: close without a word.
    """
    script = list(answers)
    seen: list[bytes] = []

    async def handler(peer: stream.Stream) -> None:
        while script:
            seen.append(await peer.read_until(b"\r\n\r\n"))
            answer = script.pop(0)
            if answer is None:
                return
            peer.write(answer)
            if b"\x00" in answer:
                return

    async with stream.serve(handler) as server:
        yield f"http://127.0.0.1:{server.port}", seen


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


async def test_a_request_has_host_first_and_nothing_that_was_not_asked_for():
    """The bytes on the wire are as few as HTTP allows."""
    async with http_server.serve(mirror) as server, Client() as http:
        response = await http.get(server.url + "/poll?cursor=7#top")
        host = f"host=127.0.0.1:{server.port}\n"
        assert response.text() == f"GET /poll?cursor=7\n{host}"
        response = await http.post(server.url, "안녕", headers={"X": "y"})
        assert response.text() == f"POST /\n{host}x=y\ncontent-length=6\n안녕"


async def test_a_hundred_polls_take_one_connection():
    """The counters that the lessons show, and the bytes as both sides count them."""
    async with http_server.serve(lambda request: Response(204)) as server, Client() as http:
        for _ in range(100):
            await http.get(server.url)
        assert (http.requests_sent, http.connections_opened) == (100, 1)
        sent = len(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n")
        assert (http.bytes_sent, http.bytes_received) == (100 * sent, 100 * 27)


async def test_requests_at_the_same_time_have_their_own_connections_and_share_them_later():
    """Three at once, three connections; three more, none."""
    gate = asyncio.Barrier(4)

    async def handler(request: Request) -> Response:
        await gate.wait()
        return Response(204)

    async with http_server.serve(handler) as server, Client() as http:
        for _ in range(2):
            async with asyncio.TaskGroup() as group:
                for _ in range(3):
                    group.create_task(http.get(server.url))
                await gate.wait()
        assert (http.requests_sent, http.connections_opened) == (6, 3)


async def test_only_so_many_idle_connections_are_kept():
    """max_idle for each origin; the others are closed after their answer."""
    gate = asyncio.Barrier(4)

    async def handler(request: Request) -> Response:
        await gate.wait()
        return Response(204)

    async with http_server.serve(handler) as server, Client(max_idle=1) as http:
        async with asyncio.TaskGroup() as group:
            for _ in range(3):
                group.create_task(http.get(server.url))
            await gate.wait()
        await until(lambda: len(server.connections) == 1)


async def test_a_get_on_a_connection_that_the_server_closed_is_sent_once_more():
    """The request met the server's close; it was idempotent, so a new connection has it."""
    async with scripted(OK, None, OK) as (url, seen), Client() as http:
        assert (await http.get(url)).body == b"ok"
        assert (await http.get(url)).body == b"ok"
        assert (len(seen), http.connections_opened, http.requests_sent) == (3, 2, 3)


async def test_a_post_is_never_sent_twice():
    """The same, but nobody knows whether it was carried out."""
    async with scripted(OK, None, OK) as (url, seen), Client() as http:
        assert (await http.get(url)).body == b"ok"
        with pytest.raises(ConnectionClosed, match="before the response began"):
            await http.post(url, b"pay")
        assert (len(seen), http.requests_sent) == (2, 2)


async def test_a_get_is_not_sent_again_on_a_fresh_connection_or_behind_a_partial_answer():
    """A second failure is the caller's to know, and so is half an answer."""
    async with scripted(OK, None, None, OK) as (url, seen), Client() as http:
        await http.get(url)
        with pytest.raises(ConnectionClosed):
            await http.get(url)
        assert len(seen) == 3
    async with scripted(OK, b"HTTP/1.1 200 OK\r\nX: \x00", OK) as (url, seen), Client() as http:
        await http.get(url)
        with pytest.raises(RemoteError):
            await http.get(url)
        assert len(seen) == 2


async def test_a_connection_known_to_be_closed_is_not_tried():
    """A POST behind an idle connection's end goes to a new connection at once."""
    async with http_server.serve(mirror) as server, Client() as http:
        await http.get(server.url)
        [connection] = server.connections
        connection.abort()
        await until(lambda: not http._open)
        assert (await http.post(server.url, b"pay")).status == 200
        assert http.connections_opened == 2


async def test_a_response_that_dies_half_way_says_how_much_came():
    """IncompleteMessage, with the count and the length that was promised."""
    half = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhal\x00"
    async with scripted(half) as (url, _), Client() as http:
        with pytest.raises(IncompleteMessage) as caught:
            await http.get(url)
        assert (caught.value.received, caught.value.expected) == (4, 10)
        assert caught.value.code == 400


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"SSH-2.0-OpenSSH\r\n\r\n\x00", "."),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok\x00", "."),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n\x00", "limit 100"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"\x00" * 101, "over 100"),
    ],
)
async def test_a_response_against_the_rules_or_the_limit_is_the_servers_mistake(answer, message):
    """RemoteError; the connection is not used again."""
    async with scripted(answer, OK) as (url, _), Client(max_body=100) as http:
        with pytest.raises(RemoteError, match=message):
            await http.get(url)
        assert (await http.get(url)).body == b"ok"
        assert http.connections_opened == 2


async def test_bytes_that_nobody_asked_for_end_the_connection():
    """Behind an answer, and on an idle connection: neither is taken for the next answer."""
    async with scripted(OK + OK.replace(b"ok", b"no"), OK) as (url, _), Client() as http:
        assert (await http.get(url)).body == b"ok"
        assert (await http.get(url)).body == b"ok"
        assert http.connections_opened == 2

    spoken = asyncio.Event()

    async def handler(peer: stream.Stream) -> None:
        await peer.read_until(b"\r\n\r\n")
        peer.write(OK)
        await spoken.wait()
        peer.write(OK.replace(b"ok", b"no"))
        await peer.read()

    async with stream.serve(handler) as server, Client() as http:
        url = f"http://127.0.0.1:{server.port}"
        assert (await http.get(url)).body == b"ok"
        spoken.set()
        await until(lambda: not http._open)
        assert (await http.get(url)).body == b"ok"


async def test_a_cancelled_request_takes_its_connection_with_it():
    """The answer that still comes must not answer the next question."""
    entered, gate = asyncio.Event(), asyncio.Event()

    async def handler(request: Request) -> Response:
        if request.target == "/slow":
            entered.set()
            await gate.wait()
        return mirror(request)

    async with http_server.serve(handler) as server, Client() as http:
        asking = asyncio.create_task(http.get(server.url + "/slow"))
        await entered.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        gate.set()
        assert (await http.get(server.url + "/next")).text().startswith("GET /next")
        assert http.connections_opened == 2


async def test_an_answer_before_the_request_has_gone_out_ends_the_connection():
    """413 comes while the body is still in the buffer: the rest of it must not follow."""
    async with http_server.serve(mirror) as server, Client() as http:
        assert (await http.post(server.url, b"x" * 30_000_000)).status == 413
        assert (await http.get(server.url)).status == 200
        assert http.connections_opened == 2


async def test_a_request_that_cannot_be_encoded_is_our_mistake():
    """Nothing goes out, and the client is as good as before."""
    async with http_server.serve(mirror) as server, Client() as http:
        for _ in range(2):
            with pytest.raises(LocalError):
                await http.get(server.url, headers={"X": "a\r\nY: b"})
        assert (await http.get(server.url)).status == 200
        assert http.requests_sent == 1


@pytest.mark.parametrize("url", ["", "/poll", "ftp://x/", "http://", "http://x:port/", "ws://x"])
async def test_what_is_not_an_http_url_is_our_mistake(url):
    """LocalError names it."""
    async with Client() as http:
        with pytest.raises(LocalError, match="URL"):
            await http.get(url)


async def test_nobody_there_is_an_oserror():
    """ConnectionRefusedError as the system gives it; a thousand of them cost no descriptor."""
    async with stream.serve(lambda peer: peer.close()) as server:
        url = f"http://127.0.0.1:{server.port}"
    async with Client() as http:
        before = raw.descriptors()
        for _ in range(1000):
            with pytest.raises(ConnectionRefusedError):
                await http.get(url)
        assert raw.descriptors() == before
        assert http.connections_opened == 0


async def test_closing_ends_requests_under_way_and_is_idempotent():
    """They fail with ConnectionClosed; a closed client says so."""
    async with http_server.serve(
        lambda request: asyncio.get_running_loop().create_future()
    ) as server:
        http = Client()
        asking = asyncio.create_task(http.get(server.url))
        await until(lambda: server.connections)
        await http.close()
        await http.close()
        with pytest.raises(ConnectionClosed):
            await asking
        with pytest.raises(LocalError, match="closed"):
            await http.get(server.url)


# Redirects.


@contextlib.asynccontextmanager
async def two_origins(status: int = 302):
    """The first server redirects /go to the second and /back to itself; both mirror the rest."""

    def handler(request: Request) -> Response:
        if request.path == "/go":
            return Response(status, Headers({"Location": f"{there.url}/arrived"}))
        if request.path == "/round":
            return Response(status, Headers({"Location": f"{there.url}/return"}))
        if request.path == "/back":
            return Response(status, Headers({"Location": "arrived?again=1"}))
        if request.path == "/loop":
            return Response(status, Headers({"Location": "/loop"}))
        return mirror(request)

    def return_(request: Request) -> Response:
        if request.path == "/return":
            return Response(status, Headers({"Location": f"{here.url}/arrived"}))
        return mirror(request)

    async with http_server.serve(handler) as here, http_server.serve(return_) as there:
        yield here, there


SECRETS = {"Authorization": "Bearer s3cret", "Cookie": "id=s3cret", "Proxy-Authorization": "s3cret"}


async def test_redirects_are_answers_unless_asked_to_be_followed():
    """A course about bytes shows them by default."""
    async with two_origins() as (here, there), Client() as http:
        response = await http.get(here.url + "/go")
        assert (response.status, response.headers["location"]) == (302, there.url + "/arrived")


async def test_credentials_never_go_to_another_origin():
    """Not by redirect, not from the URL, and not when the way leads back; other headers do."""
    async with two_origins() as (here, _), Client(redirects=5) as http:
        named = here.url.replace("//", "//user:s3cret@")
        for start, secrets in ((here.url, SECRETS), (named, {})):
            headers = {"X-Plain": "kept", **secrets}
            for path in ("/go", "/round"):
                text = (await http.get(start + path, headers=headers)).text()
                assert text.startswith("GET /arrived\n")
                assert "x-plain=kept" in text
                assert "s3cret" not in text and "authorization" not in text
            text = (await http.get(start + "/back", headers=headers)).text()
            assert text.startswith("GET /arrived?again=1\n")
            assert "authorization=" in text


async def test_userinfo_is_basic_authentication_and_stays_out_of_the_target():
    """As browsers do; escapes are undone first."""
    async with http_server.serve(mirror) as server, Client() as http:
        url = server.url.replace("//", "//us%3Aer:p%40ss@") + "/x"
        text = (await http.get(url)).text()
        assert "authorization=Basic dXM6ZXI6cEBzcw==" in text
        assert text.startswith("GET /x\n")


@pytest.mark.parametrize(
    ("status", "method", "becomes", "body"),
    [
        (301, "POST", "GET", ""),
        (302, "POST", "GET", ""),
        (303, "POST", "GET", ""),
        (303, "PUT", "GET", ""),
        (303, "HEAD", "HEAD", ""),
        (302, "PUT", "PUT", "data"),
        (307, "POST", "POST", "data"),
        (308, "POST", "POST", "data"),
    ],
)
async def test_a_redirect_changes_the_method_as_the_rfc_says(status, method, becomes, body):
    """303 makes GET, 301 and 302 make GET of POST, 307 and 308 change nothing."""
    seen = []

    def handler(request: Request) -> Response:
        if request.path == "/go":
            return Response(status, Headers({"Location": "/arrived"}))
        seen.append((request.method, request.body.decode(), "content-type" in request.headers))
        return Response(204)

    async with http_server.serve(handler) as server, Client(redirects=1) as http:
        await http.request(
            method, server.url + "/go", body="data", headers={"Content-Type": "text/plain"}
        )
    expected_type = becomes == method and method != "GET" and (body or method == "HEAD")
    assert seen == [(becomes, body or ("data" if becomes == "HEAD" else ""), bool(expected_type))]


async def test_redirects_without_end_are_an_error():
    """After as many as were allowed."""
    async with two_origins() as (here, _), Client(redirects=3) as http:
        with pytest.raises(RemoteError, match="more than 3 redirects"):
            await http.get(here.url + "/loop")
        assert http.requests_sent == 4


@pytest.mark.parametrize("location", ["ftp://x/", "http://", "http://[", "javascript:alert(1)"])
async def test_a_redirect_to_nowhere_is_the_servers_mistake(location):
    """RemoteError with its status."""
    answer = Response(302, Headers({"Location": location}))
    async with http_server.serve(lambda request: answer) as server, Client(redirects=3) as http:
        with pytest.raises(RemoteError) as caught:
            await http.get(server.url)
        assert caught.value.code == 302


# Time-outs, on a virtual clock.


def test_a_request_takes_no_longer_than_its_timeout():
    """The client's, or the request's own; redirects and the connection count."""

    async def main() -> list[float]:
        loop = asyncio.get_running_loop()
        taken = []
        never = http_server.serve(lambda request: loop.create_future())
        async with never as server, Client(timeout=30) as http:
            for timeout in (None, 3.0):
                started = loop.time()
                with pytest.raises(TimeoutError, match=r"GET http.*/: no answer within 3"):
                    await http.get(server.url, timeout=timeout)
                taken.append(loop.time() - started)
        return taken

    assert clock.simulate(main(), rtt=0.2) == [pytest.approx(30), pytest.approx(3)]


def test_without_a_timeout_a_request_waits_for_as_long_as_it_takes():
    """math.inf: a held answer may take an hour."""

    async def main() -> int:
        async def handler(request: Request) -> Response:
            await asyncio.sleep(3600)
            return Response(204)

        async with http_server.serve(handler) as server, Client() as http:
            return (await http.get(server.url, timeout=math.inf)).status

    assert clock.simulate(main()) == 204


def test_a_connection_takes_no_longer_than_its_timeout():
    """A host that swallows packets is given up after `connect_timeout`."""

    async def main() -> float:
        loop = asyncio.get_running_loop()
        async with http_server.serve(mirror) as server, Client(connect_timeout=5) as http:
            with pytest.raises(TimeoutError, match="no connection"):
                await http.get(server.url)
            return loop.time()

    assert clock.simulate(main(), rtt=20) == pytest.approx(5, abs=0.1)


def test_an_idle_connection_is_not_used_when_the_server_is_about_to_close_it():
    """After a minute it is left alone, so that a POST does not meet the server's close."""

    async def main() -> int:
        server = http_server.serve(mirror, idle_timeout=600)
        async with server, Client() as http:
            await http.get(server.url)
            await asyncio.sleep(61)
            await http.post(server.url, b"x")
            return http.connections_opened

    assert clock.simulate(main()) == 2


# TLS.


@pytest.fixture(scope="module")
def tls() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Contexts of a server and of a client that trusts it."""
    authority = trustme.CA()
    ours, theirs = ssl.create_default_context(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.configure_trust(ours)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(theirs)
    return theirs, ours


async def test_https_keeps_its_connections_as_well(tls):
    """The same server and client inside TLS; large answers too."""

    def handler(request: Request) -> Response:
        return Response(200, body=b"x" * int(request.query.get("size", "1")))

    async with http_server.serve(handler, ssl=tls[0]) as server, Client(ssl=tls[1]) as http:
        assert server.url.startswith("https://127.0.0.1:")
        for size in (1, 1_000_000, 10):
            assert len((await http.get(f"{server.url}/?size={size}")).body) == size
        assert http.connections_opened == 1


async def test_https_refuses_a_certificate_that_it_does_not_trust(tls):
    """SSLCertVerificationError, an OSError; the server is none the worse."""
    async with http_server.serve(mirror, ssl=tls[0]) as server:
        async with Client() as stranger:
            with pytest.raises(ssl.SSLCertVerificationError):
                await stranger.get(server.url)
        async with Client(ssl=tls[1]) as http:
            assert (await http.get(server.url)).status == 200


async def test_https_refusals_shutdown_and_plain_text(tls):
    """413 is read under TLS; plain HTTP to a TLS port harms nobody; closing leaves nothing."""
    async with http_server.serve(mirror, ssl=tls[0], max_body=10) as server:
        async with Client(ssl=tls[1]) as http:
            assert (await http.post(server.url, b"x" * 2_000_000)).status == 413
        with contextlib.suppress(ConnectionClosed):
            assert await raw.exchange(server, b"GET / HTTP/1.1\r\n\r\n") == b""
        async with Client(ssl=tls[1]) as http:
            assert (await http.get(server.url)).status == 200
            await server.close()
            assert not server.connections


async def test_a_request_whose_client_is_closed_while_it_connects_is_not_sent():
    """It fails as those do that are under way."""
    seen = []

    def handler(request: Request) -> Response:
        seen.append(request.target)
        return Response(204)

    async with http_server.serve(handler) as server:
        http = Client()
        asking = asyncio.create_task(http.get(server.url))
        await asyncio.sleep(0)
        await http.close()
        with pytest.raises(ConnectionClosed, match="while it connected"):
            await asking
    assert seen == []


async def test_close_ends_a_connection_that_was_made_a_moment_ago(monkeypatch):
    """Before `create_connection` has returned it: `close` waits for the end of its TCP, too."""
    ended = []

    def opened(connection, origin):
        hold(connection, origin)
        ended.append(asyncio.ensure_future(client.close()))
        ended[0].add_done_callback(lambda _: ended.append(connection.lost.done()))

    async with http_server.serve(lambda request: Response(200)) as server:
        client = Client()
        hold = client._opened
        monkeypatch.setattr(client, "_opened", opened)
        with pytest.raises(ConnectionClosed):
            await client.get(server.url)
        await ended[0]
        assert (ended[1:], client.connections_opened, client._open, client._idle) == (
            [True], 1, {}, {}
        )  # fmt: skip
