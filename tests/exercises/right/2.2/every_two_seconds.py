import asyncio
import json


async def follow(server):
    seen, cursor, over = [], 0, False
    while not over:
        try:
            new, body = await server.ask(cursor)
            seen, cursor = seen + json.loads(body), new
        except (ConnectionError, ValueError):
            await asyncio.sleep(2)
        except EOFError:
            over = True
    return seen
