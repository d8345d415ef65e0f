"""Data of signing in, and of the signed-in account."""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from hub.access.operator import Presence, Role
from hub.access.password_strength import LONGEST, SHORTEST
from hub.access.permissions import Permission
from hub.desk.http.forms import Login, NamedOut, Secret
from hub.organisation.level import Level
from hub.organisation.settings_form import FieldForm

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
    """The browser's answer: PublicKeyCredential.toJSON()."""

    id: Base64
    raw_id: Base64
    type: Literal["public-key"]
    response: AuthenticatorAnswer


class CredentialsIn(Struct, frozen=True):
    """`code` is of an authenticator or a recovery code.

    Without it or a passkey an account with a second factor is answered `second_factor`.
    """

    login: Login
    password: Secret
    code: Annotated[str, Meta(max_length=40)] = ""
    passkey: PasskeyAnswer | None = None


class AskIn(Struct, frozen=True):
    """Both "" for a passkey alone."""

    login: Annotated[str, Meta(max_length=64)] = ""
    password: Annotated[str, Meta(max_length=200)] = ""


class OptionsOut(Struct, frozen=True):
    """Input of PublicKeyCredential.parse…OptionsFromJSON."""

    options: dict[str, Any]


class WaysOut(Struct, frozen=True):
    """`provider` is the text of the single sign-on button, "" where there is none."""

    passkeys: bool
    provider: str


class PasswordIn(Struct, frozen=True):
    old: Secret
    new: Annotated[str, Meta(min_length=SHORTEST, max_length=LONGEST)]


class QueueOut(Struct, frozen=True):
    """`home` is the same for all lines of a centre, of an МФЦ's specialists, of a department."""

    id: str
    title: str
    home: str
    closed: bool
    """It accepts no conversations any more."""


class CentreOut(Struct, frozen=True):
    number: str
    title: str
    level: Level


class LoanOut(Struct, frozen=True):
    """A temporary assignment until a moment; `own` are the operator's own lines, served as well with `keeps`."""

    lines: list[str]
    own: list[str]
    keeps: bool
    at: datetime
    until: datetime
    by_name: str


class ChannelTitleOut(Struct, frozen=True):
    """A family of channels (`sms`) or a driver that differs from its family (`web.form`)."""

    channel: str
    title: str
    icon: str
    spoken: bool
    by_hand: bool
    """Answers go on paper: a person sends them, and marks it."""


class MeOut(Struct, frozen=True):
    """The signed-in account. `csrf` is sent in the header X-CSRF-Token of every change."""

    login: str
    name: str
    role: Role
    own_title: str
    """Name of the centre's own role, which stands for `role`; "" without one."""
    permissions: list[Permission]
    queues: list[str]
    presence: Presence
    csrf: str
    must_change_password: bool
    must_enrol: bool
    """Whether a second factor must be set up before anything else."""
    centre: str
    all_queues: list[QueueOut]
    all_topics: list[NamedOut]
    passes: bool
    """Whether there are other centres, specialists or departments for a transfer."""
    timezone: str
    """The centre's zone."""
    all_skills: list[str]
    directory: list[NamedOut]
    """External telephones, by number, for consultations and transfers."""
    centres: list[CentreOut]
    """Other centres with their own telephones, for a transfer by subject and place."""
    contractors: list[str]
    """Contractors of this hub's centres today: their employees may have accounts."""
    histories: bool
    """Whether a citizen's other addresses and earlier contacts are visible: not at the federal level."""
    presence_until: datetime | None
    """End of the wrap-up time; null without one."""
    loan: LoanOut | None
    """The current temporary assignment."""
    linked: bool
    """Whether conversations are handed to centres on other deployments."""
    channels: list[ChannelTitleOut]
    """Titles and icons of channels, by family and by driver, as declared by the drivers."""
    closing_fields: list[FieldForm]
    """The form that is filled in at closing."""


class PresenceIn(Struct, frozen=True):
    presence: Presence
