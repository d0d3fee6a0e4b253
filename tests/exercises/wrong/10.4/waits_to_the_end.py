import asyncio


async def collect(expected, answers, deadline):
    await asyncio.sleep(deadline)
    found = {}
    while not answers.empty():
        what, client, value = answers.get_nowait()
        if what == "answer" and client in expected and client not in found:
            found[client] = value
    return found, [client for client in expected if client not in found]
