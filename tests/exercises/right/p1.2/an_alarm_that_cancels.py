import asyncio


async def with_deadline(job, seconds, instead):
    task = asyncio.ensure_future(job())
    rang = []

    def ring():
        rang.append(True)
        task.cancel()

    alarm = asyncio.get_running_loop().call_later(seconds, ring)
    try:
        return await task
    except asyncio.CancelledError:
        if rang:
            return instead
        raise
    finally:
        alarm.cancel()
