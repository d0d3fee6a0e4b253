"""WebSocket without I/O.  Imports `wire.http` for the handshake; lessons 03 to 05."""
