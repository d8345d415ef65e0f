"""Certificates of qualification, those who issue them, and dated exemptions (TR-04, TR-05). Pure.

issue                       revoke
──────► valid ────────────────────► revoked
          │ the last day is over
          ╰──────────────────► expired
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from enum import StrEnum

from hub.kernel.document import Document
from hub.kernel.indexes import IndexEntry

WARNED = timedelta(days=30)
"""So long before its end a certificate is shown as ending."""


class CertificateState(StrEnum):
    VALID = "valid"
    ENDING = "ending"
    """Valid for thirty days at most."""
    EXPIRED = "expired"
    REVOKED = "revoked"


class TrainingProvider(Document, frozen=True, omit_defaults=True, tag="training_provider"):
    """An institution with a licence for education (273-ФЗ ст. 91)."""

    key: str
    name: str
    licence: str
    """Its number."""
    until: date
    """The last day of its validity."""
    centre: str = ""
    written_by: str = ""


class Certificate(Document, frozen=True, omit_defaults=True, tag="certificate"):
    """`code` is its key, printed on it and checked on a public page. Its words stay as they were when it was issued."""

    code: str
    login: str
    name: str
    course: str
    version: int
    title: str
    hours: float
    percent: float
    provider: str
    licence: str
    issued: datetime
    until: datetime
    """The first moment when it is valid no more."""
    by: str
    centre: str
    revoked: datetime | None = None
    why: str = ""
    """Why it was revoked."""

    def marks(self) -> Iterator[IndexEntry]:
        yield IndexEntry("login", self.login, self.issued)
        yield IndexEntry("centre", self.centre, self.issued)

    def state(self, now: datetime) -> CertificateState:
        if self.revoked is not None:
            return CertificateState.REVOKED
        if now >= self.until:
            return CertificateState.EXPIRED
        return CertificateState.ENDING if now >= self.until - WARNED else CertificateState.VALID

    def holds(self, now: datetime) -> bool:
        return self.revoked is None and now < self.until


class CertificateExemption(Document, frozen=True, omit_defaults=True, tag="certificate_exemption"):
    """A centre lets somebody serve without the certificate until a moment, for a reason that the audit keeps."""

    key: str
    """"login/course"."""
    login: str
    course: str
    until: datetime
    why: str
    by: str
    centre: str


def ends(issued: date, months: int) -> date:
    """The first day without validity: the same day of a later month, or that month's last."""
    year, month = divmod(issued.year * 12 + issued.month - 1 + months, 12)
    following = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(days=issued.day - 1), following - timedelta(days=1))


def best(certificates: Iterable[Certificate], now: datetime) -> Certificate | None:
    """Of one account and course: the one that is valid longest, else the newest."""
    return max(certificates, key=lambda each: (each.holds(now), each.until, each.issued), default=None)
