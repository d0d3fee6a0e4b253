import asyncio


async def collect(expected, answers, deadline):
    found, waiting = {}, set(expected)
    try:
        async with asyncio.timeout(deadline / 1000):
            while waiting:
                what, client, value = await answers.get()
                if client in waiting:
                    waiting.discard(client)
                    if what == "answer":
                        found[client] = value
    except TimeoutError:
        pass
    return found, [c for c in expected if c not in found]
