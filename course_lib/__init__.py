"""Socket.IO from scratch: a library in floors, each one the subject of a lesson."""

__version__ = "0.1.0"
