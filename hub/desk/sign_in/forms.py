"""What travels when somebody signs in, and who is signed in."""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from hub.access.operator import Presence, Role
from hub.access.password_strength import LONGEST, SHORTEST
from hub.access.permissions import Permission
from hub.desk.http.forms import Login, NamedOut, Secret
from hub.organisation.level import Level

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


class PasswordIn(Struct, frozen=True):
    old: Secret
    new: Annotated[str, Meta(min_length=SHORTEST, max_length=LONGEST)]


class QueueOut(Struct, frozen=True):
    """`home` is the same for all lines of a centre, of an МФЦ's specialists, of a department."""

    id: str
    title: str
    home: str
    closed: bool
    """Nothing is given to it any more."""


class CentreOut(Struct, frozen=True):
    number: str
    title: str
    level: Level


class LoanOut(Struct, frozen=True):
    """Somebody answers other lines until a moment; `own` are his again then, and with `keeps` he answers them as well."""

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


class MeOut(Struct, frozen=True):
    """Who is signed in. `csrf` goes back in the header X-CSRF-Token of every change."""

    login: str
    name: str
    role: Role
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
    """Whether there are other centres, specialists or departments to pass a conversation on to."""
    timezone: str
    """The centre's own clock."""
    all_skills: list[str]
    directory: list[NamedOut]
    """Telephones outside, by number, that one may ask and pass citizens to."""
    centres: list[CentreOut]
    """Other centres with telephones of their own that a citizen may be passed to, where question and place lead there."""
    contractors: list[str]
    """Those that work for a centre of this hub today: their employees may be given accounts."""
    histories: bool
    """Whether one may see a citizen's other addresses and earlier contacts: not at the federal level."""
    presence_until: datetime | None
    """When the time to wrap up is over; null without one."""
    loan: LoanOut | None
    """Where he was moved for a time."""
    linked: bool
    """Whether conversations are handed to centres on other deployments."""
    channels: list[ChannelTitleOut]
    """How channels are called and drawn, by family and by driver: a driver says so itself."""


class PresenceIn(Struct, frozen=True):
    presence: Presence
