import asyncio


async def collect(expected, answers, deadline):
    found = {}
    try:
        async with asyncio.timeout(deadline):
            for client in expected:
                what, who, value = await answers.get()
                while who != client:
                    what, who, value = await answers.get()
                if what == "answer":
                    found[client] = value
    except TimeoutError:
        pass
    return found, [c for c in expected if c not in found]
