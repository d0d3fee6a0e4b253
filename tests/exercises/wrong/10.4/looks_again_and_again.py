import asyncio


async def collect(expected, answers, deadline):
    end = asyncio.get_running_loop().time() + deadline
    waiting, found = set(expected), {}
    while waiting and asyncio.get_running_loop().time() < end:
        if answers.empty():
            await asyncio.sleep(1)
            continue
        what, client, value = answers.get_nowait()
        if client in waiting:
            waiting.remove(client)
            if what == "answer":
                found[client] = value
    return found, [client for client in expected if client not in found]
