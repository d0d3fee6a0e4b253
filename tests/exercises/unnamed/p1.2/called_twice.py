import asyncio


async def with_deadline(job, seconds, instead):
    try:
        await asyncio.wait_for(job(), seconds)
    except TimeoutError:
        return instead
    return await job()
