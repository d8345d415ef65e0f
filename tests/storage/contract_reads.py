"""What the desk and the hub read back: lines, what is held, pages of records, keys, the newest numbers."""

from msgspec.structs import replace

from hub.conversations.address import Address
from hub.conversations.conversation import (
    FIRST,
    Closed,
    SetAside,
    SetAsideCause,
    WithOperator,
    WithRemoteCentre,
    due_position,
    waiting_position,
)
from hub.conversations.journal import StoredEvent, Thought
from hub.conversations.message import Author
from hub.conversations.ports import Commit, Store
from tests.storage.data import adding, address, at, handed, head, moving, opening, owing, said, waiting_for


def held_by(operator: str, since_s: float = 0) -> WithOperator:
    return WithOperator(operator, at(since_s), "general", at(since_s))


class ReadsContract:
    async def test_nothing_is_there_at_first(self, store: Store) -> None:
        assert await store.conversation(1) is None
        assert await store.at_address(address("nobody")) is None
        assert await store.records(1) == []
        assert await store.records(1, before=5) == []
        assert await store.records(1, upto=5) == []
        assert await store.keys(1) == {}
        assert await store.tails([]) == {}
        assert await store.newest() == (0, "")
        assert [await store.waiting([]), await store.waiting(["a", "b"]), await store.held(""), await store.recent(), await store.promised()] == [[]] * 5

    async def test_records_are_paged_along_their_conversation_only(self, store: Store) -> None:
        # CH-12
        await store.commit(opening(10))
        await store.commit(opening(20))
        for n in range(0, 40, 2):  # two conversations at the same time, as their ids show
            await store.commit(adding(11 if n == 0 else 98 + n, said(100 + n, 10)))
            await store.commit(adding(21 if n == 0 else 99 + n, said(101 + n, 20)))
        mine = [11, *range(100, 140, 2)]
        assert [r.id for r in await store.records(10, limit=100)] == mine
        assert [r.id for r in await store.records(10, limit=5)] == mine[-5:]
        assert [r.id for r in await store.records(10, limit=len(mine))] == mine
        pages, before = [], 0
        while page := [r.id for r in await store.records(10, before=before, limit=4)]:
            pages.append(page)
            before = page[0]
        assert [n for page in reversed(pages) for n in page] == mine
        assert [r.id for r in await store.records(10, upto=104, limit=2)] == [102, 104]
        assert [r.id for r in await store.records(10, upto=104, limit=1)] == [104]
        assert await store.records(10, before=11) == []

    async def test_a_conversation_is_found_by_any_part_of_its_number(self, store: Store) -> None:
        # RQ-01 CH-12: head() numbers it «077-260101-00140-0»
        for number in (140, 1405, 20140):
            await store.commit(opening(number))

        async def found(digits: str) -> list[int]:
            return [head.id for head in await store.numbered(digits)]

        assert await found("0772601012") == await found("260101201400") == [20140]
        assert await found("001400") == [140]
        assert await found("140") == [20140, 1405, 140]
        assert await found("0101014050") == [1405]
        assert await found("077260101") == [20140, 1405, 140]
        assert [head.id for head in await store.numbered("140", limit=2)] == [20140, 1405]
        assert await found("999") == []
        assert [head.last for head in await store.numbered("001400")] == [141]

    async def test_what_an_operator_closed_last_comes_last_closed_first(self, store: Store) -> None:
        # CH-12
        closed = {number: replace(head(number, Closed(at(2000 - number), "other", "anna")), served_by="anna") for number in (10, 20, 30)}
        for number, each in closed.items():
            await store.commit(opening(number, holder=held_by("anna")))
            await store.commit(Commit(number, number + 1, (said(number + 2, number),), each))
        other = replace(head(40, Closed(at(9000), "other", "olga")), served_by="olga")
        await store.commit(Commit(40, 0, (said(41, 40),), other))
        assert [each.id for each in await store.served("anna")] == [10, 20, 30]
        first, = await store.served("anna", limit=1)
        assert isinstance(first.holder, Closed)
        rest = await store.served("anna", before=(first.holder.at.timestamp(), first.id))
        assert [each.id for each in rest] == [20, 30]
        again = replace(closed[20], holder=waiting_for("general", 9000))
        await store.commit(Commit(20, 22, (said(23, 20),), again))
        assert [each.id for each in await store.served("anna")] == [10, 30]
        assert await store.served("nobody") == []

    async def test_numbers_are_numbers_and_nothing_else(self, store: Store) -> None:
        # CH-12: a driver's own kinds of integers would go no further than the first encoder
        await store.commit(opening(1 << 34, said((1 << 34) + 1, 1 << 34, key="k"), owed=((1 << 34) + 1,)))
        (found,), (record,) = await store.recent(), await store.records(1 << 34)
        numbers = (found.id, found.last, record.id, record.conversation, (await store.newest())[0], *(await store.keys(1 << 34)).values())
        assert {type(number) for number in numbers} == {int}

    async def test_records_keep_every_field(self, store: Store) -> None:
        # CH-12
        record = said(11, 10, '«Ёлка» — 🌲\n\t\\ " \x00 конец', author=Author.OPERATOR, key="ключ", by="anna")
        await store.commit(opening(10, record))
        assert await store.records(10) == [record]

    async def test_long_texts_of_the_robot_are_whole_wherever_they_are_read(self, store: Store) -> None:
        # CH-12: however a store saves room, what was said comes back word by word
        answer = "Загранпаспорт оформляют за месяц, а если документы поданы не по месту жительства, за три. " * 20
        records = (said(11, 10, answer, author=Author.BOT), said(12, 10, answer, author=Author.BOT), said(13, 10, answer), said(14, 10, "да"))
        await store.commit(opening(10, *records, owed=(11, 13)))
        await store.commit(opening(20, said(21, 20, answer, author=Author.BOT)))
        assert await store.records(10) == list(records)
        assert await store.records(20) == [said(21, 20, answer, author=Author.BOT)]
        assert await store.owed() == [records[0], records[2]]
        assert (await store.tails(await store.recent()))[20] == [said(21, 20, answer, author=Author.BOT)]

    async def test_what_happened_is_read_by_time_without_what_was_said(self, store: Store) -> None:
        # CH-13
        answer = "Загранпаспорт оформляют за месяц. " * 20
        moves = {n: handed(n, n // 10 * 10, waiting_for("a", n)) for n in (12, 15, 22, 24, 33)}
        await store.commit(opening(10, said(11, 10), moves[12], said(14, 10, answer, author=Author.BOT), moves[15]))
        await store.commit(opening(20, said(21, 20, '{"type":"handed_over"}'), moves[22]))
        await store.commit(opening(30, said(31, 30, answer, author=Author.BOT), moves[33]))
        await store.commit(adding(22, said(23, 20, answer, author=Author.BOT), moves[24]))
        assert await store.moves(0, 1 << 62) == [moves[n] for n in (12, 15, 22, 24, 33)]
        assert await store.moves(15, 24) == [moves[15], moves[22]]
        assert await store.moves(16, 22) == await store.moves(24, 15) == []
        assert await store.moves_of([30, 10, 40]) == [moves[12], moves[15], moves[33]]
        assert await store.moves_of([20]) == [moves[22], moves[24]]
        assert await store.moves_of([]) == []

    async def test_what_was_thought_is_read_by_time_and_alone(self, store: Store) -> None:
        # LV-11
        thoughts = {n: StoredEvent(n, n // 10 * 10, Thought(at(n), n - 1, "v1", "ask_snils", 0.9, '[{"event":"session_started"}]')) for n in (12, 22, 24)}
        await store.commit(opening(10, said(11, 10), thoughts[12], handed(13, 10, waiting_for("a", 13))))
        await store.commit(opening(20, said(21, 20, '{"type":"thought"'), thoughts[22], said(23, 20), thoughts[24]))
        assert await store.thoughts(0, 1 << 62) == [thoughts[n] for n in (12, 22, 24)]
        assert await store.thoughts(13, 24) == [thoughts[22]]
        assert [record.id for record in await store.moves(0, 1 << 62)] == [13]
        assert [record.id for record in await store.moves_of([10, 20])] == [13]
        assert thoughts[24] in await store.records(20)

    async def test_keys_of_citizens_and_operators_stand_apart(self, store: Store) -> None:
        # CH-06
        await store.commit(opening(10, said(11, 10), said(12, 10, key="k1")))
        await store.commit(adding(12, said(13, 10, key="k1", by="anna", author=Author.OPERATOR), said(14, 10, key="k2")))
        await store.commit(opening(20, said(21, 20, key="k1")))
        assert await store.keys(10) == {("", "k1"): 12, ("anna", "k1"): 13, ("", "k2"): 14}
        assert await store.keys(20) == {("", "k1"): 21}

    async def test_the_newest_conversation_with_an_address_is_found(self, store: Store) -> None:
        # CH-16
        await store.commit(opening(10, name="a"))
        await store.commit(opening(20, name="b"))
        found = await store.at_address(address("a"))
        assert found is not None
        assert (found.id, found.last) == (10, 11)

    async def test_all_conversations_with_some_addresses(self, store: Store) -> None:
        # CH-16: whatever the thread, and nobody whose address only begins alike
        names = {10: "a@b.ru", 20: "c", 30: "a@b.ru#1", 40: "a@b.rus", 50: "a@b.ru#2", 60: "c#", 70: "a@b.ru$", 80: "a@b", 90: "c"}
        for number, name in names.items():
            value, _, thread = name.partition("#")
            opened = opening(number, holder=Closed(at(number), "other", "anna"))
            assert opened.head is not None
            await store.commit(replace(opened, head=replace(opened.head, address=Address("email.imap", value, thread))))
        one, two = Address("email.imap", "a@b.ru"), Address("email.imap", "c")
        assert [c.id for c in await store.with_addresses([one, two, one])] == [90, 60, 50, 30, 20, 10]
        assert [c.id for c in await store.with_addresses([replace(one, thread="7")])] == [50, 30, 10]
        assert [c.id for c in await store.with_addresses([one, two], limit=2)] == [90, 60]
        assert [(c.id, c.last) for c in await store.with_addresses([one, two], before=60, limit=2)] == [(50, 51), (30, 31)]
        assert await store.with_addresses([one], before=10) == await store.with_addresses([]) == []
        assert await store.with_addresses([Address("sms.smpp", "c"), Address("email.imap", "nobody")]) == []

    async def test_a_stranger_whose_address_has_a_hash_is_not_found(self, store: Store) -> None:
        # CH-16
        for number, value, thread in ((10, "a", ""), (20, "a#b", ""), (30, "a", "b#c")):
            opened = opening(number)
            assert opened.head is not None
            await store.commit(replace(opened, head=replace(opened.head, address=Address("email.imap", value, thread))))
        assert [c.id for c in await store.with_addresses([Address("email.imap", "a")])] == [30, 10]
        assert [c.id for c in await store.with_addresses([Address("email.imap", "a#b")], limit=1)] == [20]

    async def test_what_another_deployment_has_waits_in_no_line_and_is_not_over(self, store: Store) -> None:
        # RT-08
        away = WithRemoteCentre("077", at(2), "a", at(1), "10-7", taken=at(3))
        await store.commit(opening(10, holder=away))
        head = await store.conversation(10)
        assert head is not None
        assert head.holder == away
        assert [await store.waiting([]), await store.held(""), await store.aside(), await store.over(1 << 62)] == [[], [], [], []]

    async def test_what_is_set_aside_waits_in_no_line(self, store: Store) -> None:
        # SE-02
        for number, since in ((10, 3), (20, 1), (30, 2)):
            await store.commit(opening(number, holder=SetAside(at(since), SetAsideCause.TOO_MANY)))
        await store.commit(opening(40, holder=waiting_for("a", 2)))
        assert [c.id for c in await store.aside()] == [20, 30, 10]
        assert [c.id for c in await store.aside(limit=2)] == [20, 30]
        assert [c.id for c in await store.waiting([])] == [40]
        await store.commit(moving(21, 22, 20, waiting_for("a", 1)))
        assert [c.id for c in await store.aside()] == [30, 10]
        assert [c.id for c in await store.waiting([])] == [20, 40]

    async def test_waiting_is_ordered_by_the_citizens_clock_over_all_queues(self, store: Store) -> None:
        # CH-08
        for number, queue, since in ((10, "a", 30), (20, "b", 10), (30, "a", 20), (40, "c", 5), (50, "b", 20), (60, "a", 20.000001)):
            await store.commit(opening(number, holder=waiting_for(queue, since)))
        await store.commit(opening(70))

        async def line(*queues: str, limit: int = 50) -> list[int]:
            return [c.id for c in await store.waiting(queues, limit)]

        assert await line() == [40, 20, 30, 50, 60, 10]
        assert await line("a", "b") == [20, 30, 50, 60, 10]
        assert await line("a") == [30, 60, 10]
        assert await line("b", "a", limit=2) == [20, 30]
        for queues in ([], ["a", "b"], ["a"]):
            pages, after = [], FIRST
            while page := await store.waiting(queues, 2, after=after):
                pages += page
                after = waiting_position(page[-1])
            assert pages == await store.waiting(queues)
        assert await line("nobody's") == []
        assert await line(*(f"q{n}" for n in range(300)), "c") == [40]

    async def test_a_conversation_keeps_its_clock_in_another_queue(self, store: Store) -> None:
        # CH-09
        await store.commit(opening(10, holder=waiting_for("a", 10)))
        await store.commit(opening(20, holder=waiting_for("b", 20)))
        await store.commit(moving(11, 12, 10, waiting_for("b", 10)))
        assert [c.id for c in await store.waiting(["b"])] == [10, 20]
        assert await store.waiting(["a"]) == []

    async def test_held_by_one_and_by_all(self, store: Store) -> None:
        for number, operator in ((10, "olga"), (20, "anna"), (30, "olga"), (40, "anna")):
            await store.commit(opening(number, holder=held_by(operator)))
        assert [c.id for c in await store.held("olga")] == [10, 30]
        assert [c.id for c in await store.held("")] == [20, 40, 10, 30]
        assert await store.held("nobody") == []

    async def test_promises_are_listed_by_deadline_whoever_holds_them(self, store: Store) -> None:
        # SL-05, GV-16
        holders = {10: None, 20: waiting_for("a", 5), 30: held_by("anna"), 40: None}
        for number, given_s in ((10, 30), (20, 10), (30, 20), (40, 10)):
            await store.commit(Commit(number, 0, (said(number + 1, number),), owing(number, given_s, holders[number])))
        await store.commit(opening(50, holder=waiting_for("a", 1)))
        everything = await store.promised()
        assert [c.id for c in everything] == [20, 40, 30, 10]
        assert [(c.last, c.promise) for c in everything] == [(n + 1, owing(n, s).promise) for n, s in ((20, 10), (40, 10), (30, 20), (10, 30))]
        pages, after = [], FIRST
        while page := await store.promised(after=after, limit=1):
            pages += page
            after = due_position(page[-1])
        assert pages == everything

    async def test_a_promise_is_listed_until_it_is_taken_off(self, store: Store) -> None:
        # SL-05
        await store.commit(Commit(10, 0, (said(11, 10),), owing(10, 0)))
        await store.commit(Commit(10, 11, (said(12, 10),), owing(10, 0, held_by("anna"))))
        await store.commit(adding(12, said(13, 10)))
        assert [c.id for c in await store.promised()] == [10]
        await store.commit(moving(13, 14, 10, held_by("anna")))
        assert await store.promised() == []

    async def test_recent_is_paged_from_the_newest(self, store: Store) -> None:
        for number in range(10, 110, 10):
            await store.commit(opening(number))
        assert [c.id for c in await store.recent(limit=3)] == [100, 90, 80]
        assert [c.id for c in await store.recent(before=80, limit=3)] == [70, 60, 50]
        assert await store.recent(before=10) == []

    async def test_some_conversations_at_once(self, store: Store) -> None:
        for number in (10, 20, 30):
            await store.commit(opening(number))
        assert {c.id: c for c in await store.conversations([30, 11, 10])} == {number: await store.conversation(number) for number in (10, 30)}
        assert await store.conversations([]) == []

    async def test_tails_of_several_conversations(self, store: Store) -> None:
        await store.commit(opening(10, *(said(n, 10) for n in range(11, 19))))
        await store.commit(opening(20))
        tails = await store.tails(await store.recent(), limit=3)
        assert {number: [r.id for r in records] for number, records in tails.items()} == {10: [16, 17, 18], 20: [21]}

    async def test_heads_come_with_their_newest_record(self, store: Store) -> None:
        await store.commit(opening(10, holder=waiting_for("a", 1)))
        await store.commit(adding(11, said(12, 10)))
        assert [c.last for c in (*await store.waiting(["a"]), *await store.recent())] == [12, 12]

    async def test_the_newest_numbers_go_on_after_a_restart(self, store: Store) -> None:
        # RQ-01
        await store.commit(opening(10))
        await store.commit(opening(20))
        await store.commit(adding(11, said(35, 10)))
        assert await store.newest() == (35, head(20).number)

    async def test_the_hundred_thousandth_conversation_of_a_day_is_the_newest(self, store: Store) -> None:
        # RQ-01
        for number in (99_999_0, 100_000_0):
            change = opening(number)
            assert change.head is not None
            await store.commit(change)
        assert (await store.newest())[1] == head(100_000_0).number
