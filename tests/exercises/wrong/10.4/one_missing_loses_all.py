import asyncio


async def collect(expected, answers, deadline):
    waiting, found = set(expected), {}
    async with asyncio.timeout(deadline):
        while waiting:
            what, client, value = await answers.get()
            if client not in waiting:
                continue
            waiting.discard(client)
            if what == "answer":
                found[client] = value
    return found, [client for client in expected if client not in found]
