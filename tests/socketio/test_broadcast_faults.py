"""Broadcasts in unlucky moments: a transport fails, sockets leave, listeners of rooms raise."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from course_lib.errors import ConnectionClosed
from course_lib.lab.clock import simulate
from course_lib.socketio import Server, Socket
from course_lib.socketio.broadcast import AckTimeout, BroadcastOperator, Responses

from .test_rooms import Party


def now() -> float:
    return asyncio.get_running_loop().time()


def fail(*_: Any, **__: Any) -> None:
    raise OSError("the cable is cut")


EMITS: dict[str, Callable[[BroadcastOperator], None]] = {
    "plain": lambda to: to.emit("said", 1),
    "volatile": lambda to: to.volatile.emit("said", 1),
    "not compressed": lambda to: to.compress(False).emit("said", 1),
    "with an attachment": lambda to: to.emit("said", b"1"),
}


@pytest.mark.parametrize("emit", EMITS)
@pytest.mark.parametrize("overflow", ["close", "drop_oldest"])
def test_a_transport_that_fails_in_the_middle_of_a_broadcast(
    adapter: Any, emit: str, overflow: str
) -> None:
    """X17: every other member gets the event, that session ends, the caller sees nothing."""

    async def main() -> None:
        party = Party(adapter=adapter, overflow=overflow)
        ends: list[Any] = []
        async with party.io.listen() as address:
            clients = await party.come(address.url)
            await asyncio.sleep(1)
            broken = party.sockets[1]
            broken.on("disconnect", lambda reason, why: ends.append((reason, str(why))))
            link = broken.conn.transport.link  # type: ignore[attr-defined]
            link.send_nowait = fail
            broken.conn.transport.send_frame = fail  # type: ignore[union-attr]
            EMITS[emit](party.io.to([socket.id for socket in party.sockets]))
            heard = await party.heard_now()
            value = b"1" if "attachment" in emit else 1
            assert heard == [[value], [], [value], [value]]
            assert ends == [("transport error", "the cable is cut")]
            assert len(party.io.engine.sessions) == 3 and not broken.connected
            broken.emit("said", 2)  # to one: the same
            party.io.emit("said", 3)
            assert await party.heard_now() == [[3], [], [3], [3]]
            for client in clients:
                await client.disconnect()

    simulate(main)


def test_an_event_to_one_whose_transport_fails_is_no_error_for_the_caller() -> None:
    """X17: alone, and with a request, which fails."""

    async def main() -> None:
        party = Party()
        async with party.io.listen() as address:
            clients = await party.come(address.url)
            b, c = party.sockets[1:3]
            for socket in (b, c):
                socket.conn.transport.link.send_nowait = fail  # type: ignore[attr-defined]
            b.emit("said", 1)
            assert not b.connected
            with pytest.raises(ConnectionClosed):
                await c.emit_with_ack("said", 1)
            for client in clients:
                await client.disconnect()

    simulate(main)


def test_a_member_that_leaves_while_others_are_sent_to_gets_nothing_more(adapter: Any) -> None:
    """A catch-all of the first member sends the third away; the rest goes on."""

    async def main() -> None:
        party = Party(adapter=adapter)
        async with party.io.listen() as address:
            clients = await party.come(address.url)
            await asyncio.sleep(1)
            a, _, c, _ = party.sockets
            written: list[Any] = []
            link = c.conn.transport.link  # type: ignore[attr-defined]
            send = link.send_nowait
            link.send_nowait = lambda data, **more: written.append(data) or send(data, **more)
            c.conn.transport.send_frame = written.append  # type: ignore[union-attr]
            a.on_any_outgoing(lambda *_: c.disconnect())
            party.io.emit("said", 1)
            assert await party.heard_now() == [[1], [1], [], [1]]
            assert written == ["41"]  # an event after it would be for a namespace that it has left
            for client in clients:
                await client.disconnect()

    simulate(main)


def test_leaving_twice_and_while_others_leave(adapter: Any) -> None:
    """X18: no exception, one `disconnect` each."""

    async def main() -> None:
        errors: list[Any] = []
        party = Party(adapter=adapter, on_error=lambda error, _: errors.append(error))
        io, ends = party.io, []

        @io.on("connection")
        def connected(socket: Socket) -> None:
            at = len(party.sockets) - 1

            @socket.on("disconnect")
            def disconnect(reason: str, _: object) -> None:
                ends.append(at)
                socket.disconnect()
                socket.disconnect(close=True)
                io.disconnect_sockets()  # each that leaves sends all away
                io.in_(socket.id).disconnect_sockets(True)

        async with io.listen() as address:
            clients = await party.come(address.url)
            leaving = asyncio.create_task(clients[0].disconnect())
            party.sockets[1].disconnect()
            party.sockets[1].disconnect()
            io.in_("an id that is gone").disconnect_sockets()
            await io.disconnect_sockets(True)
            closing = asyncio.create_task(io.close())
            io.disconnect_sockets()
            await leaving
            await closing
            await io.disconnect_sockets()
            for client in clients:
                await client.disconnect()
        assert sorted(ends) == [0, 1, 2, 3] and errors == []
        assert not io.sockets.sockets and not io.sockets.adapter.sids

    simulate(main)


def test_whom_a_request_to_many_waits_for(adapter: Any) -> None:
    """X19: no recipient, one that leaves first, one that joins later."""

    async def main() -> None:
        party = Party(adapter=adapter)
        io = party.io
        asked: list[str] = []
        async with io.listen() as address:
            clients = await party.come(address.url)
            for name, client in zip("abcd", clients, strict=True):
                client.on("ask", lambda name=name: asked.append(name) or name)
            a, b, c, d = party.sockets
            before = now()
            assert await io.to("nobody").timeout(60).emit_with_ack("ask") == []
            assert await io.except_([a.id, b.id, c.id, d.id]).timeout(9).emit_with_ack("ask") == []
            called: list[Any] = []
            told = lambda *args: called.append(args)  # noqa: E731
            io.to("nobody").timeout(60).emit("ask", callback=told)
            await asyncio.sleep(0.1)
            assert called == [(None, [])] and now() - before < 0.5
            # One leaves first: it is missing at once.
            for socket in (a, b, c):
                socket.join("x")
            clients[1].off("ask")
            before = now()
            asking = asyncio.create_task(io.to("x").timeout(60).emit_with_ack("ask"))
            await asyncio.sleep(0.1)
            d.join("x")  # later: it is not asked
            await asyncio.sleep(1)
            assert not asking.done()
            await clients[1].disconnect()
            with pytest.raises(AckTimeout) as late:
                await asking
            assert now() - before < 2
            assert sorted(late.value.responses) == ["a", "c"]
            assert late.value.responses.missing == [b.id]
            assert sorted(asked) == ["a", "c"]
            for client in clients:
                await client.disconnect()

    simulate(main)


@pytest.mark.parametrize("event", ["create-room", "join-room", "leave-room", "delete-room"])
@pytest.mark.parametrize("drops", [False, True])
def test_a_listener_of_rooms_that_raises_or_drops_the_socket(
    adapter: Any, event: str, drops: bool
) -> None:
    """X12: the other listeners run, and nothing is left of the socket."""

    async def main() -> None:
        errors: list[str] = []
        party = Party(adapter=adapter, on_error=lambda error, _: errors.append(str(error)))
        io, told = party.io, []
        asked = io.sockets.adapter

        @asked.on(event)
        def trouble(room: str, id: str = "") -> None:
            if room == "x":
                if drops:
                    party.sockets[1].disconnect()
                raise ValueError(event)

        asked.on(event, lambda room, *_: told.append(room))
        async with io.listen() as address:
            clients = await party.come(address.url)
            b = party.sockets[1]
            b.join(["x", "y"])
            io.to("y").emit("said", 1)
            b.leave("x")
            assert errors == [event] and "x" in told
            heard = await party.heard_now()
            if not drops:
                assert heard[1] == [1]
            elif event in ("create-room", "join-room"):
                assert heard[1] == []
            await clients[1].disconnect()
            await asyncio.sleep(1)
            assert b.id not in io.sockets.adapter.sids and b.rooms == []
            assert not {"x", "y"} & io.sockets.adapter.rooms.keys()
            assert all(members for members in io.sockets.adapter.rooms.values())
            for client in clients:
                await client.disconnect()
        assert io.sockets.adapter.rooms == io.sockets.adapter.sids == {}

    simulate(main)


def test_answers_are_never_counted_twice(adapter: Any) -> None:
    """S17, for many: an answer that comes again, and one of whoever was not asked."""

    async def main() -> None:
        party = Party(adapter=adapter)
        async with party.io.listen() as address:
            clients = await party.come(address.url)
            clients[0].on("ask", lambda: 1)
            numbers: list[int] = []

            def twice() -> None:
                engine = clients[1].manager.engine
                assert engine is not None
                numbers.append(party.io.sockets.ids.next - 1)
                engine.send(f"3{numbers[0]}[2]")
                engine.send(f"3{numbers[0]}[2]")

            clients[1].on("ask", twice)
            clients[2].on("ask", twice)
            with pytest.raises(AckTimeout) as late:
                await party.io.except_(party.sockets[2].id).timeout(3).emit_with_ack("ask")
            responses: Responses = late.value.responses
            assert sorted(responses) == [1, 2]
            assert responses.missing == [party.sockets[3].id]
            for client in clients:
                await client.disconnect()

    simulate(main)


def test_a_server_that_nobody_has_joined_takes_everything() -> None:
    """Rooms and broadcasts need no sockets, and no loop."""
    io = Server()
    io.emit("said", 1)
    io.to("x").except_("y").emit("said", 1)
    io.sockets_join("x")
    io.sockets_leave(["x", "y"])
    io.disconnect_sockets(True)
    assert io.sockets.adapter.rooms == {}
