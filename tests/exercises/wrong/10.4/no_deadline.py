async def collect(expected, answers, deadline):
    waiting, found = set(expected), {}
    while waiting:
        what, client, value = await answers.get()
        if client in waiting:
            waiting.remove(client)
            if what == "answer":
                found[client] = value
    return found, [client for client in expected if client not in found]
