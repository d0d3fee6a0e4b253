import asyncio


async def collect(expected, answers, deadline):
    found = {}
    try:
        async with asyncio.timeout(deadline):
            while len(found) < len(expected):
                what, client, value = await answers.get()
                if what == "answer" and client in expected and client not in found:
                    found[client] = value
    except TimeoutError:
        pass
    return found, [client for client in expected if client not in found]
