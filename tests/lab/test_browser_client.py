"""The browser's client, in Node.js, talks to Socket.IO servers; and its text is served."""

from __future__ import annotations

import json
from typing import Any

import pytest

from course_lib.lab import browser_client
from course_lib.wire.http.http11 import Request

from ._browser_client.servers import Serve, needs_node, on_each_server, talk

WAYS: dict[str, Any] = {
    "upgrade": ["polling", "websocket"],
    "polling": ["polling"],
    "websocket": ["websocket"],
}


# Its text.


def test_it_is_answered_as_a_script_and_as_a_module() -> None:
    """A handler asks it first; whatever it does not know is the handler's."""
    answers = {
        path: browser_client.answer(Request("GET", path))
        for path in ("/browser_client.js", "/a/browser_client.mjs?x=1", "/", "/other.js")
    }
    script, module = answers["/browser_client.js"], answers["/a/browser_client.mjs?x=1"]
    assert script is not None and script.body.startswith(b"var io = ")
    assert module is not None and module.body.endswith(b"export { connect };\n")
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answers["/"] is None and answers["/other.js"] is None
    assert browser_client.answer(Request("POST", "/browser_client.js")) is None


def test_the_sources_are_joined_without_their_imports() -> None:
    """One address is enough: nothing is fetched beside it."""
    assert "import " not in browser_client.module()
    assert browser_client.module().count("export ") == 1
    assert "export " not in browser_client.script()
    lines = "".join(path.read_text("utf-8") for path in browser_client.SOURCES).splitlines()
    assert max(map(len, lines)) <= 100
    assert len(lines) <= 385, "a learner reads it in a sitting"


@needs_node
@pytest.mark.wide
async def test_a_script_defines_the_name_io_and_no_other() -> None:
    """As `<script>` does; and it may be loaded twice."""
    lines = await talk(
        "",
        f"""
        const vm = require("vm"), page = vm.createContext({{ URL, EventTarget }});
        const before = Object.keys(page).length, text = {json.dumps(browser_client.script())};
        vm.runInContext(text, page);
        vm.runInContext(text, page);
        say(Object.keys(page).slice(before), vm.runInContext("typeof io + typeof Engine", page));
        """,
    )
    assert lines == [[["io"], "functionundefined"]]


# A conversation.

CONVERSATION = """
const socket = connect("/?color=red", { auth: { a: "안녕" }, transports: WAY });
const bytes = new Uint8Array([0, 255, 30]);
socket.emit("echo", "before", bytes, { deep: [new ArrayBuffer(2)] });
bytes.fill(7); // too late
const early = next(socket, "echo");
say(...await next(socket, "welcome"));
say(...await early);
say(socket.connected, socket.io.engine.transport.name);
if (WAY.length > 1 && socket.io.engine.transport.name === "polling")
  await next(socket.io.engine, "upgrade");
socket.emit("answer", "한글 👋", 1.5, null, [], (...values) => say("answer", ...values));
say(await socket.emitWithAck("answer", new Uint16Array([0, 258]).subarray(1)));
say(await socket.timeout(9000).emitWithAck("answer", { big: "x".repeat(200_000) }) !== undefined);
socket.on("asked", (photo, answer) => { answer(photo, "seen"); answer("twice"); });
socket.emit("ask me", new Uint8Array([1, 2]));
say(...await next(socket, "heard"));
say(socket.io.engine.transport.name);
socket.disconnect();
say(socket.connected, socket.id === undefined);
"""


async def converse(serve: Serve, way: str) -> None:
    async with serve() as url:
        lines = await talk(url, CONVERSATION.replace("WAY", json.dumps(WAYS[way])))
    first, last = WAYS[way][0], WAYS[way][-1]
    assert lines[0] == ["/", {"a": "안녕"}, "red"]
    assert lines[1] == ["before", {"bytes": [0, 255, 30]}, {"deep": [{"bytes": [0, 0]}]}]
    assert lines[2] in ([True, first], [True, last])
    assert lines[3:] == [
        ["answer", "한글 👋", 1.5, None, []],
        [{"bytes": [2, 1]}],
        [True],
        [{"bytes": [1, 2]}, "seen"],
        [last],
        [False, True],
    ]


@needs_node
@on_each_server
async def test_a_conversation_through_the_upgrade(serve: Serve) -> None:
    """Events, acknowledgements and bytes, both ways; what was emitted at once is not lost."""
    await converse(serve, "upgrade")


@needs_node
@on_each_server
@pytest.mark.wide
@pytest.mark.parametrize("way", ["polling", "websocket"])
async def test_a_conversation_on_one_transport(serve: Serve, way: str) -> None:
    """The same."""
    await converse(serve, way)


@needs_node
@on_each_server
@pytest.mark.wide
async def test_a_body_is_no_larger_than_the_server_accepts(serve: Serve) -> None:
    """Events of one moment go together, as many as fit: bytes count, also those of letters."""
    async with serve(max_payload=1000) as url:
        lines = await talk(
            url,
            """
            const socket = connect("/", { transports: ["polling"] }), heard = [];
            socket.on("echo", (i) => heard.push(i)).on("disconnect", (reason) => say(reason));
            const bytes = new Uint8Array(90);
            for (let i = 0; i < 60; i++) socket.emit("echo", i, "한글".repeat(10), bytes);
            say(await socket.emitWithAck("answer", "all"), heard.length);
            """,
        )
    assert lines == [["all", 60]]


@needs_node
@on_each_server
@pytest.mark.wide
async def test_an_upgrade_in_the_middle_of_traffic(serve: Serve) -> None:
    """Both sides send all the time; nothing is lost, twice, or in another order."""
    async with serve() as url:
        lines = await talk(
            url,
            """
            let sent = 0, upgraded = false, polled;
            const enough = new Promise((done) => { polled = done; });
            class Later extends require("ws").WebSocket {
              send(packet) {
                if (packet === "2probe") enough.then(() => super.send(packet));
                else super.send(packet);
              }
            }
            const socket = connect("/", { WebSocket: Later }), counted = [], echoed = [];
            const used = new Set();
            socket.on("count", (i) => counted.push(i));
            socket.on("echo", (i) => {
              used.add(socket.io.engine.transport.name);
              if (echoed.push(i) === 50) polled();
            });
            socket.emit("count", 400);
            await next(socket, "connect");
            socket.io.engine.on("upgrade", () => { upgraded = true; });
            for (let after = 0; after < 100; after += upgraded) {
              socket.emit("echo", sent++, new Uint8Array(1));
              if (sent % 3 === 0) await new Promise(setImmediate);
            }
            while (echoed.length < sent || counted.length < 400)
              await new Promise((done) => setTimeout(done, 5));
            say([...used].sort(), sent > 100, echoed.length === sent, counted.length);
            say(echoed.every((one, i) => one === i), counted.every((one, i) => one === i));
            """,
        )
    assert lines == [[["polling", "websocket"], True, True, 400], [True, True]]


@needs_node
@on_each_server
@pytest.mark.wide
async def test_namespaces_share_a_connection_unless_asked_otherwise(serve: Serve) -> None:
    """The namespace is the path of its address; the last one that leaves closes the connection."""
    async with serve() as url:
        lines = await talk(
            url,
            """
            const one = connect(), admin = connect("/admin", { auth: { token: "secret" } });
            say(...await next(admin, "welcome"));
            await one.emitWithAck("answer");
            say(one.id !== admin.id, one.io === admin.io);
            const own = connect("/admin", { auth: { token: "secret" }, forceNew: true });
            await next(own, "welcome");
            say(own.io !== admin.io, connect("/").io !== one.io);
            one.on("disconnect", (reason) => say(reason));
            one.disconnect();
            say(await admin.emitWithAck("answer", "still here"));
            one.connect();
            say(await one.emitWithAck("answer", "back"), one.io === admin.io);
            const { engine } = admin.io;
            engine.close();
            await Promise.all([next(one, "connect"), next(admin, "connect")]);
            say(await one.emitWithAck("answer", "again"), admin.io.engine !== engine);
            one.disconnect();
            admin.disconnect();
            say(admin.io.engine === undefined);
            """,
        )
    assert lines == [
        ["/admin", {"token": "secret"}, None], [True, True], [True, True], ["io client disconnect"],
        ["still here"], ["back", True], ["forced close"], ["again", True],
        ["io client disconnect"], [True],
    ]  # fmt: skip


@needs_node
@on_each_server
@pytest.mark.wide
async def test_a_connection_of_its_own_is_never_shared(serve: Serve) -> None:
    """Also when the first socket of a page asked for it."""
    async with serve() as url:
        lines = await talk(
            url,
            """
            const options = { auth: { token: "secret" } };
            const own = connect("/", { forceNew: true });
            const admin = connect("/admin", options), one = connect();
            say(own.io !== admin.io, one.io === admin.io);
            own.disconnect();
            say(await one.emitWithAck("answer", 1), await admin.emitWithAck("answer", 2));
            """,
        )
    assert lines == [[True, True], [1, 2]]


@needs_node
@on_each_server
@pytest.mark.wide
async def test_when_a_connection_is_lost_no_namespace_is_connected_any_more(serve: Serve) -> None:
    """A listener may emit to another one at once; that goes when it has connected again."""
    async with serve() as url:
        lines = await talk(
            url,
            """
            const one = connect(), admin = connect("/admin", { auth: { token: "secret" } });
            await Promise.all([one.emitWithAck("answer"), admin.emitWithAck("answer")]);
            let answer;
            one.on("disconnect", () => {
              say(admin.connected, admin.id === undefined);
              one.connect();
              answer = admin.emitWithAck("answer", "later");
            });
            admin.on("disconnect", (reason) => say(reason));
            one.io.engine.close();
            say(await answer);
            """,
        )
    assert lines == [[False, True], ["forced close"], ["later"]]


@needs_node
@on_each_server
@pytest.mark.wide
async def test_a_socket_may_leave_before_the_server_has_answered(serve: Serve) -> None:
    """The others stay; the server is told; and it may come back."""
    async with serve() as url:
        lines = await talk(
            url,
            """
            const one = connect();
            await next(one, "connect");
            const admin = connect("/admin", { auth: { token: "secret" } });
            admin.on("connect", () => say("in", admin.active)).disconnect();
            one.on("disconnect", (reason) => say(reason));
            let ended = [];
            while (!ended.length) ended = await one.emitWithAck("ended");
            say(ended, admin.connected);
            admin.connect();
            say(await admin.emitWithAck("answer", "back"), admin.io === one.io);
            """,
        )
    assert lines == [
        [[["/admin", "client namespace disconnect"]], False], ["in", True], ["back", True],
    ]  # fmt: skip


@needs_node
@on_each_server
@pytest.mark.wide
async def test_a_refusal_says_why_and_another_auth_may_be_tried(serve: Serve) -> None:
    """`active` is false then: a refused client does not try again on its own."""
    async with serve() as url:
        lines = await talk(
            url,
            """
            const admin = connect("/admin", { auth: (use) => use({ token }) });
            var token = "wrong";
            const [error] = await next(admin, "connect_error");
            say(error.message, error.data, admin.active, admin.connected);
            token = "secret";
            setTimeout(() => admin.connect(), 5);
            await next(admin, "connect");
            say(admin.connected);
            const [none] = await next(connect("/nowhere"), "connect_error");
            say(none.message);
            """,
        )
    assert lines[:2] == [["not allowed", {"code": 7}, False, False], [True]]
    assert lines[2] == ["Invalid namespace"]


# How it ends.


@needs_node
@on_each_server
@pytest.mark.wide
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("end", "ours", "theirs"),
    [
        ("socket.disconnect()", "io client disconnect", "client namespace disconnect"),
        ("socket.emit('dismiss')", "io server disconnect", "server namespace disconnect"),
        ("socket.emit('dismiss', true)", "io server disconnect", "server namespace disconnect"),
        ("socket.io.engine.close()", "forced close", "transport close"),
        ("socket.emit('vanish', 20)", "transport close", "server shutting down"),
    ],
)
async def test_why_a_socket_is_disconnected(
    serve: Serve, way: str, end: str, ours: str, theirs: str
) -> None:
    """Both ends name the reason; a socket that nobody ended on purpose tries again."""
    body = """
        const socket = connect("/", { transports: WAY });
        await next(socket, "connect");
        const left = next(socket, "disconnect");
        END;
        const [reason] = await left;
        say(reason, socket.active, socket.connected);
        if (socket.active) await next(socket, "connect");
        const witness = connect();
        for (let ended = []; !ended.length; ) {
          ended = await witness.emitWithAck("ended");
          if (ended.length) say(...ended);
        }
        """
    async with serve() as url:
        lines = await talk(url, body.replace("WAY", json.dumps(WAYS[way])).replace("END", end))
    if way != "websocket" and "vanish" in end:
        # A polling client may find that nobody answers before it reads that the server ends.
        assert lines[0][0] in (ours, "transport error")
        lines[0][0] = ours
    assert lines == [[ours, not ours.startswith("io "), False], [["/", theirs]]]


@needs_node
@on_each_server
@pytest.mark.wide
async def test_it_connects_again_when_the_server_is_back(serve: Serve) -> None:
    """What was emitted meanwhile is sent once; what waits for an answer is told of the end."""
    async with serve() as url:
        lines = await talk(
            url,
            """
            const socket = connect("/", { reconnectionDelay: 10, reconnectionDelayMax: 40 });
            await next(socket, "connect");
            const first = socket.id, attempts = [], heard = [];
            socket.io.on("reconnect_attempt", (n) => attempts.push(n));
            socket.on("connect_error", () => heard.push("error"));
            socket.on("asked", (answer) => { heard.push("asked"); later = answer; });
            var later;
            socket.emit("ask me");
            await next(socket, "asked");
            socket.emit("vanish", 200);
            socket.emitWithAck("silence").catch((error) => say("lost:", error.message));
            socket.emit("silence", () => say("never"));
            let answer;
            socket.on("disconnect", () => { answer = socket.emitWithAck("answer", "kept"); });
            await next(socket, "disconnect");
            later("too late");
            const echoes = [];
            socket.on("echo", (i) => echoes.push(i)).on("heard", () => say("never, either"));
            for (let i = 0; i < 3; i++) socket.emit("echo", i);
            socket.timeout(1).emit("echo", "dropped", (error) => say(error.message));
            await next(socket, "connect");
            say(attempts.length > 1, attempts.every((one, i) => one === i + 1));
            await socket.emitWithAck("answer", "after all others");
            say(await answer, echoes, socket.id !== first, heard.includes("error"));
            """,
        )
    assert lines == [
        ["lost:", "socket has been disconnected"],
        ["operation has timed out"],
        [True, True],
        ["kept", [0, 1, 2], True, True],
    ]


@needs_node
@pytest.mark.wide
@pytest.mark.parametrize("way", WAYS)
async def test_where_nobody_listens_it_tries_until_the_page_ends_it(way: str) -> None:
    """Each time an error; after `disconnect` no timer is left, and Node.js has nothing to do."""
    body = """
        const socket = connect("/", { reconnectionDelay: 1, transports: WAY });
        let errors = 0;
        socket.io.on("reconnect_attempt", (n) => say("attempt", n));
        const ended = new Promise((done) => socket.on("connect_error", (error) => {
          errors += error instanceof Error;
          if (errors === 3) done(socket.disconnect());
        }));
        await ended;
        say(errors, socket.active, socket.connected, socket.io.engine === undefined);
        const timers = process.getActiveResourcesInfo().filter((one) => one === "Timeout");
        say(timers.length); // that of the test
        """
    lines = await talk("http://127.0.0.1:9", body.replace("WAY", json.dumps(WAYS[way])))
    assert lines == [["attempt", 1], ["attempt", 2], [3, False, False, True], [1]]


@needs_node
@on_each_server
@pytest.mark.wide
async def test_an_answer_may_come_too_late(serve: Serve) -> None:
    """An event that the server does not answer; and names that are not for events."""
    async with serve() as url:
        lines = await talk(
            url,
            """
            const socket = connect();
            await next(socket, "connect");
            await socket.timeout(1).emitWithAck("silence").catch((error) => say(error.message));
            socket.timeout(1).emit("silence"); // nobody waits
            socket.timeout(9000).emit("answer", 1, 2, (error, ...values) => say(error, ...values));
            say(await socket.timeout(9000).emitWithAck("answer", 3));
            try { socket.emit("disconnect"); } catch (error) { say(error.message); }
            try { socket.emit("loop", 1n); } catch (error) { say(error.name); }
            """,
        )
    assert lines == [
        ["operation has timed out"],
        [None, 1, 2],
        [3],
        ['"disconnect" is a reserved event name'],
        ["TypeError"],
    ]


@needs_node
@on_each_server
@pytest.mark.wide
async def test_a_mistake_of_the_page_is_reported_and_the_client_goes_on(serve: Serve) -> None:
    """Also of one listener among several, of `auth`, and of a callback."""
    async with serve() as url:
        lines = await talk(
            url,
            """
            const socket = connect("/", { auth: (use) => (use({}), none()) });
            socket.on("echo", () => { throw Error("in a listener"); }).on("echo", (i) => say(i));
            socket.emit("echo", 1);
            socket.emit("answer", () => { throw new Error("in a callback"); });
            say(await socket.emitWithAck("answer", "end"));
            await new Promise((done) => setTimeout(done, 5)); // after what reports mistakes
            """,
        )
    mistakes = [line[1] for line in lines if line[0] == "uncaught"]
    assert mistakes == ["none is not defined", "in a listener", "in a callback"]
    assert [line for line in lines if line[0] != "uncaught"] == [[1], ["end"]]


@needs_node
@pytest.mark.wide
async def test_the_delay_doubles_up_to_a_limit_and_chance_spreads_it() -> None:
    """Half of it to one and a half; the limit is for all."""
    lines = await talk(
        "http://127.0.0.1:9",
        """
        const real = setTimeout, delays = [];
        globalThis.setTimeout = (later, ms, ...values) => {
          if (ms !== 77_777) delays.push(ms);
          return real(later, ms === 77_777 ? ms : 0, ...values);
        };
        for (const chance of [0, 0.5, 1]) {
          Math.random = () => chance;
          const socket = connect("/", { timeout: 77_777, reconnectionDelay: 1000 });
          await new Promise((done) => socket.io.on("reconnect_attempt", (n) => n === 5 && done()));
          socket.disconnect();
          say(...delays.splice(0));
        }
        """,
    )
    assert lines == [
        [500, 1000, 2000, 4000, 5000],
        [1000, 2000, 4000, 5000, 5000],
        [1500, 3000, 5000, 5000, 5000],
    ]
