import asyncio
import contextlib


async def collect(expected, answers, deadline):
    found = {}
    gone = set()

    async def listen():
        while not all(client in found or client in gone for client in expected):
            what, client, value = await answers.get()
            if client not in expected:
                continue
            if what == "left":
                gone.add(client)
            elif client not in found:
                found[client] = value

    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(listen(), deadline)
    return found, [client for client in expected if client not in found and client not in gone]
