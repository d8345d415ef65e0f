"""Notices: once, in their time, to nobody who has refused them, whatever crashes between two steps."""

import asyncio
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.conversations.address import Address
from hub.conversations.conversation import Closed, InQueue, WithBot, WithOperator
from hub.conversations.delivery_status import Delivery, Receipt
from hub.conversations.journal import HandedOver
from hub.conversations.message import Author, Message
from hub.conversations.ports import Store
from hub.kernel.errors import RefusedError, UnavailableStoreError
from hub.notifications.notice import NO_CHANNEL, OPTED_OUT, Ground, Hours, Notice, NoticeState, OptOut, Wish, Words, earliest, misfit, quiet
from hub.notifications.notifier import AGAIN, KEPT
from okno.config import NoticeSettings
from okno.rooms.base import ROBOT
from okno.territory import Clocks, Hint, subjects
from storage.sqlite import SqliteStore
from tests.conversations.test_failing_store import failing
from tests.rig import ANNA, BOSS, MOSCOW, Carrier, Clock, Rig, eventually
from tests.traits import TRAITS

SMS, NUMBER = Carrier.name, "+79161234567"
ADDRESS = Address(SMS, NUMBER)
READY = "Ваши документы готовы."
NOON = datetime(2026, 1, 1, 9, tzinfo=UTC)
EVENING = datetime(2026, 1, 1, 18, 30, tzinfo=UTC)
"""21:30 in Moscow."""
STOPPED = "Уведомления сюда больше не придут. На ваши вопросы отвечаем как прежде. Включить снова: СТАРТ."
STARTED = "Уведомления снова включены. Отключить: СТОП."


def anybody(_: str) -> bool:
    return True


async def notify(rig: Rig, key: str = "ready-1", *, text: str = READY, urgent: bool = False, address: Address = ADDRESS) -> Notice:
    return await rig.notification_sender.notify(BOSS.login, key, address, text, Ground.REQUEST, urgent=urgent)


async def becomes(rig: Rig, state: NoticeState, key: str = "ready-1") -> Notice:
    """The notice once it is so."""
    async def is_so() -> bool:
        return (await rig.notification_sender.standing(rig.notification_sender.find(key)))[0] is state
    await eventually(is_so)
    return rig.notification_sender.find(key)


def carried(rig: Rig) -> list[str]:
    return [record.entry.text for record in rig.carrier.carried if isinstance(record.entry, Message)]


async def says(rig: Rig, text: str, key: str) -> int:
    """A message of the citizen, and all that it brings about."""
    conversation = await rig.stored(text, key, channel=SMS, who=NUMBER)
    await rig.settled()
    return conversation


async def next_start(rig: Rig) -> Rig:
    await rig.stop()
    return await Rig(rig.store, rig.clock, await rig.store.newest()).start()


# Words


@pytest.mark.parametrize(("text", "wish"), [
    ("СТОП", Wish.STOP), ("стоп", Wish.STOP), (" Стоп. ", Wish.STOP), ("«стоп»!!!", Wish.STOP), ("STOP", Wish.STOP), ("/stop", Wish.STOP),
    ("CTOП", Wish.STOP), ("отписаться", Wish.STOP), ("Unsubscribe\n", Wish.STOP), ("СТАРТ", Wish.START), ("/start", Wish.START),
    ("стоп кран", None), ("не стоп", None), ("Как отписаться?", None), ("", None), ("...", None), ("stopp", None), ("с т о п", None),
])
def test_words_are_the_whole_message(text: str, wish: Wish | None) -> None:  # CH-15
    assert NoticeSettings().words().wish(text) is wish


@pytest.mark.parametrize("text", ["Вернём всё", "вернем  ВСЁ", "Верне\u0308м все.", "ВЕРНЕМ\nВСЕ"])
def test_words_of_the_configuration_are_read_as_people_write(text: str) -> None:  # CH-15
    assert Words.of(("стоп",), ("Вернём всё",)).wish(text) is Wish.START


@given(st.text(max_size=20), st.sampled_from(["", " ", "!", "\n", "…", "«"]))
def test_no_text_breaks_the_words(text: str, around: str) -> None:  # CH-15
    words = NoticeSettings().words()
    assert words.wish(text) is words.wish(f"{around}{text}{around}") is words.wish(text.lower())


# Quiet hours


RUSSIAN = [ZoneInfo(each.zone) for each in subjects().on(datetime(2026, 11, 25, tzinfo=UTC).date())]
"""No clock of theirs is ever put back these days."""
CHANGING = [ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo")]
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the strategy adds the zone
HOURS = st.builds(Hours, st.times(), st.times())


@pytest.mark.parametrize(("clock", "over"), [
    ("20:59", None), ("21:00", "2026-01-02 09:00"), ("23:59", "2026-01-02 09:00"), ("00:00", "2026-01-01 09:00"), ("08:59", "2026-01-01 09:00"),
    ("09:00", None), ("12:00", None),
])
@pytest.mark.parametrize("zone", ["Europe/Moscow", "Asia/Kamchatka", "Europe/Kaliningrad"])
def test_quiet_hours_go_over_midnight(zone: str, clock: str, over: str | None) -> None:  # CH-15
    there = ZoneInfo(zone)
    now = datetime.fromisoformat(f"2026-01-01 {clock}").replace(tzinfo=there).astimezone(UTC)
    expected = datetime.fromisoformat(over).replace(tzinfo=there) if over else None
    assert quiet(now, there, Hours()) == expected


@given(MOMENTS, st.sampled_from(RUSSIAN), HOURS)
def test_quiet_is_as_the_clock_on_the_wall(now: datetime, zone: ZoneInfo, hours: Hours) -> None:  # CH-15
    over = quiet(now, zone, hours)
    wall = now.astimezone(zone).time()
    inside = hours.begins <= wall < hours.ends if hours.begins <= hours.ends else not hours.ends <= wall < hours.begins
    assert (over is not None) == inside
    if over is not None:
        assert now < over <= now + timedelta(days=1)
        assert (over.tzinfo, over.astimezone(zone).time()) == (UTC, hours.ends)


@given(MOMENTS, st.sampled_from(CHANGING), HOURS)
def test_clocks_that_are_put_back_hold_nothing_up(now: datetime, zone: ZoneInfo, hours: Hours) -> None:  # CH-15
    over = quiet(now, zone, hours)
    assert over is None or (now < over <= now + timedelta(days=1, hours=2) and quiet(over, zone, hours) is None)


def test_an_end_that_the_clock_shows_twice_is_the_later_one() -> None:  # CH-15
    berlin, hours = ZoneInfo("Europe/Berlin"), Hours(time(22), time(2, 30))
    second_two = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)  # 02:10 for the second time
    assert quiet(second_two, berlin, hours) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


@given(MOMENTS, st.lists(st.sampled_from(RUSSIAN), max_size=4), st.sampled_from([Hours(), Hours(time(22), time(8)), Hours(time(13), time(14))]))
def test_nobody_is_disturbed_in_any_zone_that_may_be_his(now: datetime, zones: list[ZoneInfo], hours: Hours) -> None:  # CH-15
    at = earliest(now, zones, hours)
    assert now <= at <= now + timedelta(days=2)
    spread = [now.astimezone(zone).utcoffset() for zone in zones]
    if not zones or max(spread) - min(spread) < timedelta(hours=9):  # type: ignore[type-var, operator]  # all are aware
        assert all(quiet(at, zone, hours) is None for zone in zones)
        for minutes in range(0, int((at - now) / timedelta(minutes=1)), 10):
            assert any(quiet(now + timedelta(minutes=minutes), zone, hours) for zone in zones)


def test_without_quiet_hours_everything_goes_out_at_once() -> None:  # CH-15
    assert quiet(EVENING, MOSCOW, Hours(time(9), time(9))) is None
    assert NoticeSettings("22:30", "07:00").hours() == Hours(time(22, 30), time(7))


@pytest.mark.parametrize(("address", "zones"), [
    (Address(SMS, "+74212345678"), {"Asia/Vladivostok"}), (Address(SMS, "+74951234567"), {"Europe/Moscow"}),
    (Address(SMS, "+79999999999999"), {"Europe/Samara"}), (Address("messenger.max", "74212345678"), {"Europe/Samara"}),
    (Address("email.imap", "anna@example.org"), {"Europe/Samara"}), (Address(SMS, "+494212345678"), {"Europe/Samara"}),
    (Address(SMS, "+74112345678"), {"Asia/Yakutsk", "Asia/Vladivostok", "Asia/Srednekolymsk", "Asia/Ust-Nera", "Asia/Khandyga", "Asia/Magadan"}),
])
def test_the_clock_is_that_of_the_numbers_region(address: Address, zones: set[str]) -> None:  # CH-15, RT-11
    found = {zone.key for zone in Clocks(subjects(), Hint(subjects()), ZoneInfo("Europe/Samara"))(address)}
    assert found and found <= zones


@pytest.mark.parametrize(("channel", "value", "fits"), [
    ("sms.smpp", NUMBER, True), ("sms.smpp", "89161234567", False), ("sms.smpp", "+7 916 123", False), ("sms.smpp", "+7916123456", False), ("sms.smpp", "+375291234567", True), ("email.imap", "anna@example.org", True),
    ("email.imap", "anna", False), ("messenger.max", "12345", True), ("messenger.max", "1 2", False)])
def test_what_can_be_no_address_is_told(channel: str, value: str, fits: bool) -> None:  # CH-15
    assert (misfit(Address(channel, value), TRAITS.named(channel)) == "") is fits


# Sending


async def test_a_notice_opens_a_conversation_without_the_robots_greeting(rig: Rig) -> None:  # CH-15, CH-05
    rig.clock.now = NOON
    assert (await notify(rig)).state is NoticeState.PENDING
    sent = await becomes(rig, NoticeState.SENT)
    await rig.settled()
    assert carried(rig) == [READY]
    assert (await rig.holds(sent.conversation)).holder == WithBot(greets=True)
    await says(rig, "Где их забрать", "k1")
    assert carried(rig) == [READY, "Здравствуйте", "Ответ на «Где их забрать»"]
    said = next(r for r in await rig.store.records(sent.conversation) if r.id == sent.record)
    assert said.entry == Message(Author.SYSTEM, READY, NOON, key="notice/ready-1", by=BOSS.login)
    assert [(audit_entry.by, audit_entry.what, audit_entry.about) for _, audit_entry in await rig.store.audit_entries()] == [("boss", "notice", "ready-1")]


async def test_a_notice_comes_into_the_conversation_that_there_is(rig: Rig) -> None:  # CH-15
    rig.clock.now = NOON
    conversation = await says(rig, "оператор", "k1")
    rig.ready(ANNA)
    await rig.actions.accept(ANNA, conversation)
    await notify(rig)
    assert (await becomes(rig, NoticeState.SENT)).conversation == conversation
    assert isinstance((await rig.holds(conversation)).holder, WithOperator)
    await rig.actions.say(ANNA, conversation, "a1", "Завтра", internal=False)
    await rig.actions.close(ANNA, conversation, "other")
    await notify(rig, "ready-2")
    await becomes(rig, NoticeState.SENT, "ready-2")
    assert isinstance((await rig.holds(conversation)).holder, Closed)  # telling him something is no wish of his


async def test_the_same_key_is_told_once(rig: Rig) -> None:  # CH-15
    rig.clock.now = NOON
    first, second = await asyncio.gather(notify(rig), notify(rig))
    assert first == second
    await becomes(rig, NoticeState.SENT)
    again = await next_start(rig)
    assert (await notify(again)).state is NoticeState.SENT
    with pytest.raises(RefusedError, match="другое уведомление"):
        await notify(again, text="Нет, ещё не готовы.")
    await again.settled()
    assert carried(rig) + carried(again) == [READY]
    await again.stop()


async def test_what_can_not_be_sent_is_refused_at_once(rig: Rig) -> None:  # CH-15
    for address, code in ((Address("web.chat", "token"), "no_such_channel"), (Address("sms.other", NUMBER), "no_such_channel"), (Address(SMS, "8916"), "bad_address")):
        with pytest.raises(RefusedError) as refused:
            await notify(rig, address=address)
        assert refused.value.code == code
    assert rig.notification_sender.recent(anybody) == []
    with pytest.raises(RefusedError, match="нет"):
        rig.notification_sender.find("ready-1")


async def test_quiet_hours_are_waited_for_and_urgent_ones_are_not(rig: Rig) -> None:  # CH-15
    rig.clock.now = EVENING
    morning = datetime(2026, 1, 2, 6, tzinfo=UTC)
    assert rig.notification_sender.preview(ADDRESS) == (morning, False)
    assert (await notify(rig)).due == morning
    await notify(rig, "fire", text="Запись отменена.", urgent=True)
    await becomes(rig, NoticeState.SENT, "fire")
    await rig.settled()
    assert carried(rig) == ["Запись отменена."]
    rig.clock.now = morning - timedelta(seconds=1)
    rig.notification_sender.look()
    assert rig.notification_sender.find("ready-1").state is NoticeState.PENDING
    rig.clock.now = morning
    rig.notification_sender.look()
    await becomes(rig, NoticeState.SENT)
    await rig.settled()
    assert carried(rig) == ["Запись отменена.", READY]


async def test_whoever_slept_through_the_day_waits_for_the_next(rig: Rig) -> None:  # CH-15
    rig.clock.now = EVENING
    await notify(rig)
    rig.clock.now = EVENING + timedelta(days=1)
    again = await next_start(rig)
    again.notification_sender.look()
    async def put_off() -> bool:
        return again.notification_sender.find("ready-1").due == datetime(2026, 1, 3, 6, tzinfo=UTC)
    await eventually(put_off)
    assert (carried(again), again.notification_sender.find("ready-1").state) == ([], NoticeState.PENDING)
    again.clock.now = datetime(2026, 1, 3, 6, tzinfo=UTC)
    again.notification_sender.look()
    await becomes(again, NoticeState.SENT)
    await again.stop()


async def test_what_was_promised_before_a_crash_is_sent_after_it(store: Store, clock: Clock) -> None:  # CH-15, CH-05
    clock.now = NOON
    before = await Rig(store, clock).start()
    await notify(before)
    before.notification_sender._agenda.close()  # the crash comes before its timer
    assert await store.recent() == []
    after = await next_start(before)
    await becomes(after, NoticeState.SENT)
    await after.settled()
    assert carried(after) == [READY]
    await after.stop()


async def test_what_was_said_before_a_crash_is_not_said_again(store: Store, clock: Clock) -> None:  # CH-15, CH-05
    """The message is in the journal, but the notice does not know it yet."""
    clock.now = NOON
    before = await Rig(store, clock).start()
    pending = await notify(before)
    sent = await becomes(before, NoticeState.SENT)
    await before.settled()
    await store.put(pending)
    after = await next_start(before)
    again = await becomes(after, NoticeState.SENT)
    assert (again.conversation, again.record) == (sent.conversation, sent.record)
    await after.settled()
    assert carried(before) + carried(after) == [READY]
    await after.stop()


async def test_what_was_said_is_sent_whatever_came_after_the_crash(store: Store, clock: Clock) -> None:  # CH-15
    """He has refused meanwhile, and it is night."""
    clock.now = NOON
    before = await Rig(store, clock).start()
    pending = await notify(before)
    sent = await becomes(before, NoticeState.SENT)
    await says(before, "СТОП", "k1")
    await store.put(pending)
    clock.now = EVENING
    after = await next_start(before)
    assert await becomes(after, NoticeState.SENT) == sent
    await after.stop()


async def test_a_failing_disk_loses_no_notice_and_doubles_none(on_disk: Rig, disk: SqliteStore) -> None:  # CH-15
    on_disk.clock.now = NOON
    with failing(disk):
        with pytest.raises(UnavailableStoreError):
            await notify(on_disk)
        assert on_disk.notification_sender.recent(anybody) == []
    on_disk.clock.now = EVENING
    await notify(on_disk)
    on_disk.clock.now = NOON + timedelta(days=1)

    def tries_again() -> None:
        on_disk.clock.now += AGAIN
        on_disk.notification_sender.look()

    with failing(disk):
        async def refused() -> bool:
            tries_again()
            return on_disk.sequencer.refused_steps > 1
        await eventually(refused)

    async def sent() -> bool:
        tries_again()
        return on_disk.notification_sender.find("ready-1").state is NoticeState.SENT
    await eventually(sent)
    await on_disk.settled()
    assert carried(on_disk) == [READY]


async def test_what_became_of_it_is_what_the_carrier_tells(rig: Rig) -> None:  # CH-05
    rig.clock.now = NOON
    heard: list[str] = []
    rig.notification_sender.on_change.subscribe(lambda notice: heard.append(notice.key))
    await notify(rig)
    sent = await becomes(rig, NoticeState.SENT)
    await rig.settled()
    heard.clear()
    for state, told, why in ((Delivery.FAILED, NoticeState.FAILED, "абонент недоступен"), (Delivery.DELIVERED, NoticeState.DELIVERED, ""), (Delivery.READ, NoticeState.READ, "")):
        await rig.message_intake.delivered(Receipt(sent.conversation, sent.record, state, why))
        assert await rig.notification_sender.standing(sent) == (told, why)
    assert heard == ["ready-1"] * 3
    again = await next_start(rig)
    assert await again.notification_sender.standing(again.notification_sender.find("ready-1")) == (NoticeState.READ, "")
    await again.stop()


async def test_a_channel_that_was_taken_away_sends_nothing(rig: Rig) -> None:  # CH-15
    rig.clock.now = EVENING
    await notify(rig)
    rig.sequencer._carriers.clear()  # type: ignore[attr-defined]  # as after a start without it
    rig.clock.now = NOON + timedelta(days=1)
    rig.notification_sender.look()
    assert (await becomes(rig, NoticeState.REFUSED)).why == NO_CHANNEL


async def test_the_newest_are_listed_first_and_the_oldest_are_forgotten(rig: Rig) -> None:  # CH-15
    rig.clock.now = NOON
    for number in range(5):
        await notify(rig, f"n{number}")
        await becomes(rig, NoticeState.SENT, f"n{number}")
    rig.clock.now = NOON + KEPT + timedelta(seconds=1)
    page = rig.notification_sender.recent(anybody, limit=2)
    assert [each.key for each in (*page, *rig.notification_sender.recent(anybody, before=page[-1].id))] == ["n4", "n3", "n2", "n1", "n0"]
    await notify(rig, "new")
    assert [each.key for each in rig.notification_sender.recent(anybody)] == ["new"]
    assert rig.notification_sender.recent(lambda by: by != "boss") == []  # what another centre sends
    async def forgotten() -> bool:
        return [each.key for each in await rig.store.all(Notice)] == ["new"]
    await eventually(forgotten)


# Refusing


async def test_stop_is_heard_and_nothing_more_is_sent(rig: Rig) -> None:  # CH-15
    rig.clock.now = EVENING
    conversation = await says(rig, "Вопрос", "k1")
    await notify(rig)
    rig.carrier.carried.clear()
    await says(rig, "Стоп!", "k2")
    assert carried(rig) == [STOPPED]
    rig.clock.now = NOON + timedelta(days=1)
    rig.notification_sender.look()
    assert (await becomes(rig, NoticeState.REFUSED)).why == OPTED_OUT  # refused while it was pending
    assert rig.notification_sender.preview(ADDRESS)[1]
    later = await notify(rig, "ready-2", urgent=True)
    assert (later.state, later.why) == (NoticeState.REFUSED, OPTED_OUT)
    await says(rig, "Другой вопрос", "k3")
    assert carried(rig) == [STOPPED, "Ответ на «Другой вопрос»"]  # what he asks himself is answered
    assert (await rig.said(conversation, Author.SYSTEM)) == [STOPPED]
    again = await next_start(rig)
    assert (await notify(again, "ready-3")).state is NoticeState.REFUSED
    await again.stop()


async def test_start_takes_it_back(rig: Rig) -> None:  # CH-15
    rig.clock.now = EVENING
    await says(rig, "STOP", "k1")
    await says(rig, "старт", "k2")
    assert carried(rig) == [STOPPED, STARTED]
    again = await next_start(rig)
    await notify(again, urgent=True)
    await becomes(again, NoticeState.SENT)
    await again.stop()


async def test_the_robots_own_words_stay_its_own(rig: Rig) -> None:  # CH-15
    """«start» opens many a chat, and a web chat gets no notices."""
    await says(rig, "/start", "k1")
    assert carried(rig) == ["Здравствуйте", "Ответ на «/start»"]
    conversation = await rig.stored("стоп", "k1")
    await rig.settled()
    assert await rig.said(conversation, Author.BOT) == ["Здравствуйте", "Ответ на «стоп»"]
    assert await rig.store.all(OptOut) == []


async def test_stop_moves_nothing_from_whoever_has_it(rig: Rig) -> None:  # CH-15
    conversation = await says(rig, "оператор", "k1")
    await says(rig, "стоп", "k2")
    assert isinstance((await rig.holds(conversation)).holder, InQueue)
    rig.ready(ANNA)
    await rig.actions.accept(ANNA, conversation)
    await rig.actions.say(ANNA, conversation, "a1", "Не пишем", internal=False)
    await rig.actions.close(ANNA, conversation, "other")
    moves = len([r for r in await rig.store.records(conversation) if isinstance(r.entry, HandedOver)])
    await says(rig, "СТОП", "k3")
    assert isinstance((await rig.holds(conversation)).holder, Closed)
    assert len([r for r in await rig.store.records(conversation) if isinstance(r.entry, HandedOver)]) == moves
    assert ROBOT not in {r.entry.name for r in await rig.store.records(conversation, limit=2) if isinstance(r.entry, Message)}


async def test_a_refusal_is_for_the_whole_mailbox(rig: Rig) -> None:  # CH-15
    rig.clock.now = NOON
    await rig.stored("стоп", "k1", channel=SMS, who=NUMBER)
    await rig.settled()
    assert rig.opt_outs.hold(replace(ADDRESS, thread="another matter"))
    assert not rig.opt_outs.hold(Address(SMS, "+79160000000"))


@pytest.mark.parametrize("stored", [False, True], ids=["before it is stored", "after it is stored"])
async def test_a_stop_that_a_crash_left_behind_is_obeyed_once(store: Store, clock: Clock, stored: bool) -> None:  # CH-15, CH-06
    """The message is acknowledged, its reaction is owed; a notice is due at the very start."""
    clock.now = EVENING
    before = Rig(store, clock)  # it never starts, and ends before it reacts
    before.sequencer.on_commit.react.unsubscribe(before.reactions.committed)
    await notify(before)
    conversation = await before.stored("СТОП", "k1", channel=SMS, who=NUMBER)
    assert len(await store.owed()) == 1
    if stored:
        record = (await store.owed())[0]
        await store.put(OptOut(str(ADDRESS), clock(), conversation, record.id))
    clock.now = NOON + timedelta(days=1)
    after = await next_start(before)
    assert (await becomes(after, NoticeState.REFUSED)).why == OPTED_OUT
    await after.settled()
    assert carried(after) == [STOPPED]
    last = await next_start(after)
    await last.settled()
    assert (await last.said(conversation), carried(last)) == (["СТОП", STOPPED], [])
    await last.stop()


async def test_a_start_that_came_after_outlives_a_stop_that_is_retried(rig: Rig) -> None:  # CH-15
    await says(rig, "СТОП", "k1")
    stop = next(r for r in await rig.store.records((await rig.store.recent())[0].id) if isinstance(r.entry, Message))
    await says(rig, "СТАРТ", "k2")
    assert await rig.opt_outs.obey(ADDRESS, stop, Wish.STOP) == ""
    assert not rig.opt_outs.hold(ADDRESS)


async def test_a_stop_on_a_failing_disk_is_obeyed_when_it_is_back(on_disk: Rig, disk: SqliteStore) -> None:  # CH-15
    await says(on_disk, "Вопрос", "k0")
    head = (await disk.recent())[0]
    on_disk.sequencer.on_commit.react.unsubscribe(on_disk.reactions.committed)
    await on_disk.stored("СТОП", "k1", channel=SMS, who=NUMBER)
    record = (await disk.owed())[0]
    with failing(disk):
        on_disk.reactions.react(await on_disk.sequencer.load(head.id), record)
        async def broken() -> bool:
            return bool(disk.broken)
        await eventually(broken)
    on_disk.sequencer.on_commit.react.subscribe(on_disk.reactions.committed)
    await on_disk.settled()
    assert [each.back for each in await disk.all(OptOut)] == [False]
    assert (await on_disk.said(head.id, Author.SYSTEM)) == [STOPPED]
