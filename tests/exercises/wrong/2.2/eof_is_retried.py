# isolated: it never comes to an end
import json


async def follow(server):
    seen, cursor = [], 0
    while True:
        try:
            new, body = await server.ask(cursor)
            seen += json.loads(body)
            cursor = new
        except Exception:
            continue
