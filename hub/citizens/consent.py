"""What a citizen agrees to, and what he has agreed to (152-ФЗ ст. 9): documents of their own, each version kept for ever. Pure.

A text is written by one person and approved by another, as announcements are. From then on it is the one that is asked for; who has
agreed to an older version has agreed to that one.
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
"""The purpose of the web form: to answer, and to let him come back to it."""
SURVEY = "survey"
"""The purpose of a personal survey: to know who has answered what about which service."""
KEEPER, EDITION = "{keeper}", "{edition}"
"""What stands in a text for whoever keeps the data, and for the text's own version."""


class Phrasing(Struct, frozen=True):
    """Of one language; an empty line in the text parts its paragraphs."""

    title: str
    text: str


class ConsentText(Document, frozen=True, omit_defaults=True, tag="consent_text"):
    """One version of the consent to one purpose. The key is purpose/version; `by` are logins, "" is the hub's own."""

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
        """In Russian where it is asked for in any other language than English. `keeper` is who keeps the data."""
        said = self.en if language.startswith("en") else self.ru
        return Phrasing(said.title, said.text.replace(KEEPER, keeper).replace(EDITION, str(self.version)))


class Given(Struct, frozen=True, omit_defaults=True):
    """Somebody has agreed to a version, and may have taken it back. `withdrawn_by` is a login, "" where he did it himself.

    `key` is that of the sheet on which he has ticked it: sent twice, it is one.
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
    """Where he wants the answer: a mailbox, or a telephone number as he has written it."""

    email: str = ""
    phone: str = ""


class Consents(Document, frozen=True, omit_defaults=True, tag="consents"):
    """What was agreed to in a conversation, whose number is the key, and what is kept on that ground alone."""

    key: str
    given: tuple[Given, ...] = ()
    contact: Contact = Contact()

    @property
    def valid(self) -> bool:
        return any(each.withdrawn is None for each in self.given)


def key_of(purpose: str, version: int) -> str:
    return f"{purpose}/{version}"


def newest(texts: Iterable[ConsentText], purpose: str) -> ConsentText | None:
    """The last version that was written."""
    return max((each for each in texts if each.purpose == purpose), key=lambda each: each.version, default=None)


def in_force(texts: Iterable[ConsentText], purpose: str) -> ConsentText | None:
    """The last version that was approved."""
    return newest((each for each in texts if each.approval), purpose)


def write(before: ConsentText | None, purpose: str, ru: Phrasing, en: Phrasing, by: str, now: datetime) -> ConsentText:
    """A new version, which nobody has approved. Raises RefusedError for one that does not say who keeps the data."""
    if not all(KEEPER in each.text for each in (ru, en)):
        raise RefusedError("bad_consent", f"В тексте согласия должно быть, кто обрабатывает данные: {KEEPER}.")
    version = before.version + 1 if before else 1
    return ConsentText(key_of(purpose, version), purpose, version, ru, en, by, now)


def approve(text: ConsentText, by: str, now: datetime) -> ConsentText:
    """Raises RefusedError for the author himself."""
    return replace(text, approval=approval_of(text, by, now, OWN))


def give(before: Consents, given: Given, contact: Contact) -> Consents:
    """A sheet that is known changes nothing, also where it was withdrawn since."""
    if any(each.key == given.key for each in before.given):
        return before
    return replace(before, given=(*before.given, given), contact=contact)


def withdraw(before: Consents, by: str, now: datetime) -> Consents:
    """All of it, and what was kept on that ground is gone. Who has agreed to what until when stays: it must be proved."""
    given = tuple(replace(each, withdrawn=now, withdrawn_by=by) if each.withdrawn is None else each for each in before.given)
    return replace(before, given=given, contact=Contact())


def take_back(before: Consents, key: str, by: str, now: datetime) -> Consents:
    """One of them alone, by its key; what is kept on the ground of the others stays."""
    return replace(before, given=tuple(
        replace(each, withdrawn=now, withdrawn_by=by) if each.key == key and each.withdrawn is None else each for each in before.given))
