import asyncio


async def collect(expected, answers, deadline):
    waiting, found, missing = set(expected), {}, []
    async with asyncio.timeout(deadline):
        while waiting:
            what, client, value = await answers.get()
            if client not in waiting:
                continue
            waiting.discard(client)
            if what == "answer":
                found[client] = value
    for client in expected:
        if client not in found:
            missing.append(client)
    return found, missing
