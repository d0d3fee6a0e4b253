"""One application, a chat, hosted on every transport of the course.

    short_polling   lesson 01   the client sends a request again and again
    long_polling    lesson 02   the server holds a request until it has a message
    websocket       lesson 06   the server sends a message as soon as it has one

Each module has a `Server` and a `Client` with the same few verbs, so that one page, one test and
one measurement serve them all:

    async with short_polling.Server() as server:
        async with short_polling.Client(server.url) as client:
            await client.say("hello")
            async for text in client.messages():
                ...

`client.poll()` gives what is new, `client.cursor` says how far it has read, and `client.polls` how
many requests that took.
"""
