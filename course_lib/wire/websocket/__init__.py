"""WebSocket without I/O.  Stands on `wire.http`, for the handshake; lessons 03 to 05."""
