import asyncio


async def fetch_all(jobs):
    tasks = [asyncio.ensure_future(job()) for job in jobs]
    await asyncio.wait(tasks)
    return [task.exception() or task.result() for task in tasks]
