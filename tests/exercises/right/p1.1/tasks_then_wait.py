import asyncio


async def fetch_all(jobs):
    tasks = [asyncio.create_task(job()) for job in jobs]
    if tasks:
        await asyncio.wait(tasks)
    return [task.exception() or task.result() for task in tasks]
