import asyncio


async def with_deadline(job, seconds, instead):
    try:
        return await asyncio.wait_for(job(), seconds)
    except TimeoutError:
        return instead
    except Exception as error:
        raise RuntimeError(f"the job failed: {error}") from error
