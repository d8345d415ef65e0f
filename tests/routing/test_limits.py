"""A limit of one's own: how many chats, and chats and letters together, one person holds (CH-10)."""

import pytest

from hub.access.operator import CAPACITY
from hub.conversations.channel_traits import Cost
from routing.assignment import Floor
from tests.routing.test_assignment import START, accepted, made, serving, waiting


@pytest.mark.parametrize("most", [1, 2, 3, 4, 6, 12])
def test_so_many_chats_and_no_more(most: int) -> None:
    floor = Floor()
    floor.limit("anna", most, 0)
    for number in range(1, most + 3):
        floor.wait(waiting(number, since_s=number), START + number)
    assert len(accepted(floor, floor.present("anna", serving("a"), START + 60), START + 60)) == most
    assert floor.written("anna") == (most, most)
    assert made(floor.release(1, START + 70)) == [(most + 1, "anna")]


def test_letters_fit_beside_the_last_chat_until_all_that_is_written_is_enough() -> None:
    floor = Floor()
    floor.limit("anna", 1, 3)
    floor.present("anna", serving("a"), START)
    accepted(floor, floor.wait(waiting(1), START), START)
    assert floor.wait(waiting(2, since_s=1), START + 1) == []
    floor.withdraw(2, START + 2)
    for number in range(3, 5):
        offers = floor.wait(waiting(number, since_s=number, cost=Cost.LETTER), START + number)
        assert made(accepted_offers := offers) == [(number, "anna")], accepted_offers
        floor.take(number, "anna", Cost.LETTER, START + number)
    assert floor.wait(waiting(5, since_s=5, cost=Cost.LETTER), START + 5) == []
    assert floor.load("anna") == CAPACITY


def test_a_call_is_alone_whatever_the_limit() -> None:
    floor = Floor()
    floor.limit("anna", 12, 0)
    offers = floor.present("anna", serving("a"), START) + floor.wait(waiting(1, cost=CAPACITY), START)
    assert made(offers) == [(1, "anna")]
    floor.take(1, "anna", CAPACITY, START)
    assert floor.wait(waiting(2, since_s=1), START + 1) == []
    floor.release(1, START + 2)
    assert floor.written("anna") == (1, 1)
    assert floor.wait(waiting(3, since_s=3, cost=CAPACITY), START + 3) == []


def test_a_lower_limit_takes_nothing_away_and_brings_nothing_new() -> None:
    floor = Floor()
    floor.present("anna", serving("a"), START)
    for number in range(1, 4):
        accepted(floor, floor.wait(waiting(number), START), START)
    floor.limit("anna", 2, 0)
    assert floor.present("anna", serving("a"), START + 1) == []
    assert floor.wait(waiting(4, since_s=2), START + 2) == []
    floor.release(1, START + 3)
    assert floor.held("anna") == [2, 3]
    floor.limit("anna", 0, 0)
    assert made(floor.present("anna", serving("a"), START + 4)) == [(4, "anna")]
