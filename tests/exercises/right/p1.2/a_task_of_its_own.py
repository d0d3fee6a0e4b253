import asyncio


async def with_deadline(job, seconds, instead):
    task = asyncio.create_task(job())
    try:
        done, _ = await asyncio.wait([task], timeout=seconds)
        return task.result() if done else instead
    finally:
        task.cancel()
