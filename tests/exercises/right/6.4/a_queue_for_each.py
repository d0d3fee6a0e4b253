import asyncio
import weakref

writers = weakref.WeakKeyDictionary()


async def write(connection, queue):
    while True:
        await connection.send(await queue.get())


async def fan_out(connections, message):
    for connection in connections:
        if connection not in writers:
            queue = asyncio.Queue(30)
            writers[connection] = queue, asyncio.create_task(write(connection, queue))
        queue, task = writers[connection]
        try:
            queue.put_nowait(message)
        except asyncio.QueueFull:
            connection.fail(1013, "too slow")
            task.cancel()
