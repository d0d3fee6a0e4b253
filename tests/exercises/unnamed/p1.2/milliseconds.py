import asyncio


async def with_deadline(job, seconds, instead):
    try:
        return await asyncio.wait_for(job(), seconds * 1000)
    except TimeoutError:
        return instead
