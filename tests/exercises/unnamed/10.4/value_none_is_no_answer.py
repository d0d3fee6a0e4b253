import asyncio


async def collect(expected, answers, deadline):
    found = dict.fromkeys(expected)
    waiting = set(expected)
    try:
        async with asyncio.timeout(deadline):
            while waiting:
                _what, client, value = await answers.get()
                if client in waiting:
                    waiting.discard(client)
                    found[client] = value
    except TimeoutError:
        pass
    return {c: v for c, v in found.items() if v is not None}, [
        c for c in expected if found[c] is None
    ]
