"""Alphabets, parts, and what a text costs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.sms.alphabets import Alphabet, alphabet_of, binary, decoded, plain
from channels.sms.parts import UDHI, Concatenation, Part, cut, measure, piece_of
from channels.sms.pdu import Sm, Tag
from hub.conversations.ports import ReplySize

GSM = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCXYZÄÖÑÜ§¿abcxyzäöñüà\f^{}\\[~]|€"
TEXTS = st.one_of(
    st.text(max_size=800).map(lambda text: text.replace("\ufeff", "").encode("utf8", "replace").decode()), st.text(GSM, max_size=1200),
    st.text("аб👍👨‍👩‍👧🇷🇺", max_size=400))


def arrived(part: Part) -> Sm:
    """A part as the other side gets it."""
    tlvs = dict(zip((Tag.SAR_REFERENCE, Tag.SAR_TOTAL, Tag.SAR_SEQUENCE), (n.to_bytes(2, "big") for n in part.sar), strict=True)) if part.sar else {}
    return Sm("1", 1, "2", part.esm_class, part.data_coding, part.content, {int(tag): value for tag, value in tlvs.items()})


@pytest.mark.parametrize(("text", "alphabet"), [
    (GSM, Alphabet.GSM7), ("", Alphabet.GSM7), ("Привет", Alphabet.UCS2), ("`", Alphabet.UCS2), ("ç", Alphabet.UCS2), ("👍", Alphabet.UCS2),
    ("a\tb", Alphabet.UCS2), ("«a»", Alphabet.UCS2), ("\x1b", Alphabet.UCS2)])
def test_the_cheapest_alphabet_that_loses_nothing(text: str, alphabet: Alphabet) -> None:
    # CH-05
    assert alphabet_of(text) is alphabet


@pytest.mark.parametrize("content", [b"\xfe\xff\x04\x21", b"\xff\xfe\x21\x04", b"\x04\x21"])
def test_a_byte_order_mark_is_no_sign_of_a_text(content: bytes) -> None:
    assert decoded(content, 8) == "С"


def test_simple_quotes_and_dashes_only_where_they_save_the_text() -> None:
    assert plain("Your code — «1234»…") == 'Your code - "1234"...'
    assert plain("Ваш код — «1234»") == "Ваш код — «1234»"


@pytest.mark.parametrize(("text", "parts", "left"), [
    ("", 1, 160), ("a" * 160, 1, 0), ("a" * 161, 2, 145), ("€" * 80, 1, 0), ("€" * 81, 2, 143), ("a" * 306, 2, 0), ("a" * 307, 3, 152),
    ("я" * 70, 1, 0), ("я" * 71, 2, 63), ("я" * 134, 2, 0), ("я" * 135, 3, 66), ("👍" * 35, 1, 0), ("👍" * 36, 2, 61)])
def test_what_a_text_costs(text: str, parts: int, left: int) -> None:
    assert measure(text, Concatenation.UDH8) == ReplySize(parts, left, "UCS-2" if "я" in text or "👍" in text else "GSM-7")


def test_an_escape_pair_and_a_surrogate_pair_are_never_cut() -> None:
    parts = cut("a" * 152 + "€" + "a" * 100, Concatenation.UDH8, 1)
    assert [part.content[6:][-1] for part in parts] == [ord("a"), ord("a")]
    assert parts[1].content[6:8] == b"\x1be"
    parts = cut("я" * 66 + "👍" + "я" * 10, Concatenation.UDH8, 1)
    assert len(parts[0].content) == 6 + 132
    assert parts[1].content[6:10] == "👍".encode("utf-16-be")


@given(TEXTS, st.sampled_from(Concatenation), st.integers(1, 2**62))
def test_what_was_cut_is_joined_again_and_is_what_was_measured(text: str, joining: Concatenation, identity: int) -> None:
    parts = cut(text, joining, identity)
    pieces = [piece_of(arrived(part)) for part in parts]
    for piece, content in pieces:
        assert "\ufffd" in text or "\ufffd" not in decoded(content, parts[0].data_coding)
        assert (piece is None) is (len(parts) == 1)
    assert decoded(b"".join(content for _, content in pieces), parts[0].data_coding) == text
    if joining is not Concatenation.PAYLOAD:
        assert len(parts) == measure(text, joining).parts
        assert [piece.seq for piece, _ in pieces if piece] == ([] if len(parts) == 1 else list(range(1, len(parts) + 1)))
        assert all(len(part.content) <= (160 if part.data_coding == 0 else 140) for part in parts)
    assert cut(text, joining, identity) == parts


@pytest.mark.parametrize("head", ["", "05", "0500034202", "050003420003", "050003420204", "050003420200", "ff", "030003", "0003420201"])
def test_a_header_that_joins_nothing_leaves_the_text(head: str) -> None:
    piece, _ = piece_of(Sm("1", 1, "2", UDHI, 0, bytes.fromhex(head) + b"text", {}))
    assert piece is None


@pytest.mark.parametrize(("coding", "content", "text"), [
    (0, b"\x1b\x1b", " "), (0, b"a\x1b", "a"), (0, b"\x1ba", "a"), (0, b"\xff", "\ufffd"), (1, b"abc", "abc"), (8, b"\x04\x1f\x04", "П\ufffd"),
    (8, b"\xd8\x3d", "\ufffd"), (0x19, "Да".encode("utf-16-be"), "Да"), (0xE0, "Да".encode("utf-16-be"), "Да"), (0xF1, b"flash", "flash"),
    (5, "カ".encode("shift_jis"), "カ")])
def test_a_text_of_any_coding_is_read(coding: int, content: bytes, text: str) -> None:
    assert decoded(content, coding) == text


@pytest.mark.parametrize(("coding", "is_binary"), [(0, False), (2, True), (4, True), (8, False), (0x14, True), (0x15, True), (0xF5, True), (0xF1, False)])
def test_what_is_no_text_is_known(coding: int, is_binary: bool) -> None:
    assert binary(coding) is is_binary
