"""Socket.IO without I/O.  Imports nothing of the other protocols; lesson 09."""
