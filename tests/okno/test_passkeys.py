"""What browsers answer, bent and cut: it is refused, and nothing else comes of it (SE-01). Real answers are in tests/browser/test_passkeys.py."""

import json
import secrets
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st
from webauthn.helpers import encode_cbor

from hub.access.second_factor import Passkey
from hub.desk.sign_in.passkeys import Challenges
from hub.kernel.errors import RefusedError
from okno.adapters.passkeys import connect

ORIGIN, ID, CHALLENGE = "https://desk.example", b"i" * 16, secrets.token_bytes(56)
PUBLIC = ec.generate_private_key(ec.SECP256R1()).public_key().public_numbers()
KEY = encode_cbor({1: 2, 3: -7, -1: 1, -2: PUBLIC.x.to_bytes(32, "big"), -3: PUBLIC.y.to_bytes(32, "big")})
DATA = sha256(b"desk.example").digest() + bytes([0x45, *bytes(20), 0, 16]) + ID + KEY
MADE = encode_cbor({"fmt": "none", "attStmt": {}, "authData": DATA})
PASSKEY = Passkey("", "anna", KEY, 0, "Ключ", datetime(2026, 11, 24, tzinfo=UTC))
bends = st.lists(st.tuples(st.integers(0, len(MADE)), st.binary(max_size=3)), max_size=4)


def text(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def bent(content: bytes, where: list[tuple[int, bytes]]) -> bytes:
    for at, piece in where:
        content = content[:at] + piece + content[at + max(len(piece), 1):]
    return content


def answer(kind: str, **response: str) -> dict[str, Any]:
    said = json.dumps({"type": kind, "challenge": text(CHALLENGE), "origin": ORIGIN}).encode()
    return {"id": text(ID), "rawId": text(ID), "type": "public-key", "response": {"clientDataJSON": text(said)} | response}


def test_what_is_whole_is_taken() -> None:
    assert connect(ORIGIN, "", "Центр").created(answer("webauthn.create", attestationObject=text(MADE)), CHALLENGE) == (text(ID), KEY, 0)


@given(bends)
def test_what_is_bent_is_refused_or_taken(where: list[tuple[int, bytes]]) -> None:
    # SE-01
    judge = connect(ORIGIN, "", "Центр")
    for response in ({"attestationObject": text(bent(MADE, where))}, {}):
        try:
            judge.created(answer("webauthn.create", **response), CHALLENGE)
        except RefusedError as error:
            assert error.code == "wrong_passkey"
    for response in ({"authenticatorData": text(bent(DATA[:37], where)), "signature": text(bent(MADE, where))}, {}):
        with pytest.raises(RefusedError):
            judge.shown(answer("webauthn.get", **response), CHALLENGE, PASSKEY, alone=False)


@pytest.mark.parametrize("said", [b"", b"[]", b"1", b'{"type":1}', b'{"challenge":1}', b'{"challenge":"\xff"}', b"\xff", '{"challenge":"é"}'.encode(),
                                  b'{"challenge":"AAAA"}'])
def test_a_challenge_that_was_not_made_is_refused(said: bytes) -> None:
    # SE-01
    with pytest.raises(RefusedError):
        Challenges(lambda: PASSKEY.at).answered({"response": {"clientDataJSON": text(said)}}, "show ")


def test_a_challenge_is_good_for_its_purpose_for_minutes_and_once() -> None:
    # SE-01; ASVS 5.0 9.2.1, 9.2.2, 9.2.4
    at = PASSKEY.at
    challenges = Challenges(lambda: at)

    def refused(challenge: bytes, purpose: str) -> bool:
        said = json.dumps({"challenge": text(challenge)}).encode()
        try:
            challenges.answered({"response": {"clientDataJSON": text(said)}}, purpose)
        except RefusedError:
            return True
        return False

    made, late = challenges.make("show "), challenges.make("show ")
    assert refused(made, "add anna")
    assert not refused(made, "show ")
    assert refused(made, "show ")
    at += timedelta(minutes=5)
    assert refused(late, "show ")
