"""WebSocket frames as bytes, so that everything that one commit brought goes to a socket in one write."""


PING_FRAME = b"\x89\x00"
"""An empty ping (RFC 6455 §5.5.2); every browser answers it by itself."""


def text_frame(payload: bytes) -> bytes:
    """One unmasked, final text frame (RFC 6455 §5.2)."""
    size = len(payload)
    if size < 126:  # noqa: PLR2004 - §5.2: 7 bits of length, 126 and 127 announce longer ones
        return b"\x81" + size.to_bytes(1, "big") + payload
    if size < 1 << 16:
        return b"\x81\x7e" + size.to_bytes(2, "big") + payload
    return b"\x81\x7f" + size.to_bytes(8, "big") + payload
