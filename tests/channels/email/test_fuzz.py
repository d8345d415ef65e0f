"""Whatever bytes come, a letter is read, and soon (SE-01)."""

from pathlib import Path
from time import process_time

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from channels.email.mime import read

HERE = Path(__file__).parent
REAL = [path.read_bytes() for path in sorted([*HERE.glob("letters/*.eml"), *HERE.glob("acceptance/*.eml")])]
SIGNS = st.sampled_from([
    b"=?utf-8?B?", b"?=", b"\r\n\r\n", b"\r\n ", b"--b\r\n", b"--b--", b"Content-Type: multipart/mixed; boundary=b\r\n", b"Content-Type: text/html\r\n\r\n",
    b"Content-Transfer-Encoding: base64\r\n", b"<div>", b"<blockquote>", b"<!--", b"&#x110000;", b"&#0;", b"\0", b"\xff\xfe", b"charset=utf-16", b"charset=utf-7",
    b"charset=idna", b'charset="\0"', b"filename*0*=x'y'%ff", b"Content-Type: message/rfc822\r\n\r\n", b"format=flowed", b"+2D/-", b"\xd0", b">", b"-- \n",
    b"Content-Type: message/delivery-status\r\n\r\n", b"From: mailer-daemon@x\r\n", b"Subject: undeliverable\r\n", b"\x85", b"\xe2\x80\xa8", b"\x1b$B", b'href="',
])
H = b"From: a@b.ru\r\nSubject: x\r\n"
BOMBS = {
    "thousands of parts": H + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 100_000,
    "deep nesting": H + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (i, i) for i in range(3000)) + b"\r\nhi",
    "one boundary for all": H + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" * 20_000,
    "a header of 10 MB": H + b"X: " + b"a" * 10_000_000 + b"\r\n\r\nhi",
    "a folded header": b"Subject: a\r\n" + b" b\r\n" * 1_000_000 + b"\r\nhi",
    "encoded words": b"Subject: " + b"=?utf-8?q?" * 200_000 + b"\r\n\r\nhi",
    "addresses": b"To: " + b"a@b.c, " * 300_000 + b"\r\n\r\nhi",
    "an endless name": b"To: " + b"a, " * 300_000 + b"\r\n\r\nhi",
    "open brackets": b"To: " + b'<("\\' * 10_000 + b"\r\n\r\nhi",
    "deep html": H + b"Content-Type: text/html\r\n\r\n" + b"<div>" * 29_000,
    "deep quotes": H + b"Content-Type: text/html\r\n\r\n" + b"<blockquote type=cite>" * 900 + b"x<br>" * 20_000,
    "ampersands": H + b"Content-Type: text/html\r\n\r\n" + b"&" * 900_000,
    "tags left open": H + b"Content-Type: text/html\r\n\r\n" + b"<b><i><p>" * 9_000,
    "delimiters of signatures": H + b"\r\n" + b"-- \n" * 50_000,
    "attributions": H + b"\r\n" + b"a@b 25.11.2026:\n" * 6_000,
    "quotes and answers": H + b"\r\n" + b"> a\nb\n" * 16_000,
    "a line that goes on": H + b"Content-Type: text/plain; format=flowed\r\n\r\n" + b"a \n" * 500_000,
    "pieces of base64": H + b"Content-Transfer-Encoding: base64\r\n\r\n" + b"A=\r\n" * 500_000,
    "a report on thousands": H + b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n" + b"Action: x\r\n\r\n" * 100_000,
}


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A real letter in which a few bytes were changed, taken out or put in."""
    content = bytearray(draw(st.sampled_from(REAL)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(content)))
        content[at:at + draw(st.integers(0, 8))] = draw(st.one_of(st.binary(max_size=6), SIGNS))
    return bytes(content)


def reads(raw: bytes, bounce: bool) -> None:
    """It can be read, stored and shown."""
    started = process_time()
    letter = read(raw, bounce=bounce)
    assert process_time() - started < 1
    assert msgspec.json.decode(msgspec.json.encode(letter), type=type(letter)) == letter
    for text in (letter.text, letter.folded, letter.html, letter.subject, letter.name, letter.sender, *letter.to, *(file.name for file in letter.files)):
        assert "\0" not in text
        text.encode("utf8")
    assert "\n" not in letter.subject + letter.name + letter.sender + letter.message_id


@settings(max_examples=400)
@given(raw=st.one_of(st.binary(max_size=300), st.lists(st.one_of(SIGNS, st.binary(max_size=10)), max_size=30).map(b"".join)), bounce=st.booleans())
@example(raw=b"", bounce=True)
@example(raw=b"\r\n", bounce=False)
@example(raw=b'Content-Type: text/plain; charset="\0"\r\n\r\n\xff', bounce=False)
def test_any_bytes(raw: bytes, bounce: bool) -> None:
    # CH-03, SE-01
    reads(raw, bounce)


@settings(max_examples=600)
@given(raw=mutated(), bounce=st.booleans())
def test_real_letters_that_were_damaged(raw: bytes, bounce: bool) -> None:
    # CH-03, SE-01
    reads(raw, bounce)


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_cost_bounded_work(name: str) -> None:
    # CH-03, SE-01
    started = process_time()
    read(BOMBS[name])
    assert process_time() - started < 3  # s of the processor; the slowest takes a tenth of it
