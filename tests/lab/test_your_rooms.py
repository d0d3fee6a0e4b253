"""lab.your_rooms, lab.official_chat: a learner's rooms in the library, right or wrong."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from course_lib.lab import clock, official_chat, official_client, proxy, your_rooms
from course_lib.lab.grading.judges.lesson_11 import small_server
from course_lib.socketio import Client, Server, Socket

from .grading import answers
from .test_your_upgrade import answer, right

ROOMS = {"Ada": ["news"], "Kim": ["news", "cats"], "Lee": ["cats"], "Mia": ["news", "muted"]}


class Party:
    """A server with an adapter, and four clients in its rooms."""

    def __init__(self, adapter: Any) -> None:
        self.io = Server(adapter=adapter)
        self.events: list[tuple[str, ...]] = []
        self.clients: dict[str, Client] = {}
        self.sockets: dict[str, Socket] = {}
        self.heard: list[str] = []

    async def come(self, url: str) -> None:
        for name, rooms in ROOMS.items():
            client = Client(url, transports=["websocket"])
            client.on("said", lambda name=name: self.heard.append(name))
            self.clients[name] = await client.connect()
            assert client.id is not None
            self.sockets[name] = self.io.sockets.sockets[client.id]
            self.sockets[name].join(rooms)

    async def emit(self, chain: Any) -> str:
        """Who hears it."""
        self.heard.clear()
        chain.emit("said")
        await asyncio.sleep(1)
        return " ".join(sorted(self.heard))


async def table(adapter: Any) -> list[Any]:
    """What is told, who hears what, and what is left in the table."""
    party = Party(adapter)
    io, told = party.io, list[str]()
    for event in ("create-room", "join-room", "leave-room", "delete-room"):
        io.sockets.adapter.on(event, lambda *_, event=event: told.append(event))
    async with io.listen() as address:
        await party.come(address.url)
        kim = party.sockets["Kim"]
        kim.join(["news", "cats"])
        found: list[Any] = [[*told], await party.emit(io.to("news").to("cats"))]
        found.append(await party.emit(kim.to("news")))
        kim.leave("news")
        kim.leave("sport")
        found += [await party.emit(io.to("news")), await party.emit(io.to(kim.id))]
        told.clear()
        await party.clients["Lee"].disconnect()
        party.clients["Mia"].leave()
        await asyncio.sleep(1)
        found += [sorted(told), len(io.sockets.adapter.rooms), len(io.sockets.adapter.sids)]
    return [*found, len(io.sockets.adapter.rooms)]


def default(nsp: Any) -> Any:
    return Server().options.adapter(nsp)


@pytest.mark.parametrize("made", right("11.1", "Table"))
def test_a_right_table_is_as_good_as_the_library_s(
    made: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    found = clock.simulate(lambda: table(your_rooms.keeping(made)))
    assert found == clock.simulate(lambda: table(default))
    assert found[1:5] == ["Ada Kim Lee Mia", "Ada Mia", "Ada Mia", "Kim"]
    assert capsys.readouterr().out == ""


def test_who_is_twice_in_a_list_stays_and_without_an_own_room_nobody_is_reached() -> None:
    twice = your_rooms.keeping(answer("wrong", "11.1", "list_not_set", "Table"))
    assert clock.simulate(lambda: table(twice))[3] == "Ada Kim Mia"
    alone = your_rooms.keeping(answer("wrong", "11.1", "no_own_room", "Table"))
    assert clock.simulate(lambda: table(alone))[2:5] == ["Ada Kim Mia", "Ada Mia", ""]


async def chosen(adapter: Any) -> list[str]:
    """Who hears each of these."""
    party = Party(adapter)
    async with party.io.listen() as address:
        await party.come(address.url)
        io, ada = party.io, party.sockets["Ada"]
        chains = (
            io, io.to("cats"), io.to("news").to("cats"), ada.to("news"), ada.broadcast,
            ada.to("news").except_("muted"), io.except_("muted"), io.to("sport"), io.to(ada.id),
            ada.to(ada.id), ada.to([]),
        )  # fmt: skip
        return [await party.emit(chain) for chain in chains]


@pytest.mark.parametrize("made", right("11.2", "recipients"))
def test_a_right_function_chooses_whom_the_library_does(made: Any) -> None:
    found = clock.simulate(lambda: chosen(your_rooms.choosing(made)))
    assert found == clock.simulate(lambda: chosen(default))


def test_whoever_is_in_two_rooms_hears_it_twice() -> None:
    made = answer("wrong", "11.2", "twice_in_two_rooms", "recipients")
    found = clock.simulate(lambda: chosen(your_rooms.choosing(made)))
    assert found[2] == "Ada Kim Kim Lee Mia"


def test_what_is_wrong_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    def nobody(*_: Any) -> list[str]:
        return ["nobody"]

    def broken(*_: Any) -> Any:
        return 1 / 0

    for made in (nobody, broken):
        assert not any(clock.simulate(chosen(your_rooms.choosing(made))))
    said = capsys.readouterr().out
    assert said.count("gives 'nobody'") == said.count("raised ZeroDivisionError") == 1


async def sent(made: Any) -> tuple[dict[str, float], list[tuple[float, list[str]]]]:
    """When each has a large event, and when the broadcast ends, for whom it has failed."""
    ended: list[tuple[float, list[str]]] = []
    loop, got, clients = asyncio.get_running_loop(), dict[str, float](), dict[str, Client]()

    def told(names: list[str]) -> None:
        ended.append((round(loop.time() - began), sorted(names)))

    io = Server(adapter=your_rooms.sending(made, told))
    io.on("connection", lambda socket: socket.data.update(socket.handshake.auth))
    async with io.listen() as port, proxy.Proxy(port) as breaks, proxy.Proxy(port) as stuck:
        ways = {"Ada": port, "Lee": breaks, "Kim": port, "Mia": stuck, "Noa": port}
        for name, way in ways.items():
            client = Client(way.url, auth={"name": name}, transports=["websocket"])

            def photo(_: bytes, name: str = name) -> None:
                got[name] = round(loop.time() - began)

            client.on("photo", photo)
            clients[name] = await client.connect()
        breaks.conditions.stalled = stuck.conditions.stalled = True
        began = loop.time()
        clients["Kim"].leave()
        io.emit("photo", bytes(1_000_000))
        await asyncio.sleep(2)
        await breaks.close()
        await asyncio.sleep(10)
        stuck.conditions.stalled = False
        await asyncio.sleep(5)
    return got, ended


@pytest.mark.parametrize("made", right("11.3", "broadcast"))
def test_a_right_broadcast_lets_nobody_wait(made: Any) -> None:
    got, ended = clock.simulate(lambda: sent(made))
    assert got == {"Ada": 0, "Noa": 0, "Mia": 12}
    assert ended == [(12, ["Lee"])]


@pytest.mark.parametrize("name", ["awaits_each", "changed_during_iteration"])
def test_a_wrong_one_is_seen(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    got, ended = clock.simulate(lambda: sent(answer("wrong", "11.3", name, "broadcast")))
    assert got.get("Noa") != 0
    assert bool(ended) is not ("✘ Your broadcast raised RuntimeError" in capsys.readouterr().out)


@pytest.mark.parametrize("node", [True, False])
@pytest.mark.parametrize("made", right("11.4", "chat"))
async def test_the_official_clients_hear_what_they_should(
    node: bool, made: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With Node.js, and without."""
    if node and not official_client.available():
        pytest.skip("node with the package socket.io-client is missing: `npm ci`")
    monkeypatch.setattr(official_client, "available", lambda: node)
    lines = await official_chat.visit(made)
    assert (lines[0] == official_chat.MISSING) is not node
    text = "\n".join(lines)
    assert text.endswith("Lee leaves\n    Kim: roomList ['점심 🍜']")
    assert "Lee creates (Ada)\nAda leaves\n    Kim: notice " in text
    assert "    Kim: userList ['Ada', 'Kim']" in lines and "    Kim: userList ['Kim']" in lines
    assert not any("✘" in line for line in lines)


async def test_without_node_the_clients_send_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    if not official_client.available():
        pytest.skip("node with the package socket.io-client is missing: `npm ci`")
    [made, *_] = right("11.4", "chat")
    found = []
    for node in (True, False):
        monkeypatch.setattr(official_client, "available", lambda node=node: node)
        messages = dict[str, list[Any]]()

        def chat(io: Server, messages: dict[str, list[Any]] = messages) -> None:
            made(io)

            def listen(socket: Socket) -> None:
                said = messages.setdefault(f"client {len(messages)}", [])
                inner: Any = socket.conn.receiver

                def hear(message: Any) -> None:
                    if "clients" not in message:  # asked as often as it takes
                        said.append(re.sub(r"[\w-]{20}", "(id)", message))
                    inner(message)

                socket.conn.receiver = hear

            io.on("connection", listen)

        await official_chat.visit(chat)
        found.append(messages)
    assert found[0] == found[1]
    assert len(found[0]) == 3 and all(found[0].values())


async def test_what_a_listener_raises_is_told() -> None:
    def chat(io: Server) -> None:
        io.on("connection", lambda socket: socket.on("create", lambda *_: None))
        io.on("connection", lambda socket: 1 / 0)

    assert "✘ A listener of 'connection' raised ZeroDivisionError" in "\n".join(
        await official_chat.visit(chat)
    )


class _Small:
    """The small server, driven as the judge drives it."""

    def __init__(self, chat: Any) -> None:
        scope: dict[str, Any] = {}
        exec(small_server.SMALL_SERVER, scope)
        self.io = scope["SmallServer"]()
        chat(self.io)


@pytest.mark.parametrize("kind", ["right", "wrong"])
async def test_the_judge_s_small_server_does_what_the_library_does(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each chat that does not block: the same steps, and the same lines."""
    monkeypatch.setattr(official_client, "available", lambda: False)
    for path in sorted((answers.FOLDER / kind / "11.4").glob("*.py")):
        if path.stem == "blocks_the_loop":
            continue
        made = answer(kind, "11.4", path.stem, "chat")
        small, lines, ids = _Small(made), [official_chat.MISSING], dict[str, str]()
        for name, what, room in official_chat.STEPS:
            if what == "connects":
                ids[name] = f"id of {name}"
                await small.io.comes(ids[name])
            elif what == "creates":
                await small.io.says(ids[name], "create", [ids.get(room[1:-1], room), name])
            else:
                await small.io.goes(ids[name])
            names = {id: name for name, id in ids.items()}
            heard = [[names[id], event, args] for id, event, args in small.io.heard()]
            if what == "leaves":
                heard = [one for one in heard if one[0] != name]
            lines += official_chat._told(name, what, room, heard, ids)
        assert lines == await official_chat.visit(made), path.stem
