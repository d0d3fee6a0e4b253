import asyncio


async def collect(expected, answers, deadline):
    waiting, found, gone = list(expected), {}, []
    try:
        async with asyncio.timeout(deadline):
            while waiting:
                what, client, value = await answers.get()
                waiting.remove(client)
                if what == "answer":
                    found[client] = value
                else:
                    gone.append(client)
    except TimeoutError:
        pass
    return found, [c for c in expected if c not in found]
