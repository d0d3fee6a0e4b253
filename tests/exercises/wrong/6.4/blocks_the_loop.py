import time


async def fan_out(connections, message):
    for connection in connections:
        if connection.unsent > 100_000:
            time.sleep(0.1)  # noqa: ASYNC251
        connection.send_nowait(message)
