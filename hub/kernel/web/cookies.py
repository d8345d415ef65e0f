"""State kept by a browser, which it cannot alter: it takes no memory here, and only the browser that began may finish. Pure."""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from hmac import compare_digest, digest


def for_this_host(name: str, *, secure: bool) -> str:
    """What a cookie is called: by https so that no other host and no page by http can set it for us (RFC 6265bis 4.1.3.2)."""
    return f"__Host-{name}" if secure else name


class Cookies:
    """Of one purpose, and of one start of the hub."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def sealed(self, content: bytes, until: datetime) -> str:
        """Signed, not encrypted: it is the browser's own."""
        signed = int(until.timestamp()).to_bytes(8, "big") + content
        return urlsafe_b64encode(digest(self._key, signed, "sha256") + signed).decode()

    def opened(self, cookie: str, now: datetime) -> bytes | None:
        """None for what is not ours, was altered, or is over."""
        try:
            brought = urlsafe_b64decode(cookie.encode())
        except ValueError:
            return None
        if urlsafe_b64encode(brought).decode() != cookie:  # one spelling only, or what is good once is good in another
            return None
        good = compare_digest(brought[:32], digest(self._key, brought[32:], "sha256"))
        return brought[40:] if good and int.from_bytes(brought[32:40], "big") >= now.timestamp() else None
