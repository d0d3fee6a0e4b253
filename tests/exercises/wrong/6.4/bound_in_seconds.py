import asyncio


async def fan_out(connections, message):
    async def one(connection):
        try:
            async with asyncio.timeout(2):
                await connection.send(message)
        except TimeoutError:
            connection.fail(1013, "try again later")

    await asyncio.gather(*(one(connection) for connection in connections), return_exceptions=True)
