"""The sources of the browser's client.  Used by: `lab.browser_client`, which is the public face."""
