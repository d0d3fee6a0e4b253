import asyncio
import json


def whole_messages(body):
    """Those of a body that was cut."""
    text, decoder, found, at = body.decode(errors="ignore"), json.JSONDecoder(), [], 1
    while text[at:].startswith('"'):
        try:
            message, at = decoder.raw_decode(text, at)
        except ValueError:
            break
        found.append(message)
        at += len(text[at:]) - len(text[at:].lstrip(", "))
    return found


async def follow(server):
    texts, cursor = [], 0
    while True:
        try:
            new_cursor, body = await server.ask(cursor)
        except EOFError:
            return texts
        except ConnectionError:
            await asyncio.sleep(4)
            continue
        try:
            texts += json.loads(body)
            cursor = new_cursor
        except ValueError:
            messages = whole_messages(body)
            texts += messages
            cursor += len(messages)
            await asyncio.sleep(4)
