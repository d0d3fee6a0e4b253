import asyncio


async def broadcast(members, message):
    failed = []
    tasks = []
    for name in list(members):

        async def one():
            try:
                if name in members:  # noqa: B023
                    await members[name].send(message)  # noqa: B023
            except Exception:
                failed.append(name)  # noqa: B023

        tasks.append(asyncio.create_task(one()))
    await asyncio.gather(*tasks)
    return failed
