"""Groups, attendance, certificates for those who have finished, the share of the trained (TR-01, TR-04, TR-06).

Refusals: no such group, of another centre, somebody who has not finished: which lessons, days or exam are missing is told.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime

from msgspec import Struct
from msgspec.structs import replace

from hub.access.authorization import Authorization
from hub.access.operator import Operator
from hub.conversations.ports import Store
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import RefusedError
from hub.training.certificate import Certificate
from hub.training.certificate_registry import CertificateRegistry
from hub.training.course import Course
from hub.training.course_service import CourseService
from hub.training.group import TrainingGroup
from hub.training.progress import TraineeProgress

NO_GROUP = RefusedError("no_such_group", "Такой группы нет.")


class Standing(Struct, frozen=True):
    """How far somebody of a group is."""

    login: str
    lessons: int
    """Done, of all of the course."""
    days: int
    """Attended, of all of the course."""
    percent: float | None
    """Of the last exam; None before the first."""
    passed: bool
    certificate: Certificate | None
    lacks: tuple[str, ...]
    """What is missing for the certificate, in words; empty is nothing."""


class TrainedShare(Struct, frozen=True):
    """Of a centre: how many who serve the queues that demand a qualification have it."""

    centre: str
    course: str
    trained: int
    staff: int


class TrainingGroupService:
    def __init__(self, store: Store, authorization: Authorization, now: Callable[[], datetime], course_service: CourseService,
                 registry: CertificateRegistry) -> None:
        self._store, self._authorization, self._now = store, authorization, now
        self._course_service, self._registry = course_service, registry
        self._changing = asyncio.Lock()

    async def all(self, who: Operator) -> list[TrainingGroup]:
        """Those of the operator's centre, the newest first."""
        return await self._store.marked(TrainingGroup, "centre", self._authorization.centre(who), newest=True, limit=1_000)

    async def find(self, who: Operator, key: str) -> TrainingGroup:
        found = await self._store.get(TrainingGroup, key)
        if found is None or not self._authorization.keeps(who, found.centre):
            raise NO_GROUP
        return found

    async def write(self, who: Operator, key: str, made: TrainingGroup) -> TrainingGroup:
        """Write it anew, with the attendance that it has. Idempotent."""
        async with self._changing:
            before = await self._store.get(TrainingGroup, key)
            if before is not None and not self._authorization.keeps(who, before.centre):
                raise NO_GROUP
            self._registry.provider(made.provider)
            after = replace(made, present=before.present, written=before.written) if before else made
            if after == before:
                return after
            await self._put(before, after, AuditEntry(self._now(), who.login, "training_group", key))
            return after

    async def mark(self, who: Operator, key: str, day: int, present: Sequence[str]) -> TrainingGroup:
        """Who was there on a day of the course."""
        async with self._changing:
            before = await self.find(who, key)
            count = len(self.course(who, before).days)
            if not 0 <= day < count or not set(present) <= set(before.trainees):
                raise RefusedError("bad_attendance", f"Отмечают стажёров группы в дни курса: их {count}.")
            after = replace(before, present=before.present | {day: tuple(sorted(present))})
            await self._put(before, after, AuditEntry(self._now(), who.login, "training_attendance", key, str(day + 1)))
            return after

    def course(self, who: Operator, group: TrainingGroup) -> Course:
        """The version that the group learns."""
        return self._course_service.courses.find(who, group.course, group.version)

    async def standings(self, who: Operator, group: TrainingGroup) -> list[Standing]:
        course, progress = self.course(who, group), await self._course_service.all_in(group.course)
        return [self._standing(group, course, login, progress.get(login)) for login in group.trainees]

    async def certify(self, who: Operator, key: str, whom: Operator) -> Certificate:
        """For somebody of a group who has attended all days, done all lessons, and passed the exam."""
        group = await self.find(who, key)
        course, provider = self.course(who, group), self._registry.provider(group.provider)
        if whom.login not in group.trainees:
            raise NO_GROUP
        progress = await self._course_service.progress(whom.login, group.course)
        standing = self._standing(group, course, whom.login, progress)
        if standing.lacks:
            raise RefusedError("not_finished", f"Сертификат выдать нельзя: {'; '.join(standing.lacks)}.")
        return await self._registry.issue(self._authorization, who, whom, course, provider, standing.percent or 0.0)

    def shares(self, operators: Iterable[Operator], needs: dict[str, str]) -> list[TrainedShare]:
        """`needs` is the qualification of each queue that demands one."""
        asked: dict[tuple[str, str], set[str]] = {}
        for each in operators:
            for queue in each.queues if each.active else ():
                if course := needs.get(queue, ""):
                    asked.setdefault((self._authorization.centre_of(queue), course), set()).add(each.login)
        return [TrainedShare(centre, course, sum(self._holds(login, course) for login in logins), len(logins))
                for (centre, course), logins in sorted(asked.items())]

    def _holds(self, login: str, course: str) -> bool:
        found = self._registry.best(login, course)
        return found is not None and found.holds(self._now())

    def _standing(self, group: TrainingGroup, course: Course, login: str, progress: TraineeProgress | None) -> Standing:
        every, count = len(list(course.lessons())), len(course.days)
        lessons = len(self._course_service.done(course, progress)) if progress else 0
        last = next((each for each in reversed(progress.attempts) if each.ended), None) if progress else None
        passed = next((each for each in reversed(progress.attempts) if each.passed), None) if progress else None
        days, told = group.attended(login, count), passed or last
        lacks = [words for words, missing in (
            (f"уроков пройдено {lessons} из {every}", lessons < every), (f"дней {days} из {count}", days < count),
            ("экзамен не сдан", passed is None)) if missing]
        return Standing(login, lessons, days, told.percent if told else None, passed is not None, self._registry.best(login, course.key),
                        tuple(lacks))

    async def _put(self, before: TrainingGroup | None, after: TrainingGroup, entry: AuditEntry) -> None:
        if before is None:
            await self._store.exchange((), (), entry, new=(after,))
        else:
            await self._store.exchange((after,), (), entry, seen=(before,))


def schedule(group: TrainingGroup, course: Course) -> list[date]:
    """The date of each day of the course."""
    return group.days(len(course.days))
