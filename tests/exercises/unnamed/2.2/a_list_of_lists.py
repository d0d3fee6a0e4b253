import asyncio
import json


async def follow(server):
    answers, cursor = [], 0
    while True:
        try:
            new_cursor, body = await server.ask(cursor)
            answers.append(json.loads(body))
        except EOFError:
            return answers
        except (ConnectionError, ValueError):
            await asyncio.sleep(5)
        else:
            cursor = new_cursor
