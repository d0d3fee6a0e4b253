"""The parts of the inspector.  Used by: `lab.inspector`, which is the public face."""
