import asyncio


async def collect(expected, answers, deadline):
    loop = asyncio.get_running_loop()
    end = loop.time() + deadline
    waiting, found = [*expected], {}
    while waiting:
        try:
            event = await asyncio.wait_for(answers.get(), max(0, end - loop.time()))
        except TimeoutError:
            break
        match event:
            case ("answer", client, value) if client in waiting:
                found[client] = value
                waiting.remove(client)
            case ("left", client, _) if client in waiting:
                waiting.remove(client)
    return found, sorted(set(expected) - found.keys(), key=expected.index)
