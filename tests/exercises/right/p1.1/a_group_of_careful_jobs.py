import asyncio


async def careful(job, results, place):
    try:
        results[place] = await job()
    except Exception as error:
        results[place] = error


async def fetch_all(jobs):
    results = [None] * len(jobs)
    async with asyncio.TaskGroup() as group:
        for place, job in enumerate(jobs):
            group.create_task(careful(job, results, place))
    return results
