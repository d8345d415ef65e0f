"""Letters that are not as they should be: every word that the best mail programs show is read."""

import time
from binascii import b2a_uu

import pytest

from channels.email.mime import read
from tests.channels.email.post import HEAD, PNG, multipart, part

SAID = "Воды нет третий день.".encode()
TEXT = SAID.decode()


@pytest.mark.parametrize("raw", [
    HEAD + b" \r\n" + SAID,  # the empty line has a space
    HEAD + b"\t \r\n" + SAID + b"\r\n\r\n",
    HEAD + SAID,  # there is no empty line
    HEAD.replace(b"\r\n", b"\n") + b"  \n" + SAID,
    b" \r\n" + HEAD + b"\r\n" + SAID,  # as copied out of a mail program
    HEAD + b"this is no field\r\nReceived: by x\r\n\r\n" + SAID,
    HEAD + multipart("mixed", b"Content-Type: text/plain; charset=utf-8\r\n \r\n" + SAID),
    HEAD + multipart("mixed", b"Content-Type: text/plain; charset=utf-8\r\n" + SAID),
    HEAD + multipart("*", part(SAID)),
    HEAD + b"Content-Transfer-Encoding: x-unknown\r\n\r\n" + SAID,
])
def test_a_malformed_head_hides_no_text(raw: bytes) -> None:
    # CH-03
    letter = read(raw)
    assert letter.text == TEXT
    assert (letter.sender, letter.subject) == ("ivan@mail.ru", "Вода")


def test_a_line_of_spaces_within_a_field_ends_no_head() -> None:
    # RFC 5322 4.2: obsolete folding
    letter = read(b"Subject: one\r\n  \r\n two\r\nFrom: a@b.ru\r\n\r\nhi")
    assert (letter.sender, letter.text) == ("a@b.ru", "hi")


def test_a_quoted_head_in_the_text_is_text() -> None:
    letter = read(HEAD + b" \r\nFrom: else@b.ru\r\nNobody answers.")
    assert (letter.sender, letter.text) == ("ivan@mail.ru", "From: else@b.ru\nNobody answers.")


def test_a_part_that_is_a_line_with_a_colon_is_text() -> None:
    assert read(HEAD + multipart("mixed", b"Note: nobody answers")).text == "Note: nobody answers"


@pytest.mark.parametrize("said", [
    "the water is off since monday and nobody answers the telephone " * 5, "Воды нет третий день. " * 5,
])
def test_text_that_is_said_to_be_base64_is_read(said: str) -> None:
    assert read(HEAD + b"Content-Transfer-Encoding: base64\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + said.encode()).text == said.strip()


def test_alternatives_in_plain_text_are_all_read() -> None:
    said = multipart("alternative", part(SAID), b"\r\nThe second text")
    assert read(HEAD + said).text == f"{TEXT}\n\nThe second text"
    assert read(HEAD + multipart("alternative", part(SAID), part(SAID))).text == TEXT


@pytest.mark.parametrize("encoding", ["x-uuencode", "uuencode", "X-UUE"])
@pytest.mark.parametrize("end", ["", " ", "``"])
def test_a_file_in_uuencode_is_decoded(encoding: str, end: str) -> None:
    lines = [b2a_uu(PNG[at:at + 45]).decode().rstrip("\n") + end for at in range(0, len(PNG), 45)]
    body = "\r\n".join(["begin 644 план.png", *lines, "`", "end", ""]).encode()
    letter = read(HEAD + multipart("mixed", part(SAID), part(body, "image/png; name=plan.png", f"Content-Transfer-Encoding: {encoding}\r\n")))
    [file] = letter.files
    assert (file.name, file.content) == ("plan.png", PNG)


@pytest.mark.parametrize("body", [b"no uuencode at all", b"begin 644 x\r\n\xff\xff\xff\r\n!\r\nend"])
def test_damaged_uuencode_is_no_error(body: bytes) -> None:
    [file] = read(HEAD + multipart("mixed", part(body, "image/png; name=p.png", "Content-Transfer-Encoding: x-uuencode\r\n"))).files
    assert file.name == "p.png"


@pytest.mark.parametrize("sender", ["Pete(A wonderful \\) chap) <pete(his account)@silly.test(his host)>"])
def test_an_address_with_comments_is_read(sender: str) -> None:
    # RFC 5322 A.5
    assert read(f"From: {sender}\r\n\r\nhi".encode()).sender == "pete@silly.test"


@pytest.mark.parametrize("line", [b" \r\n", b"x\r\n", b" \r\nx\r\n", b" \r\nX-A: 1\r\n", b"\t\r\n y\r\n"])
def test_a_head_that_does_not_end_takes_no_time(line: bytes) -> None:
    began = time.process_time()
    read(HEAD + b"X-A: 1\r\n" + line * 100_000)
    assert time.process_time() - began < 5
