"""Receipts of many SMSCs, and ids in every writing."""

import pytest

from channels.sms import pdu
from channels.sms.pdu import Sm
from channels.sms.receipts import is_receipt, other_writings, plain_id, receipt
from hub.conversations.delivery_status import Delivery
from tests.channels.sms.vectors import PDUS

FAILED = "не доставлено: номер не принимает сообщения"


def text_receipt(text: str) -> Sm:
    return Sm("79161234567", 1, "7788", 4, 0, text.encode(), {})


@pytest.mark.parametrize(("text", "id_", "state", "why"), [
    ("id:1a sub:001 dlvrd:001 submit date:2601010900 done date:2601010901 stat:DELIVRD err:000 text:Hi", "1a", Delivery.DELIVERED, ""),
    ("id:123456789 sub:001 dlvrd:000 submit date:260101090000 done date:260101090100 stat:UNDELIV err:027 Text:", "123456789", Delivery.FAILED, FAILED + " (код 027)"),
    ("ID:9 STAT:EXPIRED ERR:0", "9", Delivery.FAILED, "телефон был недоступен, и срок доставки истёк"),
    ("id:0a1b-22 stat:REJECTD err:11f", "0a1b-22", Delivery.FAILED, "оператор связи отказался доставить (код 11f)"),
    ("stat:DELETED id:7 err:1", "7", Delivery.FAILED, "сообщение удалено оператором связи (код 1)"),
    ('id: "77" status: DELIVERED', "77", Delivery.DELIVERED, ""),
    ("id:8 stat:ACCEPTD err:000", "8", None, ""), ("id:8 stat:ENROUTE err:000", "8", None, ""), ("id:8 stat:UNKNOWN", "8", None, ""),
    ("id:8 sub:001", "8", None, ""), ("id:8 stat:DELIVRD text:stat:UNDELIV id:9", "8", Delivery.DELIVERED, ""),
    ("id:2f4d@smsc stat:DELIVRD", "2f4d@smsc", Delivery.DELIVERED, ""),
    ("id:77,sub:001,dlvrd:001,submit date:2601010900,done date:2601010901,stat:DELIVRD,err:000,text:Hi", "77", Delivery.DELIVERED, ""),
    ("id:77;stat:UNDELIVRD;err:0", "77", Delivery.FAILED, FAILED), ("id=77 stat=DELIVRD err=0", "77", Delivery.DELIVERED, ""),
    ("message_id:77 status:UNDELIVERED", "77", Delivery.FAILED, FAILED), ("msgid: 77 state: NOT_DELIVERED", "77", Delivery.FAILED, FAILED),
    ("id:77 stat:EXPIRD", "77", Delivery.FAILED, "телефон был недоступен, и срок доставки истёк"),
    ("id:77 stat:DND_REJECTED", "77", Delivery.FAILED, "оператор связи отказался доставить"), ("id:77 stat:BADSTAT", "77", Delivery.FAILED, FAILED),
    ("id:77 stat:DELIVERY_FAILED", "77", Delivery.FAILED, FAILED), ("id:77 stat:DELIVERY_PENDING", "77", None, ""),
    ("id:77 stat:BUFFERED", "77", None, ""), ("id:77 stat:ACCEPTED", "77", None, ""), ("id:77 stat:SCHEDULED", "77", None, "")])
def test_a_receipt_in_a_text(text: str, id_: str, state: Delivery | None, why: str) -> None:
    # CH-05
    sm = text_receipt(text)
    assert is_receipt(sm)
    told = receipt(sm)
    assert told is not None
    assert (told.id, told.state, told.why) == (id_, state, why)


@pytest.mark.parametrize(("name", "id_", "state", "why"), [
    ("receipt-both", "0000000a", Delivery.DELIVERED, ""), ("receipt-tlv", "3f2a1c", Delivery.FAILED, FAILED + " (код 27)"),
    ("receipt-no-nul", "3f2a1c", Delivery.FAILED, "телефон был недоступен, и срок доставки истёк")])
def test_a_receipt_in_parameters(name: str, id_: str, state: Delivery, why: str) -> None:
    sm = pdu.sm(PDUS[name])
    assert is_receipt(sm)
    told = receipt(sm)
    assert told is not None
    assert (told.id, told.state, told.why) == (id_, state, why)


def test_a_receipt_in_ucs2() -> None:
    told = receipt(Sm("79161234567", 1, "7788", 4, 8, "id:1a stat:DELIVRD".encode("utf-16-be"), {}))
    assert told is not None
    assert (told.id, told.state) == ("1a", Delivery.DELIVERED)


def test_a_citizen_cannot_write_a_receipt() -> None:
    assert not is_receipt(Sm("79161234567", 1, "7788", 0, 0, b"id:1a stat:DELIVRD err:000", {}))


def test_a_state_of_four_octets_is_the_same() -> None:
    told = receipt(Sm("1", 1, "2", 4, 0, b"", {0x1E: b"1a\0", 0x427: b"\0\0\0\2"}))
    assert told is not None
    assert told.state is Delivery.DELIVERED


def test_parameters_make_a_receipt_only_with_a_state() -> None:
    assert is_receipt(Sm("1", 1, "2", 0, 0, b"", {0x1E: b"1a\0", 0x427: b"\2"}))
    assert not is_receipt(Sm("1", 1, "2", 0, 0, b"hello", {0x1E: b"1a\0"}))


def test_a_receipt_that_names_nothing_is_none() -> None:
    assert receipt(text_receipt("OK")) is None


@pytest.mark.parametrize(("told", "others"), [
    ("0000000a", ["10"]), ("10", ["a", "16"]), ("ABC", ["2748"]), ("3735928559", ["deadbeef", "237121996121"]), ("2f-1", []), ("x", [])])
def test_ids_are_sought_in_hex_and_in_decimal(told: str, others: list[str]) -> None:
    assert other_writings(told) == others


def test_leading_zeros_and_case_make_no_other_id() -> None:
    assert plain_id("00000A1F") == plain_id("a1f") == "a1f"
    assert plain_id("000") == "0"
