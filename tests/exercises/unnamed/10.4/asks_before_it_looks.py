import asyncio


async def collect(expected, answers, deadline):
    waiting, found = set(expected), {}
    try:
        async with asyncio.timeout(deadline):
            while True:
                what, client, value = await answers.get()
                if client in waiting:
                    waiting.remove(client)
                    if what == "answer":
                        found[client] = value
                if not waiting:
                    break
    except TimeoutError:
        pass
    return found, [client for client in expected if client not in found]
