import base64
import hashlib
import hmac

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def proof_for(key):
    return base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()


def verify(status, headers, key, asked):
    try:
        assert status == 101
        assert headers["upgrade"].upper() == "WEBSOCKET"
        assert any(word.strip().upper() == "UPGRADE" for word in headers["connection"].split(","))
        assert hmac.compare_digest(headers["sec-websocket-accept"], proof_for(key))
        if "sec-websocket-protocol" not in headers:
            return None
        return asked[asked.index(headers["sec-websocket-protocol"])]
    except (AssertionError, KeyError) as error:
        raise ValueError("the server did not agree") from error
