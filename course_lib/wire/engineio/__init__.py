"""Engine.IO without I/O.  Imports nothing of the other protocols; lessons 07 and 08."""
