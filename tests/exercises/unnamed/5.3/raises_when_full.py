class Sender:
    def __init__(self, transport):
        self.transport = transport
        self.paused = False

    async def send(self, data):
        if self.paused:
            raise BlockingIOError("the transport is full")
        self.transport.write(data)

    def pause_writing(self):
        self.paused = True

    def resume_writing(self):
        self.paused = False
