import asyncio
import json


async def follow(server):
    texts, cursor, pause = [], 0, 1
    while True:
        try:
            new_cursor, body = await server.ask(cursor)
            messages = json.loads(body)
        except EOFError:
            return texts
        except (ConnectionError, ValueError):
            await asyncio.sleep(pause)
            pause = min(pause * 2, 8)
            continue
        for message in messages:
            if message not in texts:  # a message may come twice after a failure
                texts.append(message)
        cursor, pause = new_cursor, 1
