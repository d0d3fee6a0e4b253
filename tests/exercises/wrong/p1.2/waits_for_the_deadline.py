import asyncio


async def with_deadline(job, seconds, instead):
    task = asyncio.create_task(job())
    try:
        await asyncio.sleep(seconds)
        return task.result() if task.done() else instead
    finally:
        task.cancel()
