class Switch:
    buffer = b""
    done = False

    def receive(self, data):
        if Switch.done:
            return b"", data
        Switch.buffer += data
        head, end, rest = Switch.buffer.partition(b"\r\n\r\n")
        if not end:
            return b"", b""
        Switch.done = True
        return head + end, rest
