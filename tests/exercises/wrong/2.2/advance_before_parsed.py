import asyncio
import json


async def follow(server):
    seen, cursor, wait = [], 0, 0.5
    while True:
        try:
            cursor, body = await server.ask(cursor)
            seen += json.loads(body)
            wait = 0.5
        except EOFError:
            return seen
        except (ConnectionError, ValueError):
            await asyncio.sleep(wait)
            wait = min(2 * wait, 8)
