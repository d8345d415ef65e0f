"""Assigns an e-mail to a conversation by our own addresses and Message-IDs, which cannot be forged.

`sign` puts the thread of hub.conversations.address.Address into the local part of a reply address. The signature survives servers that
change the case of the address.
"""

import base64
import hmac
import re

TAG_BYTES = 10
"""80 bits: guessing at 1000 a second takes thousands of millions of years."""
THREAD_BYTES, CHILD_BYTES = 22, 5
"""Of a Thread-Index: its first letter, and each answer."""
_TOKEN = re.compile(r"[a-z2-7]+")


def sign(key: bytes, local: str, domain: str, thread: str) -> str:
    """The address to answer to: local+token@domain. A thread of up to 20 bytes keeps it within RFC 5321 4.5.3.1.1 (64 octets)."""
    content = thread.encode("utf8")
    return f"{local}+{_base32(_tag(key, content) + content)}@{domain}"


def thread_of(key: bytes, address: str) -> str | None:
    """The thread of a signed address (may be ""); None for one that we did not sign."""
    found = _TOKEN.fullmatch(address.rpartition("@")[0].rpartition("+")[2].lower())
    packed = _unbase32(found[0]) if found else b""
    tag, content = packed[:TAG_BYTES], packed[TAG_BYTES:]
    if len(tag) < TAG_BYTES or not hmac.compare_digest(tag, _tag(key, content)):
        return None
    return content.decode("utf8")


def message_id(record: int, domain: str) -> str:
    """The Message-ID of a record, without brackets; the same record always gets the same (RFC 5322 3.6.4)."""
    return f"{record}.okno@{domain}"


def record_of(message: str, domain: str) -> int | None:
    """The record with this Message-ID; None for a foreign one."""
    found = re.fullmatch(r"<?([0-9]{1,20})\.okno@([^<>@]+)>?", message.strip(), re.IGNORECASE | re.ASCII)
    return int(found[1]) if found and found[2].lower() == domain.lower() else None


def outlook_thread(index: str) -> tuple[str, bool]:
    """The thread that Outlook's Thread-Index names, "" for none, and whether the letter is an answer in it (MS-OXOMSG 2.2.1.3)."""
    try:
        header = base64.b64decode("".join(index.split()), validate=True)
    except ValueError:
        return "", False
    whole = len(header) >= THREAD_BYTES and (len(header) - THREAD_BYTES) % CHILD_BYTES == 0
    return (header[:THREAD_BYTES].hex(), len(header) > THREAD_BYTES) if whole else ("", False)


def trial_id(key: bytes, nonce: str, domain: str) -> str:
    """The Message-ID of a letter to ourselves (loopback_mail.py), without brackets; `nonce` in hexadecimal."""
    return f"{nonce}.{_trial_tag(key, nonce)}.okno-trial@{domain}"


def is_trial(key: bytes, message: str, domain: str) -> bool:
    """Whether a Message-ID is one of those, and signed by us."""
    found = re.fullmatch(r"<?([0-9a-f]{16})\.([a-z2-7]{16})\.okno-trial@([^<>@]+)>?", message.strip(), re.IGNORECASE | re.ASCII)
    return bool(found and found[3].lower() == domain.lower() and hmac.compare_digest(found[2].lower(), _trial_tag(key, found[1].lower())))


def _trial_tag(key: bytes, nonce: str) -> str:
    return _base32(hmac.digest(key, b"okno trial\0" + nonce.encode("ascii"), "sha256")[:TAG_BYTES])


def _tag(key: bytes, content: bytes) -> bytes:
    return hmac.digest(key, b"okno reply\0" + content, "sha256")[:TAG_BYTES]


def _base32(content: bytes) -> str:
    return base64.b32encode(content).decode("ascii").rstrip("=").lower()


def _unbase32(token: str) -> bytes:
    try:
        return base64.b32decode(token.upper() + "=" * (-len(token) % 8))
    except ValueError:
        return b""
