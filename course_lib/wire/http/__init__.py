"""HTTP/1.1 without I/O.  Imports nothing else of `wire`; lesson 01."""
