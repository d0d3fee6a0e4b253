"""The room map: what it shows is what the adapter has, did, and what came to the clients."""

from __future__ import annotations

import asyncio
import gc
import re
import weakref
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from course_lib import lab
from course_lib.errors import LocalError
from course_lib.lab import clock, room_map
from course_lib.lab import loop as lab_loop
from course_lib.lab.figures import grid
from course_lib.socketio import Client, Server
from course_lib.socketio.adapter import Adapter, Target
from course_lib.socketio.connection import Connection
from course_lib.socketio.namespace import Namespace

ROOMS = {"Ada": ["news"], "Kim": ["news", "cats"], "Lee": ["cats"], "Mia": ["news", "muted"]}
MAP = """\
/  4 sockets, 3 rooms
       news  cats  muted
  Ada  ●
  Kim  ●     ●
  Lee        ●
  Mia  ●           ●"""


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    """Maps that are shown register themselves to be closed."""
    yield
    lab_loop.teardown()


class Party:
    """A server, and clients by their names."""

    def __init__(self, io: Server, url: str) -> None:
        self.io, self.url = io, url
        self.clients: dict[str, Client] = {}
        self.rooms = room_map.RoomMap(io)

    @property
    def all(self) -> list[Client]:
        return [*self.clients.values()]

    async def come(self, name: str, where: str = "/") -> Client:
        """A client that says its name; a name that has come shares its connection."""
        if name in self.clients:
            client = self.clients[name].of(where, auth={"name": name})
        else:
            client = Client(self.url + where, auth={"name": name}, transports=["websocket"])
        await client.connect()
        self.clients[name if where == "/" else f"{name} in {where}"] = client
        return client

    def socket(self, name: str) -> Any:
        client = self.clients[name]
        return self.io.of(client.namespace_name).sockets[client.id or ""]


@asynccontextmanager
async def party(**options: Any) -> AsyncIterator[Party]:
    """The four readers of lesson 11."""
    io = Server(**options)

    @io.on("connection")
    def come(socket: Any) -> None:
        socket.join(ROOMS.get(socket.handshake.auth.get("name"), []))

    async with io.listen() as port:
        here = Party(io, port.url)
        for name in ROOMS:
            await here.come(name)
        yield here
        for client in reversed(here.all):
            await client.disconnect()


def simulate(run: Any, **options: Any) -> Any:
    """Let `run(party)` do something with the four, on the virtual clock."""

    async def main() -> Any:
        async with party(**options) as here:
            return await run(here)

    return clock.simulate(main(), rtt=0.05)


CHAINS = {
    "everybody": (lambda p: p.io, ["Ada", "Kim", "Lee", "Mia"]),
    "a room": (lambda p: p.io.to("news"), ["Ada", "Kim", "Mia"]),
    "both, each once": (lambda p: p.io.to("news").to("cats"), ["Ada", "Kim", "Lee", "Mia"]),
    "kept out": (lambda p: p.io.to("news").except_("muted"), ["Ada", "Kim"]),
    "all but a room": (lambda p: p.io.except_("news"), ["Lee"]),
    "without the sender": (lambda p: p.socket("Ada").to("news"), ["Kim", "Mia"]),
    "all but the sender": (lambda p: p.socket("Ada").broadcast, ["Kim", "Lee", "Mia"]),
    "one's own id": (lambda p: p.socket("Ada").to(p.socket("Ada").id), []),
    "one": (lambda p: p.io.to(p.socket("Kim").id), ["Kim"]),
    "itself": (lambda p: p.socket("Kim"), ["Kim"]),
    "no room at all": (lambda p: p.io.to([]), ["Ada", "Kim", "Lee", "Mia"]),
    "an empty room": (lambda p: p.io.to("sport"), []),
}


@pytest.mark.parametrize("case", CHAINS)
def test_the_path_and_the_clients_agree(case: str) -> None:
    """For each kind of chain: what is left, what was written, and what came."""
    chain, expected = CHAINS[case]

    async def run(here: Party) -> None:
        found = chain(here)
        assert await here.rooms.received(lambda: found.emit("hey"), here.clients) == expected
        question = here.rooms.who(case, lambda: found.emit("hey"), here.all)
        question.place(expected)
        shown = await question.reveal()
        assert sorted(question.receivers) == expected
        assert "and so it is" in question.verdict
        assert "does not agree" not in shown.text + shown.html
        unheard = here.rooms.who(case, lambda: found.emit("hey"))
        await unheard.reveal()
        assert sorted(unheard.receivers) == expected

    simulate(run)


def test_the_map_has_the_rooms_of_each_socket() -> None:
    """As text, as data, as a table and in words; own ids only where they are asked for."""

    async def run(here: Party) -> None:
        assert repr(here.rooms) == here.rooms.text == MAP
        plot = here.rooms.plot()
        assert plot.data == [
            {"namespace": "/", "socket": "Ada", "rooms": "news"},
            {"namespace": "/", "socket": "Kim", "rooms": "news, cats"},
            {"namespace": "/", "socket": "Lee", "rooms": "cats"},
            {"namespace": "/", "socket": "Mia", "rooms": "news, muted"},
        ]
        assert "news has Ada, Kim, Mia; cats has Kim, Lee; muted has Mia." in plot.alt
        assert plot.png.startswith(b"\x89PNG")
        assert '<th scope="col"' in here.rooms.html and '<th scope="row"' in here.rooms.html
        assert here.rooms.html.count('aria-label="is in"') == 6
        every = room_map.RoomMap(here.io, own_ids=True)
        assert "Kim's own id" in every.text and here.socket("Kim").id not in every.text
        await here.clients["Mia"].disconnect()
        await asyncio.sleep(1)
        assert "Mia" not in here.rooms.text and "muted" not in here.rooms.text

    simulate(run)


def test_a_client_in_two_namespaces_is_under_both() -> None:
    """Each of its sockets has rooms of its own; a map of one namespace has that one alone."""

    async def run(here: Party) -> None:
        admin = here.io.of("/admin")
        await here.come("Kim", "/admin")
        await here.come("Noa", "/admin")
        here.socket("Noa in /admin").join("news")
        assert here.rooms.text == MAP.replace("muted", "muted  also in").replace(
            "Kim  ●     ●", "Kim  ●     ●            /admin"
        ) + ("\n/admin  2 sockets, 1 room\n       news  also in\n  Kim        /\n  Noa  ●")
        assert here.rooms.people() == ["Ada", "Kim", "Lee", "Mia", "Kim in /admin", "Noa in /admin"]
        said = lambda: admin.emit("hey")  # noqa: E731
        assert await here.rooms.received(said, here.all) == ["Kim in /admin", "Noa in /admin"]
        alone = room_map.RoomMap(admin)
        assert alone.people() == ["Kim", "Noa"]
        assert "Ada" not in alone.text
        question = alone.who("admin.emit", said, [here.clients["Noa in /admin"]])
        question.place(["Kim", "Noa"])
        assert "and so it is" in (await question.reveal()).text

    simulate(run)


def test_a_socket_is_called_as_the_application_calls_it() -> None:
    """names, data, auth, the same client elsewhere, the id; the second of a name has a number."""

    async def run(here: Party) -> None:
        here.io.of("/other")
        here.socket("Ada").data["name"] = "Ada Lovelace"
        plain = Client(here.url)
        other = await here.clients["Lee"].of("/other").connect()
        await plain.connect()
        await Client(here.url, auth={"name": "Kim"}).connect()
        await Client(here.url, auth={"name": "<b>\n" + "x" * 999}).connect()
        id = plain.id or ""
        long = "<b> " + "x" * 36
        names = ["Ada Lovelace", "Kim", "Lee", "Mia", id[:6], "Kim 2", long, "Lee in /other"]
        assert here.rooms.people() == names
        assert "<b> x" not in here.rooms.html and "&lt;b&gt; x" in here.rooms.html
        called = room_map.RoomMap(here.io, names={id: "a page"})
        assert called.people()[4] == "a page"
        called = room_map.RoomMap(here.io, names=lambda socket: socket.id[-4:])
        assert called.people()[4] == id[-4:]
        for client in (other, plain):
            await client.disconnect()

    simulate(run)


def test_nothing_is_sent_or_told_before_the_answer_is_asked_for() -> None:
    """The stored form of a question has the map, and how to answer; then it is sent once."""

    async def run(here: Party) -> None:
        heard: list[str] = []
        here.clients["Lee"].on("said", heard.append)
        cats = lambda: here.io.to("cats").emit("said", "hi")  # noqa: E731
        question = here.rooms.who("io.to('cats')", cats, here.all)
        assert repr(question) == (
            f"Who receives io.to('cats')?\n{MAP}\n"
            "(question.place(['Ada']) says who, and await question.reveal() sends it)"
        )
        assert "Who receives" in question._repr_html_()
        assert "gets it" not in question._repr_html_() and "▶" not in question._repr_html_()
        assert here.rooms.who("io.to('cats')", cats, here.all) is question
        await asyncio.sleep(1)
        assert heard == []
        question.place(["Kim", "Mia"])
        question.place(["Kim", "Ada"])
        first = await question.reveal()
        assert await question.reveal() is first and heard == ["hi"]
        assert first.text == (
            "io.to('cats')\n"
            "You said Ada, Kim. It is Kim, Lee. You left out: Lee. It does not come to: Ada.\n"
            "Measured at the clients: it came to Kim, Lee.\n"
            "1. Named: cats has Kim, Lee.\n"
            "2. Left: Kim, Lee.\n"
            "3. The library wrote to: Kim, Lee.\n"
            "/  event 'said'\n"
            "       in cats  written to  received  your bet\n"
            "  Ada                                 ★\n"
            "  Kim  ●        ▶           ▶         ★\n"
            "  Lee  ●        ▶           ▶\n"
            "  Mia"
        )
        with pytest.raises(LocalError, match="the bet stays Ada, Kim"):
            question.place([])
        assert here.rooms.who("io.to('cats')", cats, here.all) is not question

    simulate(run)


def test_each_step_of_a_path_is_told() -> None:
    """The rooms, whoever is in several, whoever is kept out, and by what."""

    async def run(here: Party) -> None:
        ada = here.socket("Ada")
        chain = ada.to("news").to("cats").except_("muted")
        question = here.rooms.who("a chain", lambda: chain.emit("hey"))
        lines = (await question.reveal()).text.splitlines()
        assert lines[1:8] == [
            "No bet was placed. It comes to: Kim, Lee.",
            "1. Named: news has Ada, Kim, Mia; cats has Kim, Lee.",
            "2. Each once: Ada, Kim, Mia, Lee. In several of them: Kim.",
            "3. Minus the members of muted: Mia.",
            "4. Minus Ada, by the own id: a socket that sends keeps itself out like this.",
            "5. Left: Kim, Lee.",
            "6. The library wrote to: Kim, Lee.",
        ]
        assert lines[9:] == [
            "       in news  in cats  minus muted  minus own id  written to",
            "  Ada  ●                              ✕",
            "  Kim  ●        ●                                   ▶",
            "  Lee           ●                                   ▶",
            "  Mia  ●                 ✕",
        ]

    simulate(run)


class Forgetful(Adapter):
    """Its tables are right, and it does not send to Lee."""

    __slots__ = ()

    def matching(self, target: Target) -> Iterator[Any]:
        for socket in super().matching(target):
            if socket.handshake.auth["name"] != "Lee":
                yield socket


def test_an_adapter_that_sends_to_others_is_seen() -> None:
    """The tables say Lee, and the library did not write to Lee."""

    async def run(here: Party) -> None:
        question = here.rooms.who("cats", lambda: here.io.to("cats").emit("hey"), here.all)
        shown = await question.reveal()
        assert "3. ⚠ This does not agree: the library wrote to Kim." in shown.text
        assert "⚠ This does not agree" in shown.html
        assert question.receivers == ["Kim"]
        cats = lambda: here.io.to("cats").emit("hey")  # noqa: E731
        assert await here.rooms.received(cats, here.all) == ["Kim"]

    simulate(run, adapter=Forgetful)


def test_what_is_written_and_does_not_come_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is with `volatile`, for whoever reads too slowly."""

    async def run(here: Party) -> None:
        lee, real = here.socket("Lee").client, Connection.write_prepared

        def lossy(self: Connection, messages: Any) -> None:
            if self is not lee:
                real(self, messages)

        monkeypatch.setattr(Connection, "write_prepared", lossy)
        question = here.rooms.who("cats", lambda: here.io.to("cats").emit("hey"), here.all)
        shown = await question.reveal()
        assert "Measured at the clients: it came to Kim.\n⚠ This does not agree" in shown.text
        assert question.receivers == ["Kim"]

    simulate(run)


def test_what_comes_later_or_twice_is_counted() -> None:
    """A client asks, and the server's listener sends; two events; answers that never come."""

    async def run(here: Party) -> None:
        ada = here.socket("Ada")
        ada.on("say", lambda text: ada.to("news").emit("said", text))
        say = lambda: here.clients["Ada"].emit("say", "hi")  # noqa: E731
        assert await here.rooms.received(say, here.all) == ["Kim", "Mia"]
        question = here.rooms.who("say", say, here.all)
        assert "does not agree" not in (await question.reveal()).text
        assert question.receivers == ["Kim", "Mia"]

        def twice() -> None:
            here.io.to("cats").emit("a")
            here.io.to("muted").to("cats").emit("b")

        assert await here.rooms.received(twice, here.all) == ["Kim", "Kim", "Lee", "Lee", "Mia"]
        question = here.rooms.who("two", twice, here.all)
        assert "More than once: Kim, Lee." in (await question.reveal()).text

        def ask() -> Any:
            return here.io.to("cats").timeout(1).emit_with_ack("ready?")

        assert await here.rooms.received(ask, here.all) == ["Kim", "Lee"]  # and no answer
        question = here.rooms.who("ask", ask, here.all)
        assert "Left: Kim, Lee." in (await question.reveal()).text

    simulate(run)


def test_an_event_that_waits_for_its_turn_has_come() -> None:
    """A client with `ordered`, whose listener waits; what has waited before is not counted."""

    async def run(here: Party) -> None:
        slow = Client(here.url, auth={"name": "Noa"}, ordered=True, transports=["websocket"])
        async with slow:
            slow.on("hey", lambda: asyncio.sleep(5))
            for expected in ("Noa", "Noa", "Noa"):
                assert await here.rooms.received(lambda: here.io.emit("hey"), [slow]) == [expected]
            assert await here.rooms.received(lambda: None, [slow]) == []

    simulate(run)


def test_measuring_leaves_no_trace() -> None:
    """No listener of the clients or the server hears it, and all are as they were."""

    async def run(here: Party) -> None:
        kim, socket = here.clients["Kim"], here.socket("Kim")
        heard: list[Any] = []
        kim.on_any(lambda *event: heard.append(event))
        socket.on_any(lambda *event: heard.append(event))
        socket.on_any_outgoing(lambda *event: heard.append(("out", *event)))
        adapter = here.io.of("/").adapter
        question = here.rooms.who("hey", lambda: here.io.to("cats").emit("hey", 1), here.all)
        await question.reveal()
        assert heard == [("out", "hey", 1), ("hey", 1)]
        assert here.io.of("/").adapter is adapter
        assert len(kim.listeners_any()) == len(socket.listeners_any_outgoing()) == 1
        assert not kim._acks and not socket._acks

        def fail() -> None:
            raise ZeroDivisionError

        question = here.rooms.who("fail", fail, here.all)
        with pytest.raises(ZeroDivisionError):
            await question.reveal()
        assert here.io.of("/").adapter is adapter
        assert len(kim.listeners_any()) == len(socket.listeners_any_outgoing()) == 1

    simulate(run)


def test_a_client_that_leaves_meanwhile_is_not_waited_for() -> None:
    """It has ended: nothing more can come to it."""

    async def run(here: Party) -> None:
        def send() -> None:
            here.io.emit("hey")
            here.socket("Lee").disconnect()

        assert await here.rooms.received(send, here.all) == ["Ada", "Kim", "Lee", "Mia"]
        with pytest.raises(LocalError, match="not connected to this server"):
            await here.rooms.received(send, here.all)

    simulate(run)


def test_whoever_comes_while_it_is_sent_is_on_the_path() -> None:
    """Its name and its mark are there, and the answer agrees."""

    async def run(here: Party) -> None:
        async def invite() -> None:
            await here.come("Noa")
            here.io.emit("hey")

        question = here.rooms.who("invite", invite)
        shown = await question.reveal()
        assert "The library wrote to: Ada, Kim, Lee, Mia, Noa." in shown.text
        assert "does not agree" not in shown.text
        assert "And 1 more, who had no box." not in shown.text  # there was no bet

    simulate(run)


def test_an_answered_question_lets_go_of_what_it_sends() -> None:
    """A lambda may hold a server, and a notebook keeps its questions."""

    async def run(here: Party) -> None:
        def send() -> None:
            here.io.emit("hey")

        kept = weakref.ref(send)
        question = here.rooms.who("hey", send, here.all)
        await question.reveal()
        del send
        gc.collect()
        assert kept() is None and question.result is not None

    simulate(run)


def test_two_questions_are_not_answered_at_once() -> None:
    """Each would see half of what happens."""

    async def run(here: Party) -> None:
        ask = lambda: here.io.timeout(1).emit_with_ack("ready?")  # noqa: E731
        one, other = here.rooms.who("a", ask, here.all), here.rooms.who("b", ask, here.all)
        results = await asyncio.gather(one.reveal(), other.reveal(), return_exceptions=True)
        assert "another question is being answered" in str(results[1])
        assert (await other.reveal()).text.startswith("b\n")
        assert type(here.io.of("/").adapter) is Adapter

    simulate(run)


def test_hundreds_of_sockets_are_counted() -> None:
    """Twenty are drawn, and have boxes; the rest is one row, also of the path."""

    async def run(here: Party) -> None:
        for number in range(496):
            client = await here.come(f"reader {number}")
            here.io.of("/").adapter.add_all(client.id or "", ["readers", f"topic {number % 40}"])
        text = here.rooms.text.splitlines()
        assert text[0] == "/  500 sockets, 44 rooms"
        assert text[1].split("  ")[-1].strip() == "in 39 more rooms"
        assert len(text) == 23 and text[-1].startswith("  and 480 more")
        plot = here.rooms.plot()
        assert len(plot.data) == 21 and len(plot.alt) < 2000
        assert here.rooms.html.count("<tr") == 22
        question = here.rooms.who("all", lambda: here.io.to("readers").emit("hey"))
        assert len(question.choices) == 20
        question.place([name for name in question.choices if name.startswith("reader")])
        shown = await question.reveal()
        assert "and so it is. And 480 more, who had no box." in shown.text
        assert "Named: readers has reader 0, reader 1," in shown.text
        assert "and 480 more  480" in shown.text
        topics = [f"topic {number}" for number in range(40)]
        question = here.rooms.who(
            "topics", lambda: here.io.to(topics).except_(topics[9:]).emit("hey")
        )
        shown = await question.reveal()
        assert "; 35 more rooms has reader 5, reader 45," in shown.text
        assert "in 35 more rooms  minus topic 9" in shown.text and len(shown.text) < 8000

    simulate(run, max_pending_acks=600)


def test_too_many_namespaces_are_counted() -> None:
    """As with one for each tenant."""

    async def run(here: Party) -> None:
        for number in range(30):
            here.io.of(f"/tenant-{number}")
        await here.come("Kim", "/tenant-29")
        lines = here.rooms.text.splitlines()
        assert lines[-1] == "and 23 namespaces more  1 socket"
        assert here.rooms.people()[-1] == "Kim in /tenant-29"

    simulate(run)


async def test_the_widget_follows_joins_and_leaves() -> None:
    """Until it is closed; also a namespace that comes later, and no listener is left."""
    lab.start()
    async with party() as here:
        here.rooms.widgets()
        drawn = here.rooms.drawn
        assert drawn.value == here.rooms.html and drawn.value.count('aria-label="is in"') == 6
        here.socket("Ada").join("cats")
        await lab.until(lambda: drawn.value.count('aria-label="is in"') == 7)
        admin = here.io.of("/admin")
        await lab.until(lambda: ">/admin<" in drawn.value)
        await here.come("Kim", "/admin")
        await lab.until(lambda: "1 socket, no room" in drawn.value)
        await here.clients["Mia"].disconnect()
        await lab.until(lambda: "Mia" not in drawn.value)
        bundle = here.rooms._repr_mimebundle_()
        assert "application/vnd.jupyter.widget-view+json" in bundle
        assert bundle["text/plain"] == here.rooms.text
        here.rooms.close()
        here.rooms.close()
        seen = drawn.value
        assert admin.adapter.event_names() == here.io.of("/").adapter.event_names() == []
        here.socket("Ada").leave("cats")
        await asyncio.sleep(0)
        assert drawn.value == seen


def test_a_stored_map_is_a_figure_with_its_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rooms are in its alternative text, and in the table below it."""
    monkeypatch.setenv("COURSE_KEEPS_FIGURES", "1")

    async def main() -> dict[str, Any]:
        lab.start()
        async with party() as here:
            return here.rooms._repr_mimebundle_()

    bundle = clock.simulate(main())
    assert bundle["text/plain"] == MAP
    assert re.search(r'<img alt="[^"]*cats has Kim, Lee', bundle["text/html"])
    assert "<details><summary>Data</summary>" in bundle["text/html"]
    assert "<td>news, cats</td>" in bundle["text/html"]


async def test_finish_closes_a_map_that_was_shown() -> None:
    """And then its questions send nothing any more."""
    lab.start()
    async with party() as here:
        question = here.rooms.who("all", lambda: here.io.emit("hey"))
        question.widgets()
        assert here.io.of("/").adapter.has_listeners("join-room")
    await lab.finish()
    assert not here.io.of("/").adapter.has_listeners("join-room")
    with pytest.raises(LocalError, match="the map is closed"):
        await question.reveal()


async def test_a_map_keeps_no_server_alive_and_is_not_kept_alive() -> None:
    """A map that nobody has any more listens no more; a server that is gone is an empty map."""
    lab.start()
    io = Server()
    rooms = room_map.RoomMap(io)
    rooms.widgets()
    other = room_map.RoomMap(io)
    gone = weakref.ref(rooms)
    assert io.of("/").adapter.has_listeners("join-room")
    del rooms
    gc.collect()
    assert gone() is None
    assert not io.of("/").adapter.has_listeners("join-room")
    other.widgets()
    server = weakref.ref(io)
    del io
    gc.collect()
    assert server() is None
    assert other.text == "(no namespace)" and other.people() == []
    assert "(no namespace)" in other.html
    with pytest.raises(LocalError, match="the server of this map is gone"):
        other.who("hey", print)  # and await question.reveal()
        await other.received(print, [])


async def test_the_boxes_and_the_button_do_what_the_calls_do() -> None:
    """The bet is what is ticked; the button sends; after that nothing can be changed."""
    lab.start()
    async with party() as here:
        question = here.rooms.who("cats", lambda: here.io.to("cats").emit("hey"), here.all)
        assert "gets it" not in str(question._repr_mimebundle_())
        assert "gets it" not in question.drawn.value + question.status.value
        assert [*question.boxes] == [*ROOMS]
        question.place(["Mia"])
        assert question.boxes["Mia"].value is True
        question.boxes["Mia"].value, question.boxes["Kim"].value = False, True
        assert question.bet == ["Kim"]
        here.socket("Mia").join("cats")
        await lab.until(lambda: question.drawn.value.count('aria-label="is in"') == 7)
        question.button.click()
        await lab.until(lambda: question.result is not None)
        assert question.result is not None
        assert question.verdict == "You said Kim. It is Kim, Lee, Mia. You left out: Lee, Mia."
        await lab.until(lambda: "Named: cats has" in question.status.value)
        assert re.search(r'<span role="alert"[^>]*>You said Kim', question.status.value)
        assert all(box.disabled for box in question.boxes.values())
        with pytest.raises(LocalError, match="no 'Zoe'; the map has Ada, Kim, Lee, Mia"):
            here.rooms.who("other", print).place(["Zoe"])
        nobody = here.rooms.who("nobody", lambda: here.io.to("sport").emit("hey"))
        nobody.widgets()
        nobody.button.click()
        await lab.until(lambda: nobody.result is not None)
        assert nobody.verdict == "You said nobody, and so it is."


async def test_a_click_after_everybody_has_left_says_so() -> None:
    """As in a notebook whose last cell was run."""
    lab.start()
    async with party() as here:
        question = here.rooms.who("all", lambda: here.io.emit("hey"))
        question.widgets()
    await lab.until(lambda: here.rooms.people() == [])
    question.button.click()
    await lab.until(lambda: "Nobody is connected any more" in question.status.value)
    assert question.result is None


def test_only_a_server_or_a_namespace_has_rooms() -> None:
    """Not a pattern of namespaces, nor a client."""
    io = Server()
    with pytest.raises(LocalError, match="a server or a namespace has rooms"):
        room_map.RoomMap(io.of(re.compile("/tenant-.*")))  # type: ignore[arg-type]
    assert room_map.RoomMap(io).text == "/  nobody"
    assert isinstance(io.of("/"), Namespace)


def test_a_table_has_no_colours_of_its_own() -> None:
    """Both themes are readable; marks have words, and what is outside is no markup."""
    one = grid.Grid("/<i>", ["<b>", "x" * 99], [("<u>", [grid.IN, grid.OUT]), ("n", ["", "3"])])
    shown = grid.html(one)
    assert not re.search(r"<[ibu]>", shown.replace("<b>/&lt;i&gt;</b>", ""))
    assert not re.search(r"color:\s*(#|white|black)", shown.replace("#888", ""))
    assert 'aria-label="is in">●' in shown and 'aria-label="is kept out">✕' in shown
    assert grid.text(one).splitlines()[1].endswith("x" * 23 + "…")
    assert grid.listed([]) == "nobody"
    assert grid.listed([*"abcde"], 3) == "a, b, c and 2 more"
    assert grid.fold(one, 1) is one  # "and 1 more" takes as much room as the row itself
