"""Delivery receipts in all forms of SMSCs (SMPP 3.4 appendix B and §5.3.2.35), and ids in all spellings. Pure."""

import re

from msgspec import Struct

from channels.sms.pdu import Sm, Tag
from hub.conversations.delivery_status import Delivery

_KIND = 0x3C
"""esm_class: bits of the message type (§5.2.12)."""
_ACKNOWLEDGEMENT = 0x08
"""Sent by the recipient of a message, and so possible for any customer of the SMSC."""
_RECEIPTS = frozenset({0x04, _ACKNOWLEDGEMENT, 0x20})
"""Delivery receipt, delivery acknowledgement, intermediate notification."""
_ID = re.compile(r"\b(?:(?:message|msg)[_ ]?)?id\s*[:=]\s*[\"']?([^\s\"',;]+)", re.IGNORECASE)
_STATE = re.compile(r"\b(?:message[_ ]?)?stat(?:us|e)?\s*[:=]\s*[\"']?(\w+)", re.IGNORECASE | re.ASCII)
_ERROR = re.compile(r"\berr(?:or)?\s*[:=]\s*[\"']?([0-9A-Za-z]+)", re.IGNORECASE)
_RULES = tuple((re.compile(pattern), word) for pattern, word in (
    (r"^(?:UNDE?L|UNDLV|N[O0]N?T?_?DEL|SKIP|BADSTAT|BLOCK)|FAIL", "UNDELIV"), (r"^EXP", "EXPIRED"), (r"^(?:DELETE|CANCEL)", "DELETED"),
    (r"(?:^|_)REJ", "REJECTD"), (r"^(?:DELIV(?!ERY|ERING)|DLVRD)", "DELIVRD")))
"""How the words for a state begin in all dialects, or what is in them; the first that is found. Other words mean in transit, or unknown."""
_STATES = {2: "DELIVRD", 3: "EXPIRED", 4: "DELETED", 5: "UNDELIV", 8: "REJECTD", 9: "SKIPPED"}
"""§5.2.28; the others mean in transit, or unknown."""
_FINAL = {"DELIVRD": Delivery.DELIVERED} | dict.fromkeys(("EXPIRED", "DELETED", "UNDELIV", "REJECTD", "SKIPPED"), Delivery.FAILED)
_WHY = {
    "EXPIRED": "телефон был недоступен, и срок доставки истёк", "DELETED": "сообщение удалено оператором связи",
    "REJECTD": "оператор связи отказался доставить"}


class SmscReceipt(Struct, frozen=True):
    """An SMSC's receipt for the message with this id. `state` is None while nothing is final.

    `vouched`: the SMSC itself reports the state. Any other receipt counts only from the number to which the message was sent.
    """

    id: str
    state: Delivery | None
    why: str = ""
    vouched: bool = True


def is_receipt(sm: Sm) -> bool:
    """Whether the PDU's type is a receipt: by text alone any citizen could forge the state of our messages.

    A receipted_message_id alone proves nothing: some SMSCs put one into every message.
    """
    return sm.esm_class & _KIND in _RECEIPTS or {Tag.RECEIPTED_MESSAGE_ID, Tag.MESSAGE_STATE} <= sm.tlvs.keys()


def receipt(sm: Sm) -> SmscReceipt | None:
    """The receipt in a message; None without an id. Parameters override the text."""
    text = sm.content.replace(b"\0", b"").decode("latin-1")  # in UCS-2, too: it is ASCII
    named = sm.tlvs.get(Tag.RECEIPTED_MESSAGE_ID, b"").partition(b"\0")[0].decode("latin-1").strip()
    if not named and (found := _ID.search(text)):
        named = found[1]
    if not named:
        return None
    word = _word(sm, text)
    state = _FINAL.get(word)
    why = _why(sm, word, text) if state is Delivery.FAILED else ""
    return SmscReceipt(named, state, why, sm.esm_class & _KIND != _ACKNOWLEDGEMENT)


def _word(sm: Sm, text: str) -> str:
    state = sm.tlvs.get(Tag.MESSAGE_STATE, b"")
    if state:
        return _STATES.get(int.from_bytes(state, "big"), "")  # some write four octets
    found = _STATE.search(text)
    return next((word for rule, word in _RULES if rule.search(found[1].upper())), "") if found else ""


def _why(sm: Sm, word: str, text: str) -> str:
    """A text for the operator, with the network's code."""
    why = _WHY.get(word, "не доставлено: номер не принимает сообщения")
    network, found = sm.tlvs.get(Tag.NETWORK_ERROR_CODE, b""), _ERROR.search(text)
    # §5.3.2.31: an octet for the network's type, and two for its code.
    code = str(int.from_bytes(network[1:], "big")) if network[1:] else found[1] if found else ""
    return f"{why} (код {code})" if code.strip("0") else why


def plain_id(number: str) -> str:
    """An id in canonical form, without leading zeros and case differences."""
    return number.lstrip("0").lower() or "0"


def other_writings(number: str) -> list[str]:
    """Other spellings of an id: many SMSCs send it in hex in submit_sm_resp and in decimal in receipts, or vice versa."""
    found = []
    if number.isascii() and number.isdecimal() and len(number) <= 32:  # noqa: PLR2004 - as below
        found.append(f"{int(number):x}")
    if re.fullmatch(r"[0-9a-fA-F]{1,32}", number):
        found.append(str(int(number, 16)))
    return [each for each in found if each != plain_id(number)]
