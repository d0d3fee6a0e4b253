"""One connection through the proxy.  Used by: `lab.proxy`, which is the public face."""
