import asyncio
import json


async def follow(server):
    while True:
        seen, cursor = [], 0
        try:
            while True:
                new, body = await server.ask(cursor)
                seen += json.loads(body)
                cursor = new
        except EOFError:
            return seen
        except (ConnectionError, ValueError):
            await asyncio.sleep(5)
