import asyncio


async def fetch_all(jobs):
    tasks = [asyncio.create_task(job()) for job in jobs]
    while any(not task.done() for task in tasks):  # noqa: ASYNC110
        await asyncio.sleep(0.5)
    return [task.exception() or task.result() for task in tasks]
