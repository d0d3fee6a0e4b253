"""socketio.client: a client that leaves while a listener of it still runs."""

from __future__ import annotations

import asyncio

from course_lib.lab import clock
from course_lib.socketio import Client, Server, Socket


def test_a_client_may_leave_while_its_listener_waits() -> None:
    """The listener is cancelled, nothing fails, and the client may come back."""

    async def story() -> list[str]:
        io, ended = Server(), list[str]()

        @io.on("connection")
        def connected(socket: Socket) -> None:
            socket.emit("work", 5)

        async with io.listen() as address:
            client = Client(address.url)

            @client.on("work")
            async def work(seconds: float) -> None:
                try:
                    await asyncio.sleep(seconds)
                except asyncio.CancelledError:
                    ended.append("cancelled")
                    raise
                ended.append("worked")

            await client.connect()
            await asyncio.sleep(1)
            await client.disconnect()
            await client.connect()
            await asyncio.sleep(10)
            await client.disconnect()
        return ended

    assert clock.simulate(story) == ["cancelled", "worked"]
