"""What travels when somebody signs in, besides who he is (http/wire.py)."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from hub.desk.http.wire import Login, Secret

Base64 = Annotated[str, Meta(max_length=20_000, pattern=r"^[A-Za-z0-9_-]*$")]


class AuthenticatorAnswer(Struct, frozen=True, omit_defaults=True, rename={
        "client_data_json": "clientDataJSON", "attestation_object": "attestationObject", "authenticator_data": "authenticatorData",
        "user_handle": "userHandle"}):
    client_data_json: Base64
    attestation_object: Base64 = ""
    authenticator_data: Base64 = ""
    signature: Base64 = ""
    user_handle: Base64 | None = None


class PasskeyAnswer(Struct, frozen=True, rename="camel"):
    """What the browser answers with: PublicKeyCredential.toJSON()."""

    id: Base64
    raw_id: Base64
    type: Literal["public-key"]
    response: AuthenticatorAnswer


class CredentialsIn(Struct, frozen=True):
    """`code` is of an authenticator or a recovery code; without it or a passkey whoever has a second factor is answered `second_factor`."""

    login: Login
    password: Secret
    code: Annotated[str, Meta(max_length=40)] = ""
    passkey: PasskeyAnswer | None = None


class AskIn(Struct, frozen=True):
    """Both "" where a passkey is shown alone."""

    login: Annotated[str, Meta(max_length=64)] = ""
    password: Annotated[str, Meta(max_length=200)] = ""


class OptionsOut(Struct, frozen=True):
    """What PublicKeyCredential.parse…OptionsFromJSON takes."""

    options: dict[str, Any]


class WaysOut(Struct, frozen=True):
    """`provider` is what the button of single sign-on says, "" where there is none."""

    passkeys: bool
    provider: str
