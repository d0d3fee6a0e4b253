"""The parts that only lesson 00 needs.  Used by: `lab.start_here`, which is the public face."""
