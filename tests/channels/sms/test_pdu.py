"""Bytes of SMPP to structs and back: known ones, torn ones, and any at all."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from smpplib.smpp import make_pdu

from channels.sms import pdu
from channels.sms.alphabets import binary, decoded
from channels.sms.parts import piece_of
from channels.sms.pdu import HEADER, LONGEST, Command, Frames, FramingError, MalformedError, Submit, Tag, packed, submit_body
from channels.sms.receipts import is_receipt, receipt
from tests.channels.noise import damaged
from tests.channels.sms.vectors import PDUS, PIECES, TEXTS

NUMBERS = st.text("0123456789", min_size=1, max_size=20)
KNOWN = st.sampled_from(sorted(PDUS.values()))


@pytest.mark.parametrize("name", TEXTS)
def test_a_whole_message_says_what_it_says(name: str) -> None:
    # CH-05
    sm = pdu.sm(PDUS[name])
    assert (sm.source, sm.source_ton, sm.destination) == ("79161234567", 1, "7788")
    piece, content = piece_of(sm)
    assert piece is None
    assert decoded(content, sm.data_coding) == TEXTS[name]


@pytest.mark.parametrize("name", PIECES)
def test_a_part_says_what_it_is_a_part_of(name: str) -> None:
    sm = pdu.sm(PDUS[name])
    piece, _ = piece_of(sm)
    assert piece is not None
    assert (piece.reference, piece.seq, piece.total, decoded(piece.content, sm.data_coding)) == PIECES[name]


def test_parameters_that_nobody_knows_are_kept() -> None:
    assert pdu.sm(PDUS["vendor"]).tlvs == {0x1403: b"\1\2", 0x1401: b"abc\0", Tag.USER_MESSAGE_REFERENCE: b"\0\7"}


def test_a_message_whose_last_parameter_is_torn_is_taken_and_a_torn_text_is_not() -> None:
    assert pdu.sm(PDUS["torn-tlv"]).tlvs == {Tag.USER_MESSAGE_REFERENCE: b"\0\7"}
    with pytest.raises(MalformedError):
        pdu.sm(PDUS["payload"][:-2])


@pytest.mark.parametrize("name", sorted(PDUS))
def test_a_body_that_ends_too_soon_is_malformed_or_has_its_whole_text(name: str) -> None:
    whole = pdu.sm(PDUS[name])
    for end in range(HEADER.size, len(PDUS[name])):
        try:
            cut = pdu.sm(PDUS[name][:end])
        except MalformedError:
            continue
        assert cut.short_message == whole.short_message
        assert cut.tlvs.items() <= whole.tlvs.items()


@given(st.lists(KNOWN, min_size=1, max_size=8), st.lists(st.integers(1, 200), min_size=1))
def test_a_stream_torn_anywhere_gives_the_same_pdus(pdus: list[bytes], cuts: list[int]) -> None:
    stream, frames, found, at = b"".join(pdus), Frames(), [], 0
    while at < len(stream):
        length = cuts[len(found) % len(cuts)]
        found += frames.feed(stream[at:at + length])
        at += length
    assert found == pdus


def test_each_pdu_is_found_octet_by_octet() -> None:
    frames = Frames()
    stream = b"".join(PDUS.values())
    assert [frame for n in range(len(stream)) for frame in frames.feed(stream[n:n + 1])] == list(PDUS.values())


@pytest.mark.parametrize("length", [0, 4, 15, LONGEST + 1, 0xFFFFFFFF])
def test_a_length_that_no_pdu_has_is_told_after_what_came_before(length: int) -> None:
    found = []
    with pytest.raises(FramingError):
        for frame in Frames().feed(PDUS["ucs2"] + length.to_bytes(4, "big") + b"\0" * 20):
            found.append(frame)
    assert found == [PDUS["ucs2"]]


@settings(max_examples=500)
@given(st.one_of(damaged(KNOWN), st.binary(min_size=16, max_size=400)))
def test_nothing_but_our_own_errors_comes_of_any_octets(octets: bytes) -> None:
    if len(octets) < HEADER.size:
        return
    pdu.message_id(octets)
    try:
        sm = pdu.sm(octets)
    except MalformedError:
        return
    _, content = piece_of(sm)
    decoded(content, sm.data_coding)
    binary(sm.data_coding)
    assert is_receipt(sm) in {True, False}
    receipt(sm)


@settings(max_examples=300)
@given(st.lists(st.one_of(damaged(KNOWN), st.binary(max_size=60)), max_size=6))
def test_framing_fails_in_its_own_way_only(pieces: list[bytes]) -> None:
    frames = Frames()
    try:
        for piece in pieces:
            for frame in frames.feed(piece):
                assert len(frame) == int.from_bytes(frame[:4], "big") >= HEADER.size
    except FramingError:
        pass


SUBMITS = st.builds(
    Submit, source=NUMBERS, source_ton=st.integers(0, 6), source_npi=st.integers(0, 18), destination=NUMBERS,
    destination_ton=st.integers(0, 6), destination_npi=st.integers(0, 18), esm_class=st.sampled_from([0, 0x40]),
    data_coding=st.integers(0, 255), content=st.binary(min_size=1, max_size=254), reference=st.integers(1, 0xFFFF),
    sar=st.none() | st.tuples(st.integers(1, 0xFFFF), st.integers(1, 255), st.integers(1, 255)))


def as_smpplib(submit: Submit, **content: bytes) -> bytes:
    sar = dict(zip(("sar_msg_ref_num", "sar_total_segments", "sar_segment_seqnum"), submit.sar, strict=True)) if submit.sar else {}
    body: bytes = make_pdu(
        "submit_sm", sequence=1, source_addr=submit.source, source_addr_ton=submit.source_ton, source_addr_npi=submit.source_npi,
        destination_addr=submit.destination, dest_addr_ton=submit.destination_ton, dest_addr_npi=submit.destination_npi,
        esm_class=submit.esm_class, data_coding=submit.data_coding, registered_delivery=1, user_message_reference=submit.reference,
        **sar, **content).generate_params()
    return body


@settings(max_examples=300)
@given(SUBMITS)
def test_what_is_packed_here_is_what_smpplib_packs(submit: Submit) -> None:
    assert submit_body(submit) == as_smpplib(submit, short_message=submit.content)


def test_a_long_text_goes_as_payload() -> None:
    submit = Submit("7788", 0, 1, "79161234567", 1, 1, 0, 8, b"x" * 300, 5)
    assert submit_body(submit) == as_smpplib(submit, message_payload=submit.content)


@given(st.integers(0, 0x7FFFFFFF), st.integers(0, 0xFF))
def test_an_answer_is_what_smpplib_answers(sequence: int, status: int) -> None:
    answer = make_pdu("deliver_sm_resp")
    answer.sequence, answer.status = sequence, status
    assert packed(Command.DELIVER_SM | pdu.RESPONSE, sequence, b"\0", status) == answer.generate()


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=64))
def test_the_id_of_an_answer_is_what_smpplib_reads(told: str) -> None:
    frame = struct.pack(">LLLL", 17 + len(told), 0x80000004, 0, 1) + told.encode() + b"\0"
    answer = make_pdu("submit_sm_resp")
    answer.parse(frame)
    assert pdu.message_id(frame) == answer.message_id.decode()
