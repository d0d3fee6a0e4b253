import asyncio


async def fetch_all(jobs):
    tasks = [asyncio.ensure_future(job()) for job in jobs]
    results = []
    for task in tasks:
        try:
            results.append(await task)
        except Exception as error:
            results.append(error)
    return results
