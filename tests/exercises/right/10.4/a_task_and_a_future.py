import asyncio


async def collect(expected, answers, deadline):
    """The clock is a callback; whatever ends first ends the reader."""
    left, found = dict.fromkeys(expected), {}

    async def read():
        while left:
            what, client, value = await answers.get()
            if client in left:
                del left[client]
                if what == "answer":
                    found[client] = value

    reader = asyncio.ensure_future(read())
    timer = asyncio.get_running_loop().call_later(deadline, reader.cancel)
    await asyncio.wait({reader})
    timer.cancel()
    return found, list(filter(lambda client: client not in found, expected))
