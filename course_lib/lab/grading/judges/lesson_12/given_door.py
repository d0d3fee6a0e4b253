"""Middlewares for exercise 12.2, in the process of an answer.

    GivenDoor([["def", 0, ""], ["async", 1.0, "refuse", "no"]])     two middlewares, for two doors
    connect(id, 0)      what the answer's door says        look()   which have run, who is connected

Exercises.  Builds on: nothing; it is a text, which runs before an answer and each program.
What is new here: middlewares cannot leave that process.  They are made there, as `def`, as
`async def`, and as what only looks like a `def`, and note when they begin.
Left out: what is right; see `ex_2_chain`.
"""

GIVEN = '''
import asyncio


class ConnectRefused(Exception):
    def __init__(self, message, data=None):
        super().__init__(message)
        self.data = data


class GivenSocket:
    def __init__(self, id, auth):
        self.id, self.auth, self.data, self.connected = id, auth, {}, False


class GivenDoor:
    """A Door of the answer, and middlewares that do what the judge has written for them."""

    def __init__(self, scripts):
        self.log, self.sockets = [], []
        self.made = [self.middleware(number, *one) for number, one in enumerate(scripts, 1)]
        self.doors = [Door([*self.made]), Door([*self.made])]

    def middleware(self, number, kind, seconds, act, *said):
        def begin(socket):
            self.log.append(f"{number} begins for {socket.id}")
            self.note(number, socket)

        def end(socket):
            if act == "refuse":
                raise ConnectRefused(*said)
            if act == "fail":
                raise {"KeyError": KeyError, "OSError": OSError}[said[0]](*said[1:])
            return said[0] if act == "return" else None

        async def waits(socket):
            begin(socket)
            if seconds:
                await asyncio.sleep(seconds)
            return end(socket)

        def gives_a_task(socket):
            return asyncio.get_running_loop().create_task(waits(socket))

        class WithACall:
            async def __call__(self, socket):
                return await waits(socket)

        def plain(socket):
            begin(socket)
            return end(socket)

        kinds = {"def": plain, "async": waits, "lambda": lambda socket: waits(socket),
                 "task": gives_a_task, "object": WithACall()}
        return kinds[kind]

    def note(self, number, socket):
        socket.data[number] = True
        if len(socket.data) != number:
            self.log.append(f"{number} misses what an earlier one has noted")
        if socket.connected:
            self.log.append(f"{number} sees {socket.id} connected")

    async def connect(self, id, which):
        self.sockets.append(GivenSocket(id, {}))
        return await self.doors[which].connect(self.sockets[-1])

    def lost(self):
        self.doors[0].lost()

    def look(self):
        log, self.log = self.log, []
        return log, [socket.id for socket in self.sockets if socket.connected]
'''
