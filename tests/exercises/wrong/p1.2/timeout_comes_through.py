import asyncio


async def with_deadline(job, seconds, instead):
    return await asyncio.wait_for(job(), seconds)
