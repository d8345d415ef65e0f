"""Who holds which certificate: asked on each offer, so all are in memory; their ends are heard of at the moment (TR-04, TR-05).

Refusals: no such provider or certificate, of another centre, a licence that has ended, somebody who has not finished the course.
"""

import asyncio
import secrets
from collections.abc import Callable
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from hub.access.authorization import Authorization
from hub.access.operator import Operator
from hub.conversations.ports import Store
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.deadline_queue import DeadlineQueue
from hub.kernel.errors import RefusedError
from hub.kernel.signal import Signal
from hub.training.certificate import Certificate, CertificateExemption, TrainingProvider, best, ends
from hub.training.course import Course

NO_PROVIDER = RefusedError("no_such_provider", "Такой образовательной организации нет.")
NO_CERTIFICATE = RefusedError("no_such_certificate", "Такого сертификата нет.")
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_LETTERS = 12
"""Of a code: 60 bits."""
_NEXT = 0
"""All ends share one entry of the deadline queue."""


class CertificateRegistry:
    def __init__(self, store: Store, now: Callable[[], datetime], zone: ZoneInfo) -> None:
        """`zone` is the centre's: a certificate ends with a day there."""
        self._store, self._now, self._zone = store, now, zone
        self._certificates: dict[tuple[str, str], dict[str, Certificate]] = {}
        """By login and course, then by code."""
        self._exemptions: dict[tuple[str, str], CertificateExemption] = {}
        self._providers: dict[str, TrainingProvider] = {}
        self._valid: set[tuple[str, str]] = set()
        """Those who were qualified when they were looked at last."""
        self._ends = DeadlineQueue(now, lambda _: self.look())
        self._changing = asyncio.Lock()
        self.on_change = Signal[[str]]()
        """Somebody, by login, is qualified now or no more."""

    async def start(self) -> None:
        for each in await self._store.all(Certificate):
            self._of(each.login, each.course)[each.code] = each
        self._exemptions = {(each.login, each.course): each for each in await self._store.all(CertificateExemption)}
        self._providers = {each.key: each for each in await self._store.all(TrainingProvider)}
        self.look()

    async def close(self) -> None:
        self._ends.close()

    def qualified(self, login: str, course: str) -> bool:
        """Whether somebody may serve what needs the qualification: by a certificate that is valid now, or an exemption."""
        now, key = self._now(), (login, course)
        exempt = self._exemptions.get(key)
        return (exempt is not None and now < exempt.until) or any(each.holds(now) for each in self._certificates.get(key, {}).values())

    def best(self, login: str, course: str) -> Certificate | None:
        """Of one account and course: the one that is valid longest, else the newest."""
        return best(self._certificates.get((login, course), {}).values(), self._now())

    def find(self, code: str) -> Certificate | None:
        """By its code, as it is printed or typed."""
        typed = "".join(code.upper().split()).replace("-", "")
        return next((held[typed] for held in self._certificates.values() if typed in held), None)

    def all(self, authorization: Authorization, who: Operator) -> list[Certificate]:
        """Those of the operator's centres, the first to end first."""
        every = (each for held in self._certificates.values() for each in held.values() if authorization.sees(who, each.centre))
        return sorted(every, key=lambda each: each.until)

    def providers(self, authorization: Authorization, who: Operator) -> list[TrainingProvider]:
        """Those of the operator's centres, by name."""
        return sorted((each for each in self._providers.values() if authorization.sees(who, each.centre)), key=lambda each: each.name)

    async def write_provider(self, authorization: Authorization, who: Operator, key: str, name: str, licence: str,
                             until: date) -> TrainingProvider:
        """Idempotent."""
        async with self._changing:
            before = self._providers.get(key)
            if before is not None and not authorization.keeps(who, before.centre):
                raise RefusedError("exists", "Организацию с этим ключом ведёт другой центр узла: возьмите другой ключ.")
            made = TrainingProvider(key, name.strip(), licence.strip(), until, authorization.centre(who), who.login)
            if before == made:
                return made
            entry = AuditEntry(self._now(), who.login, "training_provider", key, made.licence)
            await self._store.exchange((made,), (), entry, seen=(before,) if before else ())
            self._providers[key] = made
            return made

    def provider(self, key: str) -> TrainingProvider:
        """One whose licence is valid today (273-ФЗ ст. 91)."""
        found = self._providers.get(key)
        if found is None:
            raise NO_PROVIDER
        if found.until < self._today():
            raise RefusedError("licence_over", f"Лицензия организации «{found.name}» закончилась: сертификат она выдать не может.")
        return found

    async def issue(self, authorization: Authorization, who: Operator, whom: Operator, course: Course, provider: TrainingProvider,
                    percent: float) -> Certificate:
        """`percent` is the result of the exam. Issued twice on one day, it is the same one."""
        async with self._changing:
            today, key = self._today(), (whom.login, course.key)
            before = self.best(*key)
            if before is not None and before.holds(self._now()) and before.issued.astimezone(self._zone).date() == today:
                return before
            until = datetime.combine(ends(today, course.months), time(), self._zone)
            made = Certificate(
                "".join(secrets.choice(_ALPHABET) for _ in range(_LETTERS)), whom.login, whom.name, course.key, course.version,
                course.title.ru, course.hours, percent, provider.name, provider.licence, self._now(), until, who.login,
                authorization.centre(whom))
            entry = AuditEntry(self._now(), who.login, "certificate_issued", whom.login, made.code)
            await self._store.exchange((), (), entry, new=(made,))
            self._of(*key)[made.code] = made
            self.look()
            return made

    async def revoke(self, authorization: Authorization, who: Operator, code: str, why: str) -> Certificate:
        """Idempotent."""
        async with self._changing:
            before = self.find(code)
            if before is None or not authorization.keeps(who, before.centre):
                raise NO_CERTIFICATE
            if before.revoked is not None:
                return before
            after = replace(before, revoked=self._now(), why=why.strip())
            entry = AuditEntry(self._now(), who.login, "certificate_revoked", before.login, before.code, ground=after.why)
            await self._store.exchange((after,), (), entry, seen=(before,))
            self._of(before.login, before.course)[before.code] = after
            self.look()
            return after

    async def exempt(self, authorization: Authorization, who: Operator, whom: Operator, course: Course, until: datetime,
                     why: str) -> CertificateExemption:
        """Let somebody serve without a certificate until a moment; one in the past ends the exemption."""
        async with self._changing:
            key = (whom.login, course.key)
            before = self._exemptions.get(key)
            made = CertificateExemption("/".join(key), *key, until, why.strip(), who.login, authorization.centre(whom))
            if before == made:
                return made
            entry = AuditEntry(self._now(), who.login, "certificate_exemption", whom.login, course.key, ground=made.why)
            await self._store.exchange((made,), (), entry, seen=(before,) if before else ())
            self._exemptions[key] = made
            self.look()
            return made

    def _of(self, login: str, course: str) -> dict[str, Certificate]:
        return self._certificates.setdefault((login, course), {})

    def _today(self) -> date:
        return self._now().astimezone(self._zone).date()

    def look(self) -> None:
        """Tell of everybody whose qualification has begun or ended, and wait for the next end."""
        now = self._now()
        untils = [each.until for held in self._certificates.values() for each in held.values() if each.holds(now)]
        untils += [each.until for each in self._exemptions.values() if each.until > now]
        keys = {*self._certificates, *self._exemptions}
        valid = {key for key in keys if self.qualified(*key)}
        changed, self._valid = valid ^ self._valid, valid
        self._ends.put(_NEXT, min(untils, default=None))
        for login, _ in sorted(changed):
            self.on_change(login)
