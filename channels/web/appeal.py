"""The fields of the web form, and the errors about them. Pure."""

import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from hub.citizens.consent import FORM, Contact, Given
from hub.conversations.address import Citizen, Person
from hub.conversations.message import Attachment
from hub.organisation.territory import Place

TEXT_LIMIT, NAME_LIMIT, LINE_LIMIT = 8000, 200, 200
LANGUAGES = ("ru", "en")

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter that looks like a digit or like another letter when it is copied by hand."""
CODE_LENGTH, GROUP = 20, 5
_ALIKE = str.maketrans("OILАВЕКМНОРСТХ", "011ABEKMH0PCTX")
_MAILBOX = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


class Town(Struct, frozen=True, forbid_unknown_fields=True):
    """A selectable municipality: its name and place."""

    name: str
    subject: str = ""
    municipality: str = ""
    """ОКТМО."""

    @property
    def place(self) -> Place:
        return Place(self.subject, self.municipality)


class Appeal(Struct, frozen=True):
    """The fields of the form, unchanged, so that a refused form is shown again as filled in."""

    key: str = ""
    """Identifies this sheet: sent twice, it is the same."""
    text: str = ""
    name: str = ""
    reply: str = "look"
    """How to answer: `email`, `phone`, or `look`: the citizen reads the page."""
    email: str = ""
    phone: str = ""
    person: str = Person.INDIVIDUAL.value
    town: str = ""
    consent: int = 0
    """The accepted version of the consent; 0 is none."""
    lang: str = "ru"


def new_code() -> str:
    """100 random bits: the address of a conversation, and its only key."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def code_in(text: str) -> str:
    """A code as typed, normalised: with or without dashes, in lower case, with look-alike Russian letters. "" for none."""
    code = re.sub(r"[\s-]", "", text[:100]).upper().translate(_ALIKE)
    return code if len(code) == CODE_LENGTH and set(code) <= set(ALPHABET) else ""


def grouped(code: str) -> str:
    """A code for display."""
    return "-".join(code[at:at + GROUP] for at in range(0, len(code), GROUP))


def appeal_in(fields: Mapping[str, str]) -> Appeal:
    """The posted form; fields that no browser would send are dropped."""
    line = {name: fields.get(name, "").strip()[:LINE_LIMIT + 1] for name in ("name", "email", "phone", "town")}
    reply, person, lang = fields.get("reply", ""), fields.get("person", ""), fields.get("lang", "")
    return Appeal(
        code_in(fields.get("key", "")), fields.get("text", "").replace("\r\n", "\n").strip(), **line,
        reply=reply if reply in {"email", "phone"} else "look",
        person=person if person in set(Person) else Person.INDIVIDUAL.value,
        consent=_version(fields.get("consent", "")), lang=lang if lang in LANGUAGES else LANGUAGES[0])


def _version(posted: str) -> int:
    return int(posted) if re.fullmatch(r"[1-9][0-9]{0,5}", posted) else 0


def faults(appeal: Appeal, files: int, towns: Sequence[Town]) -> dict[str, str]:
    """The errors: field to the name of the fault, in the order of the form."""
    town_known = not appeal.town or not towns or any(town.name == appeal.town for town in towns)
    checks = (
        ("text", "empty", not appeal.text and not files),
        ("text", "too_long", len(appeal.text) > TEXT_LIMIT),
        ("name", "line_too_long", len(appeal.name) > NAME_LIMIT),
        ("email", "bad_email", appeal.reply == "email" and not (_MAILBOX.fullmatch(appeal.email) and len(appeal.email) <= LINE_LIMIT)),
        ("phone", "bad_phone", appeal.reply == "phone" and not _digits(appeal.phone)),
        ("town", "bad_town", not town_known or len(appeal.town) > LINE_LIMIT),
        ("consent", "no_consent", not appeal.consent),
    )
    found: dict[str, str] = {}
    for field, fault, wrong in checks:
        if wrong:
            found.setdefault(field, fault)
    return found


def _digits(phone: str) -> bool:
    """Whether it may be a telephone number, in any notation (E.164: at most 15 digits)."""
    return bool(re.fullmatch(r"\+?[\d\s().-]+", phone)) and 5 <= sum(c.isdigit() for c in phone) <= 15  # noqa: PLR2004 - E.164


def nameless(appeal: Appeal) -> Appeal:
    """The form without identifying fields, whatever the browser has sent."""
    return replace(appeal, name="", reply="look", email="", phone="")


def citizen(appeal: Appeal) -> Citizen:
    return Citizen(appeal.name, Person(appeal.person), appeal.lang)


def place(appeal: Appeal, towns: Sequence[Town]) -> Place | None:
    """Where the service is received, if the citizen chose a known place."""
    return next((town.place for town in towns if town.name == appeal.town and town.place != Place()), None)


def contact(appeal: Appeal) -> Contact:
    """The contact for the answer: stored on the ground of the consent, and as long as that is in force."""
    return Contact(appeal.email if appeal.reply == "email" else "", appeal.phone if appeal.reply == "phone" else "")


def given(appeal: Appeal, key: str, channel: str, now: datetime) -> Given:
    return Given(key, FORM, appeal.consent, appeal.lang, now, channel)


def details(appeal: Appeal, now: datetime) -> str:
    """The facts for the operator besides the text, and the consent (152-ФЗ ст. 9); no name, no contacts: these may have to be erased."""
    lines = (
        "Кто обращается: организация" if appeal.person == Person.ORGANISATION.value else "",
        {"email": "Как ответить: письмом", "phone": "Как ответить: по телефону"}.get(
            appeal.reply, "Как ответить: посмотрит сам на странице обращения"),
        f"Место: {appeal.town}" if appeal.town else "",
        f"Согласие на обработку персональных данных: дано {now:%d.%m.%Y %H:%M} UTC, редакция {appeal.consent}",
    )
    return "\n".join(filter(None, lines))


def key_of(sheet: object, files: Sequence[Attachment]) -> str:
    """The key of a sheet with its content: a second click is the same message, a change after «back» is another."""
    return hashlib.sha256(msgspec.json.encode([sheet, [file.file for file in files]])).hexdigest()
