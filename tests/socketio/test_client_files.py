"""The official browser client: found, served as Node's server does, and only that."""

from __future__ import annotations

import asyncio
import gzip
import subprocess
import zlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from course_lib.errors import LocalError
from course_lib.net import http_client
from course_lib.socketio import Server, client_files
from course_lib.wire.http.http11 import Response
from tests.engineio import node

from .programs import ROOT

SCRIPT = "/socket.io/socket.io.js"
PAGE = "https://page.example"
NODE = """
const io = new (require("socket.io").Server)({ cors: { origin: "https://page.example" } });
io.listen(0);
io.httpServer.on("listening", () => console.log(io.httpServer.address().port));
process.stdin.on("end", () => process.exit()).resume();
"""


@pytest.fixture
async def http() -> AsyncIterator[http_client.Client]:
    async with http_client.Client() as client:
        yield client


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A program's folder, two below the one with node_modules; its package's files are small."""
    dist = tmp_path / "node_modules" / "socket.io-client" / "dist"
    dist.mkdir(parents=True)
    for name in client_files.NAMES:
        (dist / name).write_text(f"// {name}\n" * 100, encoding="utf-8")
    (dist.parent / "package.json").write_text(
        '{"name": "socket.io-client", "version": "9.8.7"}', encoding="utf-8"
    )
    folder = tmp_path / "program" / "src"
    folder.mkdir(parents=True)
    return folder


async def test_the_files_of_the_package_that_node_would_find(
    http: http_client.Client, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All eight, from the folders above the working directory; the version is the ETag."""
    monkeypatch.chdir(package)
    async with Server().listen() as address:
        for name in client_files.NAMES:
            answer = await http.get(f"{address.url}/socket.io/{name}?v=1")
            assert (answer.status, answer.text()) == (200, f"// {name}\n" * 100)
            kind = "json" if name.endswith(".map") else "javascript"
            assert dict(answer.headers) == {
                "Cache-Control": "public, max-age=0",
                "Content-Type": f"application/{kind}; charset=utf-8",
                "ETag": '"9.8.7"',
                "Vary": "Accept-Encoding",
                "Content-Length": str(len(answer.body)),
            }
        assert len(client_files.NAMES) == 8


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ('"9.8.7"', 304),
        ('W/"9.8.7"', 304),
        ('"1", W/"9.8.7"', 304),
        ("*", 304),
        ('"9.8"', 200),
        ("9.8.7", 200),
    ],
)
async def test_whoever_has_the_file_is_told_so(
    http: http_client.Client,
    package: Path,
    monkeypatch: pytest.MonkeyPatch,
    header: str,
    status: int,
) -> None:
    """RFC 9110 §15.4.5: a 304 has the header lines that a cache keeps, and no body."""
    monkeypatch.chdir(package)
    async with Server().listen() as address:
        answer = await http.get(address.url + SCRIPT, headers={"If-None-Match": header})
    assert answer.status == status
    assert (answer.body == b"") == (status == 304)
    assert answer.headers["etag"] == '"9.8.7"'
    assert answer.headers["cache-control"] == "public, max-age=0"


async def test_what_is_accepted_is_compressed_once(
    http: http_client.Client, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And for the next client it is there; HEAD says how long it would be."""
    monkeypatch.chdir(package)
    made: list[str] = []
    compress = client_files._compress
    monkeypatch.setattr(
        client_files,
        "_compress",
        lambda body, coding: made.append(coding) or compress(body, coding),
    )
    plain = b"// socket.io.js\n" * 100
    async with Server().listen() as address:
        for _ in range(2):
            for coding, unpack in (("gzip", gzip.decompress), ("deflate", zlib.decompress)):
                asked: Any = {"Accept-Encoding": f"{coding}, identity"}
                answer = await http.get(address.url + SCRIPT, headers=asked)
                assert answer.headers["content-encoding"] == coding
                assert unpack(answer.body) == plain
                head = await http.request("HEAD", address.url + SCRIPT, headers=asked)
                assert head.body == b""
                assert head.headers == answer.headers
        answer = await http.get(address.url + SCRIPT, headers={"Accept-Encoding": "gzip;q=0"})
        assert "content-encoding" not in answer.headers
    assert made == ["gzip", "deflate"]


class Brotli:
    """What the package brotli has, as far as we use it."""

    @staticmethod
    def compress(body: bytes, *, quality: int) -> bytes:
        return b"br%d " % quality + body[:5]


async def test_brotli_is_used_if_it_is_installed(
    http: http_client.Client, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the smallest; a browser names all three."""
    monkeypatch.chdir(package)
    monkeypatch.setattr(client_files, "BROTLI", Brotli)
    async with Server().listen() as address:
        asked = {"Accept-Encoding": "gzip, deflate, br"}
        answer = await http.get(address.url + SCRIPT, headers=asked)
        assert (answer.headers["content-encoding"], answer.body) == ("br", b"br6 // so")


async def test_without_the_package_the_answer_says_how_to_get_it(
    http: http_client.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence.  Once it is installed it is served, and nobody has to start again."""
    monkeypatch.chdir(tmp_path)
    async with Server().listen() as address:
        answer = await http.get(address.url + SCRIPT)
        assert answer.status == 404
        assert "run `npm install socket.io-client`" in answer.text()
        assert answer.text().count("\n") == 1
        dist = tmp_path / "node_modules" / "socket.io-client" / "dist"
        dist.mkdir(parents=True)
        (dist / "socket.io.js").write_text("now", encoding="utf-8")
        answer = await http.get(address.url + SCRIPT)
        assert (answer.status, answer.body) == (200, b"now")
        assert len(answer.headers["etag"]) == 18  # it says no version: a digest
        assert (await http.get(address.url + SCRIPT + ".map")).status == 404


async def test_a_folder_may_be_named(
    http: http_client.Client, package: Path, tmp_path: Path
) -> None:
    """And `path` may be another one."""
    folder = tmp_path / "node_modules" / "socket.io-client" / "dist"
    for path in ("/chat", "/chat/"):
        async with Server(serve_client=folder, path=path).listen() as address:
            answer = await http.get(f"{address.url}/chat/socket.io.min.js")
            assert answer.text().startswith("// socket.io.min.js")
            assert (await http.get(address.url + SCRIPT)).status == 404
    with pytest.raises(LocalError, match="serve_client='nowhere': True, False, or a folder"):
        Server(serve_client="nowhere")


REFUSED = {"code": 0, "message": "Transport unknown"}


@pytest.mark.parametrize(
    "target",
    [
        "/socket.io/socket.io.css",
        "/socket.io/../package.json",
        "/socket.io/%2e%2e/package.json",
        "/socket.io/..%2fpackage.json",
        "/socket.io/socket.io.js/",
        "/socket.io/./socket.io.js",
        "/socket.io//socket.io.js",
        "/socket.io/SOCKET.IO.JS",
        "/socket.io/package.json",
    ],
)
async def test_any_other_name_is_the_engines(
    http: http_client.Client, package: Path, monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    """So no file but the eight can be asked for."""
    monkeypatch.chdir(package)
    async with Server().listen() as address:
        answer = await raw_get(address.port, target)
        assert b"HTTP/1.1 400 " in answer and b'"Transport unknown"' in answer


async def raw_get(port: int, target: str) -> bytes:
    """A client library might make `..` and `//` straight."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


async def test_other_methods_and_other_choices_are_the_engines(
    http: http_client.Client, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """POST; and everything, where `serve_client` is False."""
    monkeypatch.chdir(package)
    async with Server().listen() as address:
        assert (await http.post(address.url + SCRIPT, b"x")).json() == REFUSED
    async with Server(serve_client=False).listen() as address:
        assert (await http.get(address.url + SCRIPT)).json() == REFUSED


# Node's server, side by side.


@pytest.fixture(scope="module")
def reference() -> Iterator[str]:
    """The address of Node's server."""
    process = subprocess.Popen(
        ["node", "-e", NODE],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    assert process.stdout is not None
    yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    process.communicate()


# Per connection, or of the day; and chunks in place of a length.
OF_HTTP = ("date", "connection", "keep-alive", "transfer-encoding", "content-length")
# Ours depends on Accept-Encoding, and says so; it names a page that may read it to pages only.
DIFFERENT = ("vary", "access-control-allow-origin")


def lines(answer: Response) -> dict[str, str]:
    found = {name.lower(): value for name, value in answer.headers}
    return {name: value for name, value in found.items() if name not in OF_HTTP}


@node.needed
@pytest.mark.parametrize("name", ["socket.io.js", "socket.io.esm.min.js", "socket.io.min.js.map"])
@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"Accept-Encoding": "gzip"},
        {"Accept-Encoding": "deflate;q=1, gzip;q=0.5"},
        {"Origin": PAGE},
        {"If-None-Match": '"4.8.4"'},
        {"If-None-Match": 'W/"4.8.4"'},
        {"If-None-Match": '"4.8.3"'},
    ],
)
async def test_nodes_server_answers_the_same(
    http: http_client.Client,
    reference: str,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    asked: dict[str, str],
) -> None:
    """Status, header lines, and the file.  To a 304 ours adds what caches keep."""
    monkeypatch.chdir(ROOT)
    async with Server(cors_allowed_origins=[PAGE]).listen() as address:
        ours = await http.get(f"{address.url}/socket.io/{name}", headers=asked)
    theirs = await http.get(f"{reference}/socket.io/{name}", headers=asked)
    assert ours.status == theirs.status
    expected = {key: value for key, value in lines(theirs).items() if key not in DIFFERENT}
    found = lines(ours)
    assert {key: found.get(key) for key in expected} == expected
    assert plain(ours) == plain(theirs)
    pages = [answer.headers.get("access-control-allow-origin") for answer in (ours, theirs)]
    assert pages == [asked.get("Origin"), PAGE]


def plain(answer: Response) -> bytes:
    coding = answer.headers.get("content-encoding")
    unpack: Any = {"gzip": gzip.decompress, "deflate": zlib.decompress, None: bytes}[coding]
    body: bytes = unpack(answer.body)
    return body
