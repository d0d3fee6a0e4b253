"""What recorded bytes mean.  Used by: `lab.dissect`, which is the public face."""
