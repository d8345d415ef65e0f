"""How understanding is judged: by hand, on answers that are known."""

import pytest

from bots.dialogue.parsed import FALLBACK, Entity, Parsed, Ranked
from bots.evaluation.dialogues import Answered, Expected, Outcome, faults_of
from bots.project.evaluation import EvaluationScores, judge
from bots.project.examples import Example

TVER = Entity("city", "Тверь", 2, 6)


class Heard:
    """Answers as it is told to."""

    def __init__(self, answers: dict[str, Parsed]) -> None:
        self._answers = answers

    def parse(self, words: str, *, hasty: bool = False) -> Parsed:
        return self._answers[words]


def of(intent: str, *entities: Entity) -> Parsed:
    return Parsed("", intent, 0.9, (Ranked(intent, 0.9),), entities)


def test_what_was_likeliest_counts_and_what_was_believed_is_told_apart() -> None:
    # KB-02
    unsure = Parsed("", FALLBACK, 0.3, (Ranked(FALLBACK, 0.7), Ranked("a", 0.3)))
    figures = judge([Example("1", "a"), Example("2", "a"), Example("3", "b"), Example("4", "b")],
                    Heard({"1": of("a"), "2": unsure, "3": of("b"), "4": of("a")}))
    assert (figures.accuracy, figures.understood) == (0.75, 0.5)
    assert figures.macro_f1 == pytest.approx((4 / 5 + 2 / 3) / 2)


@pytest.mark.parametrize(("found", "share"), [((TVER,), 1.0), ((), 0.0), ((Entity("city", "Тверь", 0, 6),), 0.0),
                                              ((TVER, Entity("day", "завтра", 8, 14)), pytest.approx(2 / 3))])
def test_an_entity_is_right_at_its_very_place(found: tuple[Entity, ...], share: float) -> None:
    assert judge([Example("в Тверь", "a", (TVER,))], Heard({"в Тверь": of("a", *found)})).entity_f1 == share


def test_of_nothing_nothing_is_wrong() -> None:
    assert judge([], Heard({})) == EvaluationScores(1.0, 1.0, 1.0, 1.0)


def test_a_case_number_is_no_telephone_number() -> None:
    handed_over = Answered(("Соединяю с оператором.\nНомер обращения: 001-261201-00112-7.",), (), person=True)
    assert faults_of(Expected("позовите человека", Outcome.PERSON), handed_over) == []
    alarmed = Answered(("Позвоните 112 прямо сейчас.",), (), person=True)
    assert faults_of(Expected("позовите человека", Outcome.PERSON), alarmed) == ["false alarm"]
