"""Builds the room of training, and the courses that come with the package."""

import tomllib
from collections.abc import Callable
from datetime import datetime
from importlib.resources import files

import msgspec
from msgspec import Struct

from hub.access.operator import Role
from hub.knowledge.editorial import Editorial
from hub.knowledge.handbook import KnowledgeSnapshot
from hub.organisation.level import Level
from hub.quality.surveys.survey import Bilingual
from hub.training.coaching_assignment import LessonRef
from hub.training.course import Course, CourseDay, ExamRules, check, id_of


class ShippedCourse(Struct, frozen=True, forbid_unknown_fields=True):
    key: str
    title: Bilingual
    roles: tuple[Role, ...]
    levels: tuple[Level, ...]
    months: int
    exam: ExamRules
    sources: tuple[str, ...]
    days: tuple[CourseDay, ...]

    def course(self, now: datetime) -> Course:
        return Course(id_of(self.key, 1), self.key, 1, self.title, self.roles, self.levels, self.days, self.exam, self.months, "", now,
                      self.sources)


def shipped_courses() -> list[ShippedCourse]:
    """One file a course."""
    folder = files("okno") / "demo" / "courses"
    found = [msgspec.convert(tomllib.loads(each.read_text(encoding="utf8")), ShippedCourse)
             for each in sorted(folder.iterdir(), key=lambda each: each.name) if each.name.endswith(".toml")]
    for each in found:
        check(each.days, each.exam)
    return found


def shipped_coaching() -> dict[tuple[str, str], LessonRef]:
    """The lesson of each criterion of the shipped scorecard."""
    told = tomllib.loads((files("okno") / "demo" / "coaching.toml").read_text(encoding="utf8"))
    return {(card, item): LessonRef(*lesson.split("/")) for card, items in told.items() for item, lesson in items.items()}


def last_change(editorial: Editorial) -> Callable[[str], datetime | None]:
    """When the edition in force of a card was written; None where there is none."""
    written: dict[str, datetime] = {}

    def renew(_: KnowledgeSnapshot) -> None:
        today = editorial.today
        written.clear()
        written.update((each.name, each.written) for each in editorial.held if each.holds_on(today))

    renew(editorial.handbook())
    editorial.on_change.subscribe(renew)
    return written.get
