"""Where ours differs from Node's on purpose.

The tests take `kinder(name)` or `stricter(name)` of a server or a client: true for ours, if the
name is here.  Without its row, ours has to do as Node does.
"""

from __future__ import annotations

# Node closes the whole connection, or drops what was sent, although the client broke no rule.
OURS_IS_KINDER = {
    "left and joined again in one read": "a client may leave a namespace and join it again",
    "joined and left in one read": "a client may change its mind before it is answered",
    "an event right before DISCONNECT": "what was sent before leaving is handled",
    "an event right before the close by polling": "what was sent before leaving is handled",
    "a connection that is closed before the handshake": "a client can try again at once",
    "active without reconnection": "it means that an attempt is due",
}
# The same, but ours does as Node does.  Move a row up when it does not any more.
OURS_COULD_BE_KINDER = {
    "an event that crosses the server's DISCONNECT": "its client could not know yet",
    "an answer that crosses the server's DISCONNECT": "its client could not know yet",
    "two DISCONNECTs that cross": "both ends may leave at the same time",
}
# Node lets pass what the protocol does not allow, or what does harm.
OURS_IS_STRICTER = {
    "attachments for a namespace that is not joined": "nothing is stored for a stranger",
    "a second CONNECT while the first waits": "one connection has one socket in a namespace",
    "a blank before the JSON": "an ack id is ASCII digits",
    "an event after DISCONNECT": "a socket that has left says nothing more",
    "a reserved name in msgpack": "a client must not call the server's own handlers",
    "an invalid packet by polling": "the socket ends at once, and not with the next poll",
    "an event without a name": "a handler cannot be found for it",
}
