"""How traffic is written down.  Used by: `lab.tap` and `lab.recording`, the public faces."""
