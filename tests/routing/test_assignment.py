"""The floor's decisions, one by one; test_queue.py holds it to what must be true whatever happens."""

import pytest

from hub.access.operator import CAPACITY
from hub.conversations.assignment_reason import AssignmentRule, is_right, sentence
from hub.dispatch.offer import Offer, Waiting
from hub.organisation.queue import Skills, skills
from routing.assignment import Floor

START, PATIENCE_S = 1_000_000.0, 30.0


def serving(*queues: str, **levels: int) -> Skills:
    return skills(dict.fromkeys(queues, 1) | levels)


def waiting(
    conversation: int, queue: str = "a", since_s: float = 0, cost: int = 25, *,
    rings: tuple[Skills, ...] = (), priority_s: float = 0, wanted: str = "", shunned: str = "", preferred: str = "",
) -> Waiting:
    return Waiting(conversation, queue, START + since_s, cost, rings or (serving(queue),), priority_s, PATIENCE_S, wanted, shunned, preferred)


def made(offers: list[Offer]) -> list[tuple[int, str]]:
    return [(offer.conversation, offer.operator) for offer in offers]


def accepted(floor: Floor, offers: list[Offer], now: float, cost: int = 25) -> list[tuple[int, str]]:
    """What is offered one after the other to whoever accepts each, in order."""
    got: list[tuple[int, str]] = []
    for offer in offers:
        got += [(offer.conversation, offer.operator), *accepted(floor, floor.take(offer.conversation, offer.operator, cost, now), now, cost)]
    return got


@pytest.fixture
def floor() -> Floor:
    return Floor()


def test_the_longest_waiting_comes_first_over_all_queues(floor: Floor) -> None:
    # CH-08
    for conversation, queue, since in ((1, "a", 30), (2, "b", 10), (3, "a", 20), (4, "c", 0)):
        floor.wait(waiting(conversation, queue, since), START + 30)
    offers = floor.present("anna", serving("a", "b"), START + 30)
    assert accepted(floor, offers, START + 30) == [(2, "anna"), (3, "anna"), (1, "anna")]
    assert floor.place(4) == 1


def test_priority_counts_as_a_longer_wait(floor: Floor) -> None:
    # CH-08
    floor.wait(waiting(1, since_s=0), START)
    floor.wait(waiting(2, since_s=50, priority_s=60), START + 50)
    offers = floor.present("anna", serving("a"), START + 60)
    assert made(offers) == [(2, "anna")]
    assert (offers[0].why.rule, offers[0].why.waited_s, offers[0].why.rival, offers[0].why.rival_s) == (AssignmentRule.WAITING, 10, "1", 60)


def test_the_longest_idle_is_asked_first(floor: Floor) -> None:
    # CH-08
    for at, operator in enumerate(("anna", "boris", "olga")):
        floor.present(operator, serving("a"), START + at)
    offers = [floor.wait(waiting(n, since_s=10), START + 10)[0] for n in range(1, 4)]
    assert [offer.operator for offer in offers] == ["anna", "boris", "olga"]
    assert floor.wait(waiting(4, since_s=11), START + 11) == []
    assert made(floor.take(2, "boris", 25, START + 12)) == [(4, "boris")]
    assert (offers[0].why.rule, offers[0].why.idle_s, offers[0].why.rival, offers[0].why.rival_s) == (AssignmentRule.IDLE, 10, "boris", 9)


def test_nobody_is_offered_what_he_has_not_learnt(floor: Floor) -> None:
    # CH-08
    floor.present("anna", serving("a", passports=2), START)
    assert floor.wait(waiting(1, rings=(serving("a", passports=3),)), START) == []
    assert floor.wait(waiting(2, rings=(serving("a", english=1),)), START) == []
    assert made(floor.wait(waiting(3, rings=(serving("a", passports=2),)), START)) == [(3, "anna")]


def test_requirements_widen_after_5_10_and_15_seconds(floor: Floor) -> None:
    # CH-08, SL-03
    rings = (*tuple(serving("a", passports=level) for level in (3, 2, 1)), serving("a"))
    floor.wait(waiting(1, rings=rings, cost=CAPACITY), START)
    for at, has, expected in ((0, serving("a", passports=2), []), (5, (), [(1, "two")])):
        if has:
            assert floor.present("two", has, START + at) == []
        else:
            assert floor.advance(START + 4.9) == ([], [])
            assert floor.next_event() == START + 5
            offers = floor.advance(START + at)[1]
            assert made(offers) == expected
            assert offers[0].why.ring == 1
    floor.reject(1, "two", START + 6)
    assert floor.present("none", serving("a"), START + 7) == []
    assert floor.advance(START + 10) == ([], [])
    assert made(floor.advance(START + 15)[1]) == [(1, "none")]


def test_whoever_is_idle_is_not_kept_from_the_second_by_the_first(floor: Floor) -> None:
    # CH-08: the first was given away by the only one whom the ring brings
    rings = (serving("a", passports=2), serving("a"))
    floor.present("anna", serving("a"), START)
    floor.wait(waiting(1, rings=rings, shunned="anna"), START)
    floor.wait(waiting(2, since_s=1, rings=rings), START + 1)
    assert floor.next_event() == START + 5
    assert floor.advance(START + 5) == ([], [])
    assert floor.next_event() == START + 6
    assert made(floor.advance(START + 6)[1]) == [(2, "anna")]


def test_whoever_comes_with_an_older_clock_is_the_next_to_be_widened(floor: Floor) -> None:
    # CH-08, CH-09
    rings = (serving("a", passports=2), serving("a"))
    floor.present("anna", serving("a"), START)
    floor.wait(waiting(1, rings=rings, cost=100), START)
    floor.wait(waiting(2, since_s=-1, rings=rings, cost=100), START + 2)
    assert floor.next_event() == START + 4
    assert made(floor.advance(START + 4)[1]) == [(2, "anna")]


def test_of_two_with_the_same_clock_neither_is_forgotten(floor: Floor) -> None:
    # CH-08
    rings = (serving("a", passports=2), serving("a"))
    floor.present("anna", serving("a"), START)
    floor.wait(waiting(2, rings=rings), START)
    floor.wait(waiting(1, rings=rings), START + 1)
    floor.withdraw(2, START + 2)
    assert made(floor.advance(START + 5)[1]) == [(1, "anna")]


def test_a_ring_has_no_part_in_what_has_not_waited_for_it(floor: Floor) -> None:
    # CH-08, CH-10: neither as the next best, nor as something to be kept free for
    rings = (serving("a", passports=2), serving("a"))
    floor.present("olga", serving("a", passports=2), START)
    floor.take(50, "olga", 25, START)
    for chat in (51, 52):
        floor.take(chat, "anna", 50, START)
    for conversation, since_s in ((1, 0), (2, 5)):
        floor.wait(waiting(conversation, since_s=since_s, rings=rings, cost=100), START + since_s)
    floor.present("anna", serving("a"), START + 6)
    assert floor.release(51, START + 6) == []
    assert made(floor.wait(waiting(3, since_s=6), START + 6)) == [(3, "anna")]
    floor.take(3, "anna", 25, START + 6)
    floor.release(3, START + 6)
    offer, = floor.release(52, START + 6)
    assert (offer.conversation, offer.why.rival) == (1, "")


def test_nothing_is_planned_for_a_ring_in_which_nobody_is_idle(floor: Floor) -> None:
    # CH-08: under full load the time brings nothing, and whoever becomes free finds what has waited long enough
    rings = (serving("a", passports=2), serving("a"))
    floor.present("anna", serving("a"), START)
    floor.take(50, "anna", 100, START)
    floor.wait(waiting(1, rings=rings), START)
    assert floor.next_event() is None
    offer, = floor.release(50, START + 7)
    assert (offer.conversation, offer.why.ring) == (1, 1)


def test_whoever_is_preferred_comes_first_in_the_rings_that_are_in_force(floor: Floor) -> None:
    # CH-08
    rings = tuple(serving("a", passports=level) for level in (3, 2, 1))
    for operator, level in (("anna", 2), ("boris", 1), ("olga", 2)):
        floor.present(operator, serving("a", passports=level), START)
        floor.take(ord(operator[0]), operator, 100, START)
    floor.wait(waiting(1, rings=rings, cost=100, preferred="boris"), START)
    floor.wait(waiting(2, rings=rings, cost=100, preferred="olga"), START)
    for operator in ("anna", "boris", "olga"):
        assert floor.release(ord(operator[0]), START + 1) == []
    assert [(o.conversation, o.operator, o.why.rule) for o in floor.advance(START + 5)[1]] == [
        (1, "anna", AssignmentRule.IDLE), (2, "olga", AssignmentRule.PREFERRED)]


def test_what_was_alike_to_all_is_told_apart_when_somebody_comes_to_whom_it_is_not(floor: Floor) -> None:
    # CH-08
    rings = {queue: (serving(queue, passports=2), serving(queue)) for queue in "ab"}
    floor.present("anna", serving("a", "b"), START)
    floor.wait(waiting(1, "a", rings=rings["a"]), START)
    floor.wait(waiting(2, "b", rings=rings["b"]), START)
    floor.take(50, "olga", 100, START)
    assert floor.present("olga", serving("a", passports=2), START) == []
    assert accepted(floor, floor.advance(START + 5)[1], START + 5) == [(1, "anna"), (2, "anna")]


def test_a_saver_goes_along_when_it_is_told_apart(floor: Floor) -> None:
    # CH-10
    for operator in ("anna", "olga"):
        floor.present(operator, serving("a", "b"), START)
        floor.take(ord(operator[0]), operator, 25, START)
    floor.wait(waiting(1, "a", cost=100), START)
    floor.wait(waiting(2, "b", cost=100), START)
    floor.take(50, "vera", 100, START)
    floor.present("vera", serving("a"), START)
    floor.take(51, "boris", 25, START)
    assert floor.present("boris", serving("a", "b"), START) == []
    assert made(floor.wait(waiting(3, "a", since_s=1), START + 1)) == [(3, "boris")]


def test_a_clock_that_came_along_is_not_started_again(floor: Floor) -> None:
    # CH-09: whoever has waited 12 s elsewhere does not begin with the narrowest ring
    rings = (serving("a", passports=3), serving("a", passports=2), serving("a"))
    floor.present("anna", serving("a"), START)
    assert made(floor.wait(waiting(1, rings=rings), START + 12)) == [(1, "anna")]


@pytest.mark.parametrize(("cost", "fit"), [(100, 1), (25, 4), (10, 10)])
def test_one_call_or_four_chats_and_never_more(floor: Floor, cost: int, fit: int) -> None:
    # CH-10
    for conversation in range(1, 21):
        floor.wait(waiting(conversation, cost=cost), START)
    assert len(accepted(floor, floor.present("anna", serving("a"), START), START, cost)) == fit
    assert (len(floor.held("anna")), floor.load("anna")) == (fit, cost * fit)
    assert len(floor.release(1, START)) == 1


def test_calls_do_not_starve_behind_chats(floor: Floor) -> None:
    # CH-10, SL-03: chats keep coming, and the one that is to be kept free for the call takes no more of them
    floor.present("anna", serving("a"), START)
    floor.present("olga", serving("a"), START)
    for chat in range(1, 9):
        floor.wait(waiting(chat), START)
        floor.take(chat, "anna" if chat % 2 else "olga", 25, START)
    floor.wait(waiting(100, since_s=1, cost=100), START + 1)
    floor.wait(waiting(101, since_s=1.5, cost=25), START + 1.5)
    got: list[tuple[int, str]] = []
    for at, chat in enumerate((1, 2, 3, 4, 5, 6, 7)):
        now = START + 2 + at
        for offers in (floor.release(chat, now), floor.wait(waiting(200 + at, since_s=2 + at), now)):
            got += made(offers)
            for offer in offers:
                got += accepted(floor, floor.take(offer.conversation, offer.operator, 100 if offer.conversation == 100 else 25, now), now)
    assert (100, "anna") in got
    assert [operator for conversation, operator in got if conversation != 100] == ["olga"] * (len(got) - 1)
    assert len(got) == 4


def test_only_one_operator_is_kept_free_for_one_call(floor: Floor) -> None:
    # CH-10
    for operator in ("anna", "olga", "vera"):
        floor.present(operator, serving("a"), START)
        floor.take(ord(operator[0]), operator, 25, START)
    floor.wait(waiting(1, cost=100), START)
    given = [accepted(floor, floor.wait(waiting(n, since_s=n), START + n), START + n) for n in range(2, 9)]
    assert {operator for offers in given for _, operator in offers} == {"olga", "vera"}
    assert given[6] == []
    # The call hangs up: nobody need be kept free any more.
    assert made(floor.withdraw(1, START + 10)) == [(8, "anna")]


def test_the_last_empty_operators_are_spared_for_calls(floor: Floor) -> None:
    # CH-08, CH-10, SL-03: of six who take calls, one has no conversation
    names = ("anna", "boris", "olga", "vera", "gleb", "ivan")
    floor.wait(waiting(90, cost=CAPACITY), START)
    floor.withdraw(90, START)
    for number, operator in enumerate(names):
        floor.present(operator, serving("a"), START + number)
        if operator != "ivan":
            floor.take(number, operator, 50 if operator == "vera" else 25, START + number)
    offers = []
    for n in range(10, 13):
        offers += floor.wait(waiting(n, since_s=10), START + 10)
        floor.take(n, offers[-1].operator, 25, START + 10)
    assert [offer.operator for offer in offers] == ["vera", "vera", "anna"]
    assert (offers[0].why.spared, is_right(offers[0].why)) == (True, True)
    assert sentence(offers[0].why, "Вера", "") == (
        "У оператора Вера есть место рядом с его обращениями, а немногие свободные остаются для звонков; гражданин ждал 0 с.")
    assert made(floor.wait(waiting(20, since_s=10, cost=CAPACITY), START + 10)) == [(20, "ivan")]


def test_nobody_waits_for_a_spared_operator(floor: Floor) -> None:
    # CH-08, CH-10: everybody else is full, so the chat gets the last one without a conversation
    floor.wait(waiting(90, cost=CAPACITY), START)
    floor.withdraw(90, START)
    for number, operator in enumerate(("anna", "boris", "olga", "vera", "gleb", "ivan")):
        floor.present(operator, serving("a"), START + number)
        if operator != "ivan":
            floor.take(number, operator, CAPACITY, START)
    assert made(floor.wait(waiting(10, since_s=10), START + 10)) == [(10, "ivan")]


def test_without_calls_nobody_is_spared(floor: Floor) -> None:
    # CH-08
    for number, operator in enumerate(("ivan", "anna", "boris", "olga", "vera", "gleb")):
        floor.present(operator, serving("a"), START + number)
        if operator != "ivan":
            floor.take(number, operator, 25, START + 10)
    assert made(floor.wait(waiting(10, since_s=20), START + 20)) == [(10, "ivan")]


def test_a_saver_leaves_and_another_one_saves(floor: Floor) -> None:
    # CH-10
    floor.present("anna", serving("a"), START)
    floor.take(50, "anna", 25, START)
    floor.wait(waiting(1, cost=100), START)
    assert floor.present("anna", (), START) == []
    assert floor.present("anna", serving("a"), START) == []
    assert floor.wait(waiting(2, since_s=1), START + 1) == []
    assert made(floor.release(50, START + 2)) == [(1, "anna")]


def test_whoever_is_kept_free_for_one_is_replaced_when_he_leaves(floor: Floor) -> None:
    # CH-10
    for operator in ("anna", "olga"):
        floor.present(operator, serving("a"), START)
        floor.take(ord(operator[0]), operator, 25, START)
    floor.wait(waiting(1, cost=100), START)
    assert made(floor.wait(waiting(2), START)) == [(2, "olga")]
    assert floor.present("anna", (), START) == []
    assert floor.wait(waiting(3), START) == []


def test_whoever_served_the_citizen_lately_is_asked_first(floor: Floor) -> None:
    # CH-08
    floor.present("anna", serving("a"), START)
    floor.present("olga", serving("a"), START)
    offers = floor.wait(waiting(1, preferred="olga"), START)
    assert (made(offers), offers[0].why.rule) == ([(1, "olga")], AssignmentRule.PREFERRED)
    floor.take(1, "olga", 25, START)
    # He is not waited for, and not asked for what he may not serve.
    floor.present("olga", (), START)
    assert made(floor.wait(waiting(2, preferred="olga"), START)) == [(2, "anna")]
    floor.take(2, "anna", 25, START)
    floor.present("olga", serving("b"), START)
    assert made(floor.wait(waiting(3, preferred="olga"), START)) == [(3, "anna")]


def test_whoever_is_wanted_is_the_only_one_asked(floor: Floor) -> None:
    # CH-09
    floor.present("anna", serving("a"), START)
    assert floor.wait(waiting(1, wanted="olga"), START) == []
    assert floor.length("a") == 0
    assert floor.place(1) == 1
    offers = floor.present("olga", serving("b"), START)
    assert (made(offers), offers[0].why.rule) == ([(1, "olga")], AssignmentRule.WANTED)


def test_whoever_gave_it_away_is_not_asked(floor: Floor) -> None:
    # CH-09
    floor.present("anna", serving("a"), START)
    assert floor.wait(waiting(1, shunned="anna"), START) == []
    assert made(floor.present("olga", serving("a"), START)) == [(1, "olga")]


def test_what_lapsed_is_offered_to_the_next_before_those_behind(floor: Floor) -> None:
    # CH-08
    floor.present("anna", serving("a"), START)
    floor.wait(waiting(1, cost=100), START)
    floor.wait(waiting(2, since_s=1, cost=100), START)
    later = START + PATIENCE_S
    assert floor.advance(later - 0.001) == ([], [])
    assert floor.next_event() == later
    lapsed, offers = floor.advance(later)
    assert ([(each.conversation, each.operator) for each in lapsed], offers) == ([(1, "anna")], [])
    assert floor.next_event() is None
    assert made(floor.present("olga", serving("a"), later)) == [(1, "olga")]
    assert made(floor.present("anna", serving("a"), later)) == [(2, "anna")]


def test_a_rejected_offer_may_come_again_once_he_is_ready_again(floor: Floor) -> None:
    # CH-08
    floor.present("anna", serving("a"), START)
    floor.wait(waiting(1), START)
    assert floor.reject(1, "anna", START) == []
    assert made(floor.wait(waiting(2, since_s=5), START + 5)) == [(2, "anna")]
    assert floor.present("anna", serving("a"), START) == []
    assert made(floor.take(2, "anna", 25, START + 6)) == [(1, "anna")]


def test_whoever_loses_an_offer_to_another_queue_gets_the_next(floor: Floor) -> None:
    # CH-08
    floor.present("anna", serving("a"), START)
    floor.wait(waiting(1, cost=100), START)
    floor.wait(waiting(2, since_s=1, cost=100), START)
    assert made(floor.wait(waiting(1, "b", cost=100), START)) == [(2, "anna")]


def test_each_choice_can_be_told_in_one_sentence(floor: Floor) -> None:
    # CH-08
    floor.present("anna", serving("a"), START - 190)
    floor.present("olga", serving("a"), START - 45)
    offer, = floor.wait(waiting(1, cost=100), START)
    assert is_right(offer.why)
    assert sentence(offer.why, "Анна", "Ольга") == (
        "Оператор Анна свободен дольше всех подходящих: 3 мин 10 с, следующий — Ольга: 45 с; гражданин ждал 0 с.")
    floor.take(1, "anna", 100, START)
    floor.take(2, "olga", 100, START)
    floor.wait(waiting(3, since_s=1, priority_s=30), START + 1)
    floor.wait(waiting(4, since_s=2), START + 2)
    offer = floor.release(2, START + 9)[0]
    assert is_right(offer.why)
    assert sentence(offer.why, "Ольга", "077-260101-00004-2") == (
        "Оператор Ольга освободился, и это обращение ждало дольше всех подходящих: 8 с (с приоритетом считается 38 с), "
        "следующее — 077-260101-00004-2: 7 с.")
    assert not is_right(type(offer.why)(AssignmentRule.IDLE, 0, 1, 0, idle_s=5, rival="olga", rival_s=6))


def test_the_same_events_lead_to_the_same_choices() -> None:
    # CH-08: reproducible from the journal
    def day() -> list[Offer]:
        floor, offers = Floor(), []
        for n in range(40):
            offers += floor.present(f"operator {n % 7}", serving("ab"[n % 2]), START + n)
            offers += floor.wait(waiting(n, "ab"[n % 3 % 2], n, cost=(10, 25, 100)[n % 3]), START + n)
            offers += floor.advance(START + n)[1]
        return offers

    assert day() == day() != []


def test_one_is_asked_about_one_at_a_time(floor: Floor) -> None:
    # CH-08: the others wait in their line, for whoever is free first (B6 of the acceptance by an operator)
    for number in range(1, 8):
        floor.wait(waiting(number, since_s=number), START + 10)
    assert made(floor.present("anna", serving("a"), START + 10)) == [(1, "anna")]
    assert made(floor.present("boris", serving("a"), START + 11)) == [(2, "boris")]
    assert made(floor.reject(1, "anna", START + 12)) == [(3, "anna")]
    assert made(floor.take(3, "anna", 25, START + 13)) == [(4, "anna")]


def test_what_is_transferred_to_somebody_is_offered_beside_another_offer(floor: Floor) -> None:
    # CH-09
    floor.wait(waiting(1), START)
    assert made(floor.present("anna", serving("a"), START)) == [(1, "anna")]
    assert made(floor.wait(waiting(2, since_s=5, wanted="anna"), START + 5)) == [(2, "anna")]
    assert floor.wait(waiting(3, since_s=6), START + 6) == []


def test_the_time_of_an_offer_stands_while_its_operator_types(floor: Floor) -> None:
    # CH-08
    floor.wait(waiting(1), START)
    floor.present("anna", serving("a"), START)
    longer, = floor.postpone("anna", 3)
    assert longer.until == START + PATIENCE_S + 3 == floor.next_event()
    assert floor.advance(START + PATIENCE_S + 2.9) == ([], [])
    assert [each.conversation for each in floor.advance(START + PATIENCE_S + 3)[0]] == [1]
    assert floor.postpone("anna", 3) == []


def test_a_big_floor_stays_quick_to_ask() -> None:
    # CH-08: no event looks at everybody
    floor = Floor()
    for number in range(2000):
        floor.present(f"operator {number}", serving(f"q{number % 50}"), START)
    for number in range(20_000):
        floor.wait(waiting(number, f"q{number % 50}", number / 1000), START + 20)
    assert sum(floor.length(f"q{n}") for n in range(50)) == 20_000
    assert all(len(floor.offers_of(f"operator {n}")) == 1 for n in range(2000))
