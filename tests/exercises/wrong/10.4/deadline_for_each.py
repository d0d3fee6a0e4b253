import asyncio


async def collect(expected, answers, deadline):
    waiting, found = set(expected), {}
    while waiting:
        try:
            what, client, value = await asyncio.wait_for(answers.get(), timeout=deadline)
        except TimeoutError:
            break
        if client in waiting:
            waiting.discard(client)
            if what == "answer":
                found[client] = value
    return found, [client for client in expected if client not in found]
