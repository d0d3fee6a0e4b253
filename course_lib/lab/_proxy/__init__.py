"""One connection through the proxy.  Used by: `lab.proxy`, the public face, and `_tap.tapped`."""
