"""Letters put together byte by byte."""

from base64 import encodebytes

HEAD = b"From: =?utf-8?B?0JjQstCw0L0=?= <ivan@Mail.RU>\r\nTo: ask@okno.example\r\nMessage-ID: <m1@mail.ru>\r\nSubject: =?utf-8?B?0JLQvtC00LA=?=\r\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


def part(content: bytes, kind: str = "text/plain; charset=utf-8", more: str = "") -> bytes:
    return f"Content-Type: {kind}\r\n{more}\r\n".encode() + content


def coded(content: bytes, kind: str, more: str = "") -> bytes:
    """A part in base64."""
    return part(encodebytes(content).replace(b"\n", b"\r\n"), kind, f"Content-Transfer-Encoding: base64\r\n{more}")


def multipart(kind: str, *parts: bytes, boundary: str = "b", more: str = "") -> bytes:
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"{more}\r\n\r\n'.encode()
    return head + b"".join(f"--{boundary}\r\n".encode() + inner + b"\r\n" for inner in parts) + f"--{boundary}--\r\n".encode()


def with_header(line: bytes, body: bytes = b"\r\nhi") -> bytes:
    return b"From: a@b.ru\r\n" + line + b"\r\n" + body
