"""The parts of a tap and a recording.  Used by: `lab.tap` and `lab.recording`, the public faces."""
