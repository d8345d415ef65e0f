"""Exams: a draw of questions that can be repeated from its seed, a limited time, a mark (TR-02). Pure."""

import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct, field

from hub.training.course import Course, ExamQuestion

Answers = Mapping[str, tuple[int, ...]]
"""The numbers of the chosen options by the key of the question."""
DAY = timedelta(days=1)
GRACE = timedelta(seconds=30)
"""For the way of the last answer."""


class ExamAttempt(Struct, frozen=True, omit_defaults=True):
    """Begun, and ended by its answers. `seed` repeats the draw; `percent` of its questions were right."""

    seed: int
    version: int
    begun: datetime
    until: datetime
    ended: datetime | None = None
    percent: float = 0.0
    passed: bool = False
    answers: dict[str, tuple[int, ...]] = field(default_factory=dict)


def draw(course: Course, seed: int) -> list[ExamQuestion]:
    """As many questions as the rules say, spread over the lessons: one of each lesson before a second of any."""
    chance = random.Random(seed)  # noqa: S311 - reproducible, and no secret: the seed is made by the service
    lessons = [chance.sample(each.questions, len(each.questions)) for each in course.lessons() if each.questions]
    chance.shuffle(lessons)
    rounds = max(map(len, lessons), default=0)
    spread = [lesson[at] for at in range(rounds) for lesson in lessons if at < len(lesson)]
    return spread[:course.exam.questions]


def right_of(questions: Sequence[ExamQuestion], answers: Answers) -> int:
    """How many are answered with exactly the right options."""
    return sum(set(answers.get(each.key, ())) == set(each.right) for each in questions)


def percent_of(questions: Sequence[ExamQuestion], answers: Answers) -> float:
    """0 without questions."""
    return 100 * right_of(questions, answers) / len(questions) if questions else 0.0


def attempts_left(course: Course, attempts: Sequence[ExamAttempt], now: datetime) -> int:
    """Of the last 24 hours."""
    return max(0, course.exam.attempts_a_day - sum(each.begun > now - DAY for each in attempts))
