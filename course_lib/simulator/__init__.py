"""The simulated machine behind `lab.clock`: its loop, network, clock and randomness.

loop         an asyncio event loop whose clock jumps to the next timer
network      the listeners, the connections, and the bytes that they carry
server       what `create_server` returns
connection   two pipes, their handshake, and how they are cut
pipe         one end: an asyncio transport over two links
send_buffer  its sending half: backlog and back-pressure
link         one direction of a path: delay, bandwidth, cuts
names        every name is this machine
chance       time and randomness, replaced while a simulation runs
run          a simulation from its beginning to its end, in as many steps as it takes
waiting      what each task waits for, when no task can run any more
"""
