import asyncio
import time


async def broadcast(members, message):
    failed = []

    async def one(name):
        for _ in range(3):
            try:
                if name in members:
                    await members[name].send(message)
                return
            except Exception:
                time.sleep(0.1)  # noqa: ASYNC251
        failed.append(name)

    await asyncio.gather(*(one(name) for name in list(members)))
    return failed
