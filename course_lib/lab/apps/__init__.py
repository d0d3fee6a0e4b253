"""One application, a chat, hosted on every transport of the course.

    short_polling   lesson 01   the client asks again and again
    long_polling    lesson 02   the client asks, the server answers when there is something to say
    websocket       lesson 06   the server speaks when there is something to say

Each module has a `Server` and a `Client` with the same few verbs, so that one page, one test and
one measurement serve them all:

    async with short_polling.Server() as server:
        async with short_polling.Client(server.url) as client:
            await client.say("hello")
            async for text in client.messages():
                ...

`client.poll()` gives what is new, `client.cursor` says how far it has read, and `client.polls` how
many questions that took.
"""
