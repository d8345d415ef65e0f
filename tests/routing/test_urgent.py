"""Whoever is in danger is offered before all else (B1 of the acceptance by a citizen)."""

from time import perf_counter

import pytest

from hub.access.operator import CAPACITY
from hub.conversations.assignment_reason import URGENT_S, AssignmentRule, sentence
from hub.dispatch.offer import Offer, Waiting
from hub.organisation.queue import Skills, skills
from routing.assignment import Floor

START, CHAT = 1_000_000.0, 25


def serving(queue: str) -> Skills:
    return skills({queue: 1})


def waiting(number: int, since_s: float = 0, cost: int = CHAT) -> Waiting:
    return Waiting(number, "a", START + since_s, cost, (serving("a"),))


def urgent(number: int, since_s: float = 0, cost: int = CHAT) -> Waiting:
    return Waiting(number, "a", START + since_s, cost, (serving("a"),), URGENT_S, urgent=True)


def made(offers: list[Offer]) -> list[tuple[int, str]]:
    return [(offer.conversation, offer.operator) for offer in offers]


@pytest.fixture
def floor() -> Floor:
    return Floor()


def test_whoever_is_in_danger_goes_before_all_who_have_waited(floor: Floor) -> None:
    for number in range(1, 216):
        floor.wait(waiting(number, since_s=number), START + number)
    floor.wait(urgent(300, since_s=400), START + 400)
    assert floor.place(300) == 1
    offers = floor.present("anna", serving("a"), START + 401)
    assert made(offers)[0] == (300, "anna")
    assert sentence(offers[0].why, "Анна", "").startswith("Опасность для жизни: обращение впереди всех")


def test_whoever_is_full_is_offered_one_more_where_life_is_in_danger(floor: Floor) -> None:
    # And never a second one above what fits.
    floor.present("anna", serving("a"), START)
    for number in range(1, 5):
        floor.wait(waiting(number), START)
        floor.take(number, "anna", CHAT, START)
    assert floor.wait(waiting(5), START) == []
    offers = floor.wait(urgent(6), START + 1)
    assert [(offer.conversation, offer.operator, offer.why.rule) for offer in offers] == [(6, "anna", AssignmentRule.URGENT)]
    assert floor.wait(urgent(7), START + 2) == []
    floor.take(6, "anna", CHAT, START + 3)
    assert made(floor.release(1, START + 4)) == [(7, "anna")]
    assert floor.offered(5) is None


def test_whoever_comes_back_full_is_offered_who_is_in_danger_at_once(floor: Floor) -> None:
    for number in range(1, 5):
        floor.take(number, "anna", CHAT, START)
    assert floor.wait(urgent(6), START) == []
    assert made(floor.present("anna", serving("a"), START + 1)) == [(6, "anna")]


def test_nobody_who_is_on_the_telephone_is_offered_a_second_talk(floor: Floor) -> None:
    floor.present("anna", serving("a"), START)
    floor.take(1, "anna", CAPACITY, START)
    assert floor.wait(urgent(6), START + 1) == []
    assert made(floor.present("boris", serving("a"), START + 2)) == [(6, "boris")]


def test_a_call_in_danger_goes_to_whoever_has_chats_alone(floor: Floor) -> None:
    floor.present("anna", serving("a"), START)
    floor.wait(waiting(1), START)
    floor.take(1, "anna", CHAT, START)
    assert made(floor.wait(urgent(6, cost=CAPACITY), START + 1)) == [(6, "anna")]


def test_a_flood_of_invented_danger_costs_each_step_little(floor: Floor) -> None:
    # SE-02
    operators, crowd = 200, 1_000
    for number in range(operators):
        floor.present(f"o{number}", serving("a"), START)
    began = perf_counter()
    for number in range(operators * 5 + crowd):
        floor.wait(urgent(number), START)
    assert perf_counter() - began < 5
    assert len(floor.line("a")) == operators * 5 + crowd
    assert all(floor.load(f"o{number}") == CAPACITY + CHAT for number in range(operators))
    assert [who for _, who in made(floor.withdraw(floor.offers_of("o0")[0].conversation, START + 1))] == ["o0"]
