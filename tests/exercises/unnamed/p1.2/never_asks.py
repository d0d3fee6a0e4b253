async def with_deadline(job, seconds, instead):
    return instead
