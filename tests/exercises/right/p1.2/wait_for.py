from asyncio import wait_for


async def with_deadline(job, seconds, instead):
    try:
        result = await wait_for(job(), seconds)
    except TimeoutError:
        result = instead
    return result
