"""HTTP/1.1 without I/O.  Stands on nothing of `wire`; lesson 01."""
