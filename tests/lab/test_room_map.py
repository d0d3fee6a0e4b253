"""The room map: what it shows is what the tables say, what is written, and what is heard."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from course_lib.errors import LocalError
from course_lib.lab import clock, room_map
from course_lib.socketio import Client, Server

ROOMS = {"Ada": ["news"], "Kim": ["news", "cats"], "이리": ["cats"], "Mia": ["news", "muted"]}


class Party:
    def __init__(self, io: Server, url: str) -> None:
        self.io, self.url = io, url
        self.clients: dict[str, Client] = {}

    async def come(self, name: str, rooms: list[str], where: str = "/") -> Any:
        self.io.of(where)
        client = Client(self.url + where, transports=["websocket"], auth={"name": name})
        await client.connect()
        self.clients[name + where.rstrip("/")] = client
        socket = self.io.of(where).sockets[client.id]
        socket.join(rooms)
        return socket

    def socket(self, name: str) -> Any:
        return self.io.sockets.sockets[self.clients[name].id]


def play(story: Callable[[Party], Awaitable[Any]]) -> Any:
    async def main() -> Any:
        io = Server()
        async with io.listen() as address:
            party = Party(io, address.url)
            for name, rooms in ROOMS.items():
                await party.come(name, rooms)
            result = await story(party)
            for client in party.clients.values():
                await client.disconnect()
            return result

    return clock.simulate(main)


def test_the_map_shows_sockets_and_rooms():
    async def story(party):
        await party.come("Ada", ["bans"], "/admin")
        return room_map.RoomMap(party.io).now(), room_map.RoomMap(party.io.of("/admin")).now()

    both, admin = play(story)
    assert both.text == (
        "namespace /   news   cats   muted\n"
        "Ada            ●      ·       ·\n"
        "Kim            ●      ●       ·\n"
        "이리           ·      ●       ·\n"
        "Mia            ●      ·       ●\n\n"
        "namespace /admin   bans\n"
        "Ada                 ●"
    )
    assert admin.text in both.text
    assert both.html.count('aria-label="member"') == 7 and "<th scope=" in both.html


def test_nobody_and_a_crowd():
    async def story(party):
        for number in range(30):
            await party.come(f"reader {number}", [f"topic {number}", "news"])
        return room_map.RoomMap(party.io).now().text

    assert room_map.RoomMap(Server()).now().text == "nobody is connected"
    lines = play(story).splitlines()
    assert len(lines) == 14 and lines[-1].startswith("and 22 more")
    assert "+ 23 rooms" in lines[0] and "22" in lines[-1].split("more")[1]


LINES = {
    'io.to("news").to("cats")': ["Ada", "Kim", "Mia", "이리"],
    'io.to("news").except_("muted")': ["Ada", "Kim"],
    'socket.to("news")': ["Kim", "Mia"],
    "socket.to(socket.id)": [],
    "socket.broadcast": ["Kim", "이리", "Mia"],
    "io": ["Ada", "Kim", "이리", "Mia"],
    'io.to("nobody")': [],
    "socket": ["Ada"],
    "io.to([])": ["Ada", "Kim", "이리", "Mia"],
}


@pytest.mark.parametrize("line", LINES)
def test_a_path_agrees_with_what_the_clients_hear(line):
    async def story(party):
        io, socket = party.io, party.socket("Ada")
        chain = eval(line, {"io": io, "socket": socket})
        rooms = room_map.RoomMap(io)
        (way,) = rooms.paths(lambda: chain.emit("hey"))
        heard = await rooms.received(lambda: chain.emit("hey", 1), party.clients)
        also = await rooms.received(lambda: chain.emit("hey", 1), party.clients.values())
        assert sorted(heard) == sorted(also) == sorted(way.got) == sorted(way.expected)
        assert sorted(heard) == sorted(LINES[line])
        assert (way.sender == "Ada") == (line.startswith("socket."))
        assert not any(one._any_outgoing for one in io.sockets.sockets.values())

    play(story)


def test_the_steps_of_a_path():
    async def story(party):
        chain = party.socket("Ada").to("news").to("cats").except_("muted")
        return room_map.RoomMap(party.io).follow("line", lambda: chain.emit("hey")).text

    assert play(story) == (
        "line\n"
        "    in news: Ada, Kim, Mia\n"
        "    in cats: Kim, 이리\n"
        "    together, each once: Ada, Kim, Mia, 이리\n"
        "    without (Ada): Ada\n"
        "    without muted: Mia\n"
        "    written to: Kim, 이리"
    )


def test_what_disagrees_is_shown():
    """A library that leaves somebody out is found out."""

    async def story(party):
        adapter = type(party.io.sockets.adapter)
        matching = adapter.matching
        adapter.matching = lambda self, target: list(matching(self, target))[1:]
        try:
            return room_map.RoomMap(party.io).follow("io", lambda: party.io.emit("hey"))
        finally:
            adapter.matching = matching

    shown = play(story)
    assert "The tables say Ada, Kim, 이리, Mia, the sockets Kim, 이리, Mia" in shown.text
    assert "should agree" in shown.html


def test_an_event_that_is_heard_twice_is_there_twice():
    async def story(party):
        rooms = room_map.RoomMap(party.io)
        twice = lambda: (party.io.to("cats").emit("a"), party.io.to("muted").emit("b"))  # noqa: E731
        assert await rooms.received(twice, party.clients) == ["Kim", "이리", "Mia"]
        again = lambda: [party.io.to("cats").emit("a") for _ in range(2)]  # noqa: E731
        assert await rooms.received(again, party.clients) == ["Kim", "Kim", "이리", "이리"]
        assert rooms.follow("nothing", lambda: None).text == "nothing\n    nothing was sent"
        stranger = Client("http://127.0.0.1:1")
        with pytest.raises(LocalError, match="no namespace of this map"):
            await rooms.received(lambda: None, [stranger])

    play(story)


def test_the_widget_follows_and_lets_go():
    pytest.importorskip("ipywidgets")

    async def story(party):
        rooms = room_map.RoomMap(party.io)
        panel = rooms.widgets()
        assert panel is rooms.widgets() and "sport" not in panel.value
        party.socket("Ada").join("sport")
        party.io.in_("news").sockets_join("many")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert "sport" in panel.value and "many" in panel.value
        await party.come("Zoe", ["bans"], "/admin")
        await asyncio.sleep(0.1)
        assert "/admin" in panel.value and "Zoe" in panel.value
        bundle = rooms._repr_mimebundle_()
        assert bundle["text/plain"] == rooms.now().text
        assert "application/vnd.jupyter.widget-view+json" in bundle
        rooms.close()
        before = panel.value
        party.socket("Ada").join("late")
        await asyncio.sleep(0.1)
        assert panel.value == before
        # A map that nobody holds is not held by its server.
        other = weakref.ref(room_map.RoomMap(party.io))
        gc.collect()
        assert other() is None

    play(story)


@pytest.mark.parametrize(
    ("placed", "said"),
    [
        (None, "received by Ada, Kim."),
        (["Kim", "Ada"], "you said Ada, Kim, and so it is."),
        (["Ada"], "you said Ada. It is Ada, Kim: Kim too."),
        (["Ada", "Mia"], "you said Ada, Mia. It is Ada, Kim: Kim too, and not Mia."),
        ([], "you said nobody. It is Ada, Kim: Ada, Kim too."),
    ],
)
def test_who_receives_it(placed, said):
    async def story(party):
        rooms = room_map.RoomMap(party.io)
        line = 'io.to("news").except_("muted")'
        asked = rooms.who(line, lambda: party.io.to("news").except_("muted").emit("hey"))
        assert "Ada, Kim" in repr(asked) and "no answer yet" in repr(asked)
        assert "written to" not in repr(asked)
        if placed is not None:
            asked.place(*placed)
        shown = asked.reveal()
        assert shown.text.splitlines()[0] == f"{line}: {said}"
        assert shown.text.endswith("written to: Ada, Kim")
        with pytest.raises(LocalError, match="known"):
            asked.place("Ada")

    play(story)


def test_a_question_by_mouse_and_without_a_server():
    pytest.importorskip("ipywidgets")
    asked = room_map.who("io", ["Ada", "Kim"])
    asked.widgets()
    asked.ticks["Kim"].value = True
    asked.button.click()
    assert asked.placed == ["Kim"] and "Your answer: Kim." in asked.status.value
    with pytest.raises(LocalError, match="not Zoe"):
        asked.place("Zoe")
    with pytest.raises(LocalError, match="reveal"):
        asked.reveal()
    assert "and so it is" in asked.reveal(["Kim"]).text
    assert asked.button.disabled and asked.ticks["Ada"].disabled
