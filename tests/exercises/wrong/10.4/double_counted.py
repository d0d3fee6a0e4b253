import asyncio


async def collect(expected, answers, deadline):
    found = {}
    try:
        async with asyncio.timeout(deadline):
            left = len(expected)
            while left > 0:
                what, client, value = await answers.get()
                if client not in expected:
                    continue
                left -= 1
                if what == "answer":
                    found.setdefault(client, value)
    except TimeoutError:
        pass
    return found, [client for client in expected if client not in found]
