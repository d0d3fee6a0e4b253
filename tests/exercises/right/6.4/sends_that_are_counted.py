import asyncio
import contextlib

waiting = {}


async def give(connection, message):
    size = len(message.encode())
    if connection.unsent + waiting.get(connection, 0) + size > 100_000:
        connection.fail(1013, "too slow")
        return
    waiting[connection] = waiting.get(connection, 0) + size
    with contextlib.suppress(Exception):  # it has left
        await connection.send(message)
    waiting[connection] -= size


async def fan_out(connections, message):
    async with asyncio.TaskGroup() as group:
        for connection in list(connections):
            group.create_task(give(connection, message))
