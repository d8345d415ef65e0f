"""hub.access.ports.PasskeyCeremony by py_webauthn: passkeys and security keys in browsers (W3C Web Authentication, level 2)."""

import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from hub.access.second_factor import Passkey
from hub.kernel.errors import RefusedError

MALFORMED = (WebAuthnException, LookupError, ValueError, RecursionError)
"""For some keys with a missing part py_webauthn raises a bare LookupError that names it."""


class WebAuthn:
    def __init__(self, origin: str, rp_id: str, name: str) -> None:
        """`origin` is the desk's address, `rp_id` its host or a domain above it, "" for the host itself."""
        self._origin, self._rp_id, self._name = origin, rp_id or urlsplit(origin).hostname or "", name

    def creation(self, challenge: bytes, login: str, name: str, known: Sequence[Passkey]) -> dict[str, Any]:
        # Keys without user verification or without resident accounts are valid as a second factor.
        wanted = AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.PREFERRED)
        return _json(options_to_json(generate_registration_options(
            rp_id=self._rp_id, rp_name=self._name, user_name=login, user_display_name=name, user_id=self._handle(login),
            challenge=challenge, authenticator_selection=wanted, exclude_credentials=_descriptors(known))))

    def created(self, answer: dict[str, Any], challenge: bytes) -> tuple[str, bytes, int]:
        try:
            made = verify_registration_response(
                credential=answer, expected_challenge=challenge, expected_rp_id=self._rp_id, expected_origin=self._origin)
        except MALFORMED as error:
            raise RefusedError("wrong_passkey", f"Ключ доступа не принят: {error}") from error
        return bytes_to_base64url(made.credential_id), made.credential_public_key, made.sign_count

    def request(self, challenge: bytes, known: Sequence[Passkey]) -> dict[str, Any]:
        # After the password, possession is enough.
        verification = UserVerificationRequirement.DISCOURAGED if known else UserVerificationRequirement.REQUIRED
        return _json(options_to_json(generate_authentication_options(
            rp_id=self._rp_id, challenge=challenge, allow_credentials=_descriptors(known), user_verification=verification)))

    def shown(self, answer: dict[str, Any], challenge: bytes, passkey: Passkey, *, alone: bool) -> int:
        handle = answer["response"].get("userHandle")
        # W3C WebAuthn 7.2, step 6: the authenticator must name the account that owns the passkey.
        if (alone or handle) and handle != bytes_to_base64url(self._handle(passkey.login)):
            raise RefusedError("wrong_passkey", "Ключ доступа не подошёл.")
        try:
            # The hub checks the counter: a decrease is recorded in the audit.
            return verify_authentication_response(
                credential=answer, expected_challenge=challenge, expected_rp_id=self._rp_id, expected_origin=self._origin,
                credential_public_key=passkey.key, credential_current_sign_count=0, require_user_verification=alone).new_sign_count
        except MALFORMED as error:
            raise RefusedError("wrong_passkey", "Ключ доступа не подошёл.") from error

    def _handle(self, login: str) -> bytes:
        """The account's handle in an authenticator, without the login (W3C WebAuthn 14.6.1)."""
        return sha256(f"{self._rp_id} {login}".encode()).digest()


def connect(origin: str, rp_id: str, name: str) -> WebAuthn:
    return WebAuthn(origin, rp_id, name)


def _descriptors(known: Sequence[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(passkey.id)) for passkey in known]


def _json(options: str) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(options)
    return made
