import asyncio


async def with_deadline(job, seconds, instead):
    try:
        return await asyncio.wait_for(job(), seconds)
    except Exception:
        return instead
