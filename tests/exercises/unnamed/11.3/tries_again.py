import asyncio


async def broadcast(members, message):
    failed = []

    async def one(name):
        for _ in range(2):
            try:
                if name in members:
                    await members[name].send(message)
                return
            except Exception:
                continue
        failed.append(name)

    await asyncio.gather(*(one(n) for n in list(members)))
    return failed
