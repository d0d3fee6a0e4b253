"""The simulated machine behind `lab.clock`: its loop, its network, its clock and its dice.

loop        an asyncio event loop whose clock jumps to the next thing that is due
net_calls   its other half: `create_server`, `create_connection` and their kin
network     who listens where, who is connected to whom, and what it cost
server      what `create_server` returns
connection  two pipes, how they met, and how they are cut
pipe        one end: an asyncio transport over two links
send_buffer      its sending half: backlog and back-pressure
names       every name is this machine
chance      time and randomness, replaced while a simulation runs
run         a simulation from its beginning to its end, in as many steps as it takes
waiting     who waits for what, when nothing can happen any more
"""
