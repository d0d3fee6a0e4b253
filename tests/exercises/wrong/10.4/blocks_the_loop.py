import time


async def collect(expected, answers, deadline):
    end = time.monotonic() + deadline
    waiting, found = set(expected), {}
    while waiting and time.monotonic() < end:
        if answers.empty():
            time.sleep(0.1)  # noqa: ASYNC251
            continue
        what, client, value = answers.get_nowait()
        if client in waiting:
            waiting.remove(client)
            if what == "answer":
                found[client] = value
    return found, [client for client in expected if client not in found]
