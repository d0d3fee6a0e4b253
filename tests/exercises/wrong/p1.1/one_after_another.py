async def fetch_all(jobs):
    results = []
    for job in jobs:
        try:
            results.append(await job())
        except Exception as error:
            results.append(error)
    return results
