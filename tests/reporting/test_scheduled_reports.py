"""Reports go out once per due time, whatever stops the hub, to whoever may still have them; what fails is tried again and told."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from hub.access.operator import Operator, Role
from hub.conversations.live_signals import LiveSignal
from hub.conversations.ports import OutboundLetter
from hub.kernel.errors import RefusedError, UnavailableError, UndeliverableError
from hub.kernel.health import Health
from hub.monitoring.broadcasts import SupervisorBroadcasts
from hub.organisation.queue import Lines, Queue
from hub.reporting.breakdown import PeriodBy
from hub.reporting.days import Days
from hub.reporting.report_schedule import PAUSES, Composed, LetterState, Mailing, MailingWords, ReportRun, Rhythm
from hub.reporting.scheduled_reports import FORGOTTEN, NO_RIGHT, ScheduledReports
from tests.authorization_rules import authorization_of
from tests.rig import BOSS, Clock, Rig, eventually

QUEUES = (Queue("passports", "Паспорта", centre="001"), Queue("general", "Общая", centre="002"))
ZONE = ZoneInfo("Europe/Moscow")
WORDS = MailingWords("За день", PeriodBy.DAY, Rhythm.DAILY, time(9), ("boss@centre.example", "deputy@centre.example"), centre="001")
DAY_S = 24 * 3600


class Server:
    """A mail server as its channel shows it: takes letters, or does not."""

    name = "email.double"

    def __init__(self) -> None:
        self.taken: list[OutboundLetter] = []
        self.answers: Callable[[OutboundLetter], None] = lambda _: None

    async def post(self, letter: OutboundLetter) -> None:
        self.answers(letter)
        self.taken.append(letter)

    def signal(self, conversation: int, signal: LiveSignal) -> None:
        raise AssertionError((conversation, signal))

    def health(self) -> Health:
        return Health(up=True, words="")

    async def close(self) -> None:
        pass


class House:
    """The mailings of one hub, and how it is started anew."""

    def __init__(self, rig: Rig) -> None:
        self.rig, self.server, self.who = rig, Server(), BOSS
        self.composed = 0

    async def start(self) -> "House":
        rig, authorization = self.rig, authorization_of(QUEUES)
        self.broadcasts = SupervisorBroadcasts(rig.store, rig.clock, authorization, rig.dispatch, {})
        await self.broadcasts.start()
        self.mail = ScheduledReports(rig.store, rig.clock, authorization, Days(rig.store, Lines(QUEUES), "001", UTC, rig.clock), ZONE,
                               who=lambda login: self.who if login == BOSS.login else None, channels={"email": self.server},
                               warn=self.broadcasts.tell, allowed=("centre.example",))
        await self.mail.start(self._compose)
        return self

    async def _compose(self, who: Operator, words: MailingWords, since: date, until: date) -> Composed:
        self.composed += 1
        return Composed(f"{words.title} {since} {until}", who.login, "report.csv", "text/csv", b"1;2")

    async def again(self) -> None:
        await self.mail.close()
        await self.start()

    async def settled(self) -> None:
        """Look as the timers would, until nothing is due."""
        self.mail._due.look()
        self.mail._owed.look()

        async def quiet() -> bool:
            until = self.rig.clock() + timedelta(microseconds=1)
            store = self.rig.store
            return not (await store.marked(Mailing, "due", until=until) or await store.marked(ReportRun, "owed", until=until))
        await eventually(quiet)

    async def passes(self, seconds: float) -> None:
        self.rig.clock.forward(seconds)
        await self.settled()

    async def letters(self) -> list[tuple[LetterState, str]]:
        issue = await self.mail.last(self.mail.of(self.who)[0])
        assert issue is not None
        return [(each.state, each.why) for each in issue.letters]


@pytest.fixture
async def house(rig: Rig) -> AsyncIterator[House]:
    house = await House(rig).start()
    yield house
    await house.mail.close()


async def test_each_due_time_goes_out_once_and_what_was_missed_goes_out_once(house: House) -> None:
    # MC-02
    await house.mail.write(BOSS, "day", 0, WORDS, paused=False)
    assert house.mail.of(BOSS)[0].due == datetime(2026, 1, 1, 6, tzinfo=UTC)
    await house.passes(3 * 3600)
    assert [(each.to, each.subject, each.content) for each in house.server.taken] == [
        (address, "За день 2025-12-31 2025-12-31", b"1;2") for address in WORDS.addresses]
    await house.again()
    await house.settled()
    await house.passes(DAY_S - 60)
    assert len(house.server.taken) == 2
    await house.mail.close()
    house.rig.clock.forward(3 * DAY_S)  # away, over three due times
    await house.start()
    await house.settled()
    assert [each.subject for each in house.server.taken[2:]] == ["За день 2026-01-03 2026-01-03"] * 2
    assert house.mail.of(BOSS)[0].due == datetime(2026, 1, 5, 6, tzinfo=UTC)
    house.rig.clock.forward(-DAY_S)  # the clock is put back over a due time
    await house.mail.write(BOSS, "day", 1, replace(WORDS, form="csv"), paused=False)
    await house.passes(3600)
    assert (len(house.server.taken), house.composed) == (4, 2)


async def test_a_letter_that_waits_survives_a_restart_and_is_the_same_letter(house: House, clock: Clock) -> None:
    # MC-02: the server is away, and refuses one address when it is back
    def away(_: OutboundLetter) -> None:
        raise UnavailableError("нет ответа")
    seen = list[OutboundLetter]()

    def back(letter: OutboundLetter) -> None:
        seen.append(letter)
        if letter.to.startswith("deputy"):
            raise UndeliverableError("550 no such user")
    house.server.answers = lambda letter: (seen.append(letter), away(letter))[1]
    await house.mail.write(BOSS, "day", 0, WORDS, paused=False)
    await house.passes(3 * 3600)
    assert await house.letters() == [(LetterState.WAITING, "нет ответа")] * 2
    await house.again()
    house.server.answers = back
    await house.settled()
    assert len(seen) == 2  # not before its time
    await house.passes(PAUSES[0].total_seconds())
    assert await house.letters() == [(LetterState.SENT, ""), (LetterState.REFUSED, "550 no such user")]
    assert seen[:2] == seen[2:]
    assert len({each.id for each in seen}) == 2
    issue = await house.mail.last(house.mail.of(BOSS)[0])
    assert issue is not None
    assert (issue.body, issue.again, house.composed) == (b"", None, 1)
    audit_entries = [(audit_entry.what, audit_entry.detail) for _, audit_entry in await house.rig.store.audit_entries()]
    assert audit_entries[:2] == [("mailing_refused", "deputy@centre.example 550 no such user"), ("mailing_sent", "boss@centre.example")]
    house.server.answers = away
    await house.mail.send_now(BOSS, "day", "try")
    await house.mail.send_now(BOSS, "day", "try")
    await house.settled()
    for pause in PAUSES:
        assert {state for state, _ in await house.letters()} == {LetterState.WAITING}
        await house.passes(pause.total_seconds())
    assert {state for state, _ in await house.letters()} == {LetterState.GIVEN_UP}


async def test_who_has_lost_the_right_sends_nothing_and_is_told(house: House) -> None:
    # MC-02, SE-01
    await house.mail.write(BOSS, "day", 0, WORDS, paused=False)
    house.who = replace(BOSS, role=Role.OPERATOR)
    await house.passes(3 * 3600)
    assert (house.server.taken, house.composed, house.mail.of(house.who)) == ([], 0, [])
    mailing, = house.mail.of(BOSS)
    assert (mailing.paused, mailing.why) == (True, NO_RIGHT)
    assert [NO_RIGHT in each.text for each in house.broadcasts.unread(house.who)] == [True]
    other = replace(BOSS, queues=("general",))
    for audit_entry in (house.mail.write(other, "day", mailing.version, WORDS, paused=False), house.mail.remove(other, "day", mailing.version),
                 house.mail.send_now(other, "day", "key")):
        with pytest.raises(RefusedError) as refused:
            await audit_entry
        assert refused.value.code == "no_such_mailing"
    await house.passes(DAY_S)
    assert house.server.taken == []
    house.who = BOSS
    await house.mail.write(BOSS, "day", mailing.version, WORDS, paused=False)
    await house.passes(DAY_S)
    assert len(house.server.taken) == 2


async def test_paused_removed_brought_back_and_forgotten(house: House) -> None:
    # MC-02
    await house.mail.write(BOSS, "day", 0, WORDS, paused=True)
    await house.passes(DAY_S)
    await house.mail.write(BOSS, "day", 1, WORDS, paused=False)
    await house.mail.remove(BOSS, "day", 2)
    await house.mail.remove(BOSS, "day", 2)
    await house.passes(DAY_S)
    assert (house.server.taken, house.mail.of(BOSS)) == ([], [])
    await house.mail.write(BOSS, "day", 3, WORDS, paused=False)
    with pytest.raises(RefusedError) as refused:
        await house.mail.write(BOSS, "day", 3, replace(WORDS, title="Другая"), paused=False)
    assert refused.value.code == "other_version"
    await house.passes(DAY_S)
    assert len(house.server.taken) == 2
    await house.mail.remove(BOSS, "day", 4)
    house.rig.clock.forward(FORGOTTEN.total_seconds() + 1)
    await house.again()
    assert (await house.rig.store.all(Mailing), await house.rig.store.all(ReportRun)) == ([], [])


async def test_what_changes_while_it_is_made_wins(house: House) -> None:
    # MC-02: an address that is not allowed any more gets nothing
    await house.mail.write(BOSS, "day", 0, WORDS, paused=False)
    house.mail.allowed = ("boss@centre.example",)
    await asyncio.sleep(0)
    await house.passes(3 * 3600)
    assert [each.to for each in house.server.taken] == ["boss@centre.example"]
    assert [state for state, _ in await house.letters()] == [LetterState.SENT, LetterState.REFUSED]
