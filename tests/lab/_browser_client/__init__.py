"""Servers that a test of the browser's client may talk to, and the client's process."""
