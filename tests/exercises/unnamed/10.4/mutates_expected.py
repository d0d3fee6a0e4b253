import asyncio


async def collect(expected, answers, deadline):
    found, missing = {}, []
    try:
        async with asyncio.timeout(deadline):
            while expected:
                what, client, value = await answers.get()
                if client in expected:
                    expected.remove(client)
                    if what == "answer":
                        found[client] = value
                    else:
                        missing.append(client)
    except TimeoutError:
        pass
    return found, missing + expected
