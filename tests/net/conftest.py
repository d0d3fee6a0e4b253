"""What several tests of the network share."""

from __future__ import annotations

import ssl

import pytest
import trustme


@pytest.fixture
def tls() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """For a server on 127.0.0.1, and for its client."""
    authority = trustme.CA()
    at_server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(at_server)
    at_client = ssl.create_default_context()
    authority.configure_trust(at_client)
    return at_server, at_client
