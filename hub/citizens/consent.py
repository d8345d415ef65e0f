"""Consent texts and given consents (152-ФЗ ст. 9): separate documents, whose versions are kept forever. Pure.

A text is written by one person and approved by another, like announcements. From then on it is the one presented; a consent to an
older version stays a consent to that version.
"""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from hub.kernel.approval import Approval, approval_of
from hub.kernel.document import Document
from hub.kernel.errors import RefusedError

OWN = RefusedError("own_consent_text", "Свой текст согласия утверждает другой сотрудник.")
FORM = "form"
"""Purpose of the web form: to answer, and to let the citizen return to it."""
SURVEY = "survey"
"""Purpose of a personal survey: to know who answered what about which service."""
KEEPER, EDITION = "{keeper}", "{edition}"
"""Placeholders of a text for the data controller, and for the text's version."""


class Phrasing(Struct, frozen=True):
    """In one language; an empty line separates paragraphs."""

    title: str
    text: str


class ConsentText(Document, frozen=True, omit_defaults=True, tag="consent_text"):
    """One version of the consent to one purpose. The key is purpose/version; `by` are logins, "" is the hub."""

    key: str
    purpose: str
    version: int
    ru: Phrasing
    en: Phrasing
    written_by: str
    written: datetime
    approval: Approval | None = None

    @property
    def since(self) -> datetime | None:
        """When it came into force."""
        return self.approval.at if self.approval else None

    def shown(self, language: str, keeper: str) -> Phrasing:
        """In Russian for any other language than English. `keeper` is the data controller."""
        said = self.en if language.startswith("en") else self.ru
        return Phrasing(said.title, said.text.replace(KEEPER, keeper).replace(EDITION, str(self.version)))


class Given(Struct, frozen=True, omit_defaults=True):
    """A consent to a version, possibly withdrawn. `withdrawn_by` is a login, "" for the citizen.

    `key` is that of the form on which it was given: a repeated one is ignored.
    """

    key: str
    purpose: str
    version: int
    language: str
    at: datetime
    channel: str
    withdrawn: datetime | None = None
    withdrawn_by: str = ""


class Contact(Struct, frozen=True, omit_defaults=True):
    """Where the answer is wanted: a mailbox, or a telephone number as written."""

    email: str = ""
    phone: str = ""


class Consents(Document, frozen=True, omit_defaults=True, tag="consents"):
    """Consents given in a conversation, whose number is the key, and the data stored on that ground only."""

    key: str
    given: tuple[Given, ...] = ()
    contact: Contact = Contact()

    @property
    def valid(self) -> bool:
        return any(each.withdrawn is None for each in self.given)


def key_of(purpose: str, version: int) -> str:
    return f"{purpose}/{version}"


def newest(texts: Iterable[ConsentText], purpose: str) -> ConsentText | None:
    """The last version."""
    return max((each for each in texts if each.purpose == purpose), key=lambda each: each.version, default=None)


def in_force(texts: Iterable[ConsentText], purpose: str) -> ConsentText | None:
    """The last approved version."""
    return newest((each for each in texts if each.approval), purpose)


def write(before: ConsentText | None, purpose: str, ru: Phrasing, en: Phrasing, by: str, now: datetime) -> ConsentText:
    """A new version, not approved. Raises RefusedError for one that does not name the data controller."""
    if not all(KEEPER in each.text for each in (ru, en)):
        raise RefusedError("bad_consent", f"В тексте согласия должно быть, кто обрабатывает данные: {KEEPER}.")
    version = before.version + 1 if before else 1
    return ConsentText(key_of(purpose, version), purpose, version, ru, en, by, now)


def approve(text: ConsentText, by: str, now: datetime) -> ConsentText:
    """Raises RefusedError for the author himself."""
    return replace(text, approval=approval_of(text, by, now, OWN))


def give(before: Consents, given: Given, contact: Contact) -> Consents:
    """A known form changes nothing, also if it was withdrawn since."""
    if any(each.key == given.key for each in before.given):
        return before
    return replace(before, given=(*before.given, given), contact=contact)


def withdraw(before: Consents, by: str, now: datetime) -> Consents:
    """Withdraw all and delete the data stored on that ground. The consents themselves stay as evidence."""
    given = tuple(replace(each, withdrawn=now, withdrawn_by=by) if each.withdrawn is None else each for each in before.given)
    return replace(before, given=given, contact=Contact())


def take_back(before: Consents, key: str, by: str, now: datetime) -> Consents:
    """Withdraw one by its key; data stored on the ground of the others stays."""
    return replace(before, given=tuple(
        replace(each, withdrawn=now, withdrawn_by=by) if each.key == key and each.withdrawn is None else each for each in before.given))
