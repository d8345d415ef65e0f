"""Books, moves and cancels appointments, each slot for at most one citizen (BK-01, BK-03).

The calendar of an office gives all slots; taken ones are found by index. A booking writes claims with the appointment: for the slot,
for one of the person's limited places, for the draft. Of concurrent writers of a claim the store accepts exactly one. An external
system (external_schedule.py) is asked afterwards.
"""

from collections import Counter as Tally
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from hub.appointments.appointment import (
    Appointment,
    BookingAct,
    BookingState,
    BookingStep,
    Claim,
    OfficeHandedOver,
    Slot,
    Wanted,
    office_key,
    place_claim,
    place_key,
    reminding,
    slot_claim,
    slot_claims,
    stepped,
)
from hub.appointments.booking_centre import BookingCentreResolver
from hub.appointments.external_schedule import Schedule, Visit
from hub.appointments.schedule import Counter, Receptions
from hub.conversations.ports import Store
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.document import Document
from hub.kernel.errors import ConflictError, RefusedError, UnavailableError
from hub.kernel.ids import TicketNumbers
from hub.kernel.signal import Signal

DRAFT = timedelta(days=1)
"""How long a repeated draft is recognised."""
TRIES = 5
NO_ANSWER = "no_answer"
"""Reason of the hub's cancellation of an unconfirmed appointment."""
TAKEN = "Это время уже занято. Выберите другое."
AWAITED = "Прежний центр ещё не передал свои записи в этот офис: записать туда пока нельзя. Пообещайте заявителю перезвонить."
HANDED_OVER = "Запись № {number} теперь ведёт другой центр: {centre}. Изменить её можно там."
TOO_MANY = "У этого заявителя уже столько записей, сколько можно ({most}): отмените одну из них."


class Booking:
    def __init__(self, store: Store, receptions: Receptions, keepers: BookingCentreResolver, numbers: TicketNumbers,
                 schedules: Mapping[str, Schedule],
                 now: Callable[[], datetime]) -> None:
        self._store, self.receptions, self.keepers, self._numbers = store, receptions, keepers, numbers
        self._schedules, self._now = dict(schedules), now
        self.on_change = Signal[[Appointment]]()
        self._under_way = Tally[str]()

    def renew(self, receptions: Receptions) -> None:
        """The offices have changed."""
        self.receptions = receptions

    def counter(self, office: str) -> Counter:
        found = self.receptions.find(office)
        if found is None:
            raise RefusedError("no_such_office", "В этот офис по записи не принимают.")
        return found

    async def find(self, number: str) -> Appointment:
        found = await self._store.get(Appointment, number)
        if found is None:
            raise RefusedError("no_such_appointment", "Такой записи нет.")
        return found

    async def kept(self, number: str) -> Appointment:
        """One that is kept here; RefusedError("other_keeper") names the centre that it was handed over to."""
        found = await self.find(number)
        if found.keeper:
            raise RefusedError("other_keeper", HANDED_OVER.format(number=number, centre=self.keepers.contact(found.keeper)))
        return found

    @contextmanager
    def under_way(self, office: str) -> Iterator[None]:
        """An appointment that is being made, by the rules of the moment at which this began."""
        self._under_way[office] += 1
        try:
            yield
        finally:
            self._under_way[office] -= 1

    def rests(self, office: str) -> bool:
        """Whether no appointment is being made there."""
        return not self._under_way[office]

    async def _arrived(self, counter: Counter) -> None:
        """RefusedError("no_answer") while the appointments of the office's former centre are still coming."""
        former = self.keepers.former(counter)
        done = await self._store.get(OfficeHandedOver, office_key(former.centre, counter.id)) if former else None
        if former and (done is None or done.on < former.until):
            raise RefusedError("no_answer", AWAITED)

    async def free(self, office: str, service: str, since: datetime, until: datetime) -> list[Slot]:
        """Free slots, earliest first. Raises UnavailableError where an external system does not answer.

        RefusedError("no_answer") while the appointments of the office's former centre are still coming.
        """
        counter = self.counter(office)
        windows = _windows(counter, service)
        await self._arrived(counter)
        first, last = counter.bookable(self._now())
        since, until = max(since, first), min(until, last)
        if since >= until:
            return []
        slots = [slot for day in counter.days(since, until) for slot in counter.slots(day, windows) if since <= slot.at < until]
        taken = await self._taken(office, since - timedelta(minutes=counter.rules.slot_min), until)
        slots = [slot for slot in slots if not any(slot.meets(each) for each in taken.get(slot.at.date(), ()))]
        if (schedule := self._schedules.get(counter.reception.outside)) is not None:
            there = {(slot.at, slot.window) for slot in await schedule.free(office, service, since, until)}
            slots = [slot for slot in slots if (slot.at, slot.window) in there]
        return sorted(slots)

    async def _taken(self, office: str, since: datetime, until: datetime) -> dict[object, list[Slot]]:
        """By day in UTC, including slots that reach into the next one."""
        found: dict[object, list[Slot]] = {}
        for each in await self._store.marked(Appointment, "taken", office, since=since, until=until, limit=100_000):
            if each.slot is not None:
                for day in {each.slot.at.date(), each.slot.ends.date()}:
                    found.setdefault(day, []).append(each.slot)
        return found

    async def book(self, wanted: Wanted, by: str) -> Appointment:
        """A new appointment, or an entry of the waiting list. A repeated draft returns the existing one.

        Refusals: taken, too_many, other_keeper, no_centre, no_such_office, no_such_service, bad_time, and those of `free`.
        """
        counter = self.counter(wanted.office)
        self.keepers.check(counter, wanted.centre)
        windows = _windows(counter, wanted.service)
        with self.under_way(wanted.office):
            if wanted.at is None:
                return await self._begin(counter, wanted, None, by)
            return await self._book(counter, windows, wanted, wanted.at, by)

    async def _book(self, counter: Counter, windows: Sequence[str], wanted: Wanted, at: datetime, by: str) -> Appointment:
        await self._arrived(counter)
        for slot in self._asked(counter, windows, at, wanted.window):
            if await self._store.get(Claim, slot_claim(wanted.office, slot, "").key) is not None:
                continue
            try:
                return await self.confirmed(await self._begin(counter, wanted, slot, by), by, wanted.draft)
            except ConflictError:
                continue
        if (known := await self._drafted(wanted)) is not None:
            return known
        raise RefusedError("taken", TAKEN)

    async def _drafted(self, wanted: Wanted) -> Appointment | None:
        """The appointment of a repeated draft."""
        known = await self._store.get(Claim, wanted.draft)
        return await self.find(known.number) if known is not None else None

    async def move(self, number: str, at: datetime, window: str, by: str) -> Appointment:
        """To another time at the same office. Refusals are those of `book`, and bad_step."""
        before = await self.kept(number)
        counter = self.counter(before.office)
        for slot in self._asked(counter, _windows(counter, before.service), at, window):
            if slot == before.slot:
                return before
            after = reminding(stepped(before, self._now(), by, BookingAct.MOVE, slot=slot), self._now())
            try:
                before = await self._both(counter, before, slot, number)
                return await self.changed(before, after, BookingAct.MOVE, by, gone=slot_claims(before),
                                          put=(place_claim(after), *(slot_claims(after) if before.owes else ())),
                                          new=() if before.owes else slot_claims(after))
            except ConflictError:
                continue
        raise RefusedError("taken", TAKEN)

    async def _both(self, counter: Counter, before: Appointment, slot: Slot, number: str) -> Appointment:
        """Both slots are reserved while an external system confirms. Raises ConflictError, and the errors of `_tell`."""
        if not counter.reception.outside:
            return before
        owing = replace(before, owes=True)
        claim = slot_claim(before.office, slot, number)
        await self._store.exchange((owing,), (), seen=(before,), new=(claim,))
        try:
            await self._tell(counter, replace(before, slot=slot))
        except RefusedError:
            await self._store.exchange((before,), (claim,), seen=(owing,))
            raise
        except UnavailableError:
            await self._store.exchange((), (claim,), seen=(owing,))
            self.on_change(owing)
            raise
        return owing

    async def cancel(self, number: str, by: str, why: str = "") -> Appointment:
        """Free the slot; an external system is informed, now or when it is available."""
        before = await self.kept(number)
        outside = before.stands and bool(self._outside(before.office))
        after = replace(stepped(before, self._now(), by, BookingAct.CANCEL, why=why), reminder=None, owes=outside)
        return await self.changed(before, after, BookingAct.CANCEL, by, gone=(place_claim(before), *slot_claims(before)))

    async def restore(self, number: str, by: str) -> Appointment:
        """Undo a cancellation while the slot is free. RefusedError("taken") otherwise."""
        before = await self.kept(number)
        counter = self.counter(before.office)
        if self.keepers.remote(counter):
            self.keepers.check(counter, before.centre)
        with self.under_way(before.office):
            if before.slot is None:
                return await self._waits_again(counter, before, by)
            return await self._restore(counter, before, before.slot, by)

    async def _restore(self, counter: Counter, before: Appointment, slot: Slot, by: str) -> Appointment:
        await self._arrived(counter)
        self._asked(counter, _windows(counter, before.service), slot.at, slot.window)
        place, over = await self.place(counter, before.person)
        try:
            return await self.give(counter, replace(before, place=place), slot, BookingAct.RESTORE, by, seen=(before, *over))
        except ConflictError:
            raise RefusedError("taken", TAKEN) from None

    async def _waits_again(self, counter: Counter, before: Appointment, by: str) -> Appointment:
        """At the former position, while the wished days are not over."""
        if before.wish is None or before.wish.until <= self._now():
            raise RefusedError("bad_step", "Дни, когда заявитель мог прийти, прошли: запишите снова.")
        place, over = await self.place(counter, before.person)
        after = stepped(replace(before, place=place), self._now(), by, BookingAct.WAIT)
        await self.exchange(after, BookingAct.WAIT, by, put=(after, place_claim(after)), seen=(before, *over))
        return after

    async def give(self, counter: Counter, before: Appointment, slot: Slot, act: BookingAct, by: str,
                   seen: Sequence[Appointment | Claim]) -> Appointment:
        """Give a slot to a waiting or cancelled appointment. Raises ConflictError where it is taken."""
        act = BookingAct.ASK if counter.reception.outside else act
        after = reminding(stepped(before, self._now(), by, act, slot=slot), self._now())
        after = replace(after, owes=bool(counter.reception.outside))
        await self.exchange(after, act, by, put=(after, place_claim(after)), seen=seen, new=slot_claims(after))
        return await self.confirmed(after, by)

    async def note(self, number: str, act: BookingAct, by: str) -> Appointment:
        """HOLD, MISS, or REOPEN: record the result after the time of the appointment. RefusedError("bad_step", "too_early")."""
        before = await self.kept(number)
        if act is not BookingAct.REOPEN and before.slot is not None and before.slot.at > self._now():
            raise RefusedError("too_early", "Приём ещё не начался.")
        return await self.changed(before, stepped(before, self._now(), by, act), act, by)

    async def confirmed(self, made: Appointment, by: str, draft: str = "") -> Appointment:
        """Confirm with the external system, or give up: RefusedError("taken"), UnavailableError.

        The same `draft` may then be sent again.
        """
        if made.state is not BookingState.ASKED:
            return made
        try:
            await self._tell(self.counter(made.office), made)
        except (RefusedError, UnavailableError):
            await self._give_up(made, by)
            await self._store.drop(Claim, draft)
            raise
        after = replace(stepped(made, self._now(), by, BookingAct.BOOK), owes=False)
        return await self.changed(made, after, BookingAct.BOOK, by)

    async def _give_up(self, asked: Appointment, by: str) -> Appointment:
        """Give up an unconfirmed appointment: one from the waiting list waits on."""
        if asked.wish is None:
            return await self.cancel(asked.number, by, NO_ANSWER)
        after = replace(stepped(asked, self._now(), by, BookingAct.WAIT), slot=None, reminder=None)
        return await self.changed(asked, after, BookingAct.WAIT, by, gone=slot_claims(asked), put=(place_claim(after),))

    async def settle(self, owing: Appointment) -> None:
        """Send the state of an appointment to an external system. Raises UnavailableError, RefusedError, StoreError."""
        if owing.state is BookingState.ASKED:  # nobody was told that it is booked
            owing = await self._give_up(owing, "")
        schedule = self._outside(owing.office)
        if schedule is not None and owing.stands:
            await self._tell(self.counter(owing.office), owing)
        elif schedule is not None:
            await schedule.cancel(owing.number)
        await self._store.exchange((replace(owing, owes=False),), (), seen=(owing,))

    def _outside(self, office: str) -> Schedule | None:
        counter = self.receptions.find(office)
        return self._schedules.get(counter.reception.outside) if counter else None

    async def _tell(self, counter: Counter, visit: Appointment) -> None:
        schedule = self._schedules.get(counter.reception.outside)
        if schedule is not None and visit.slot is not None:
            await schedule.book(Visit(visit.number, visit.office, visit.service, visit.slot, visit.name))

    def _asked(self, counter: Counter, windows: Sequence[str], at: datetime, window: str) -> list[Slot]:
        first, last = counter.bookable(self._now())
        if not first <= at < last:
            raise RefusedError("bad_time", "На это время записаться уже или ещё нельзя.")
        if not counter.begins(at):
            raise RefusedError("bad_time", "В это время не принимают.")
        return [Slot(at.astimezone(UTC), each, counter.rules.slot_min) for each in windows if window in {"", each}]

    async def _begin(self, counter: Counter, wanted: Wanted, slot: Slot | None, by: str) -> Appointment:
        """Raises ConflictError where the slot is taken, RefusedError("too_many")."""
        now = self._now()
        act, state = _beginning(counter, slot)
        number = self._numbers.next(now)
        place, over = place_key(counter.rules.id, wanted.person, 1), tuple[Claim, ...]()
        for _ in range(TRIES):
            made = reminding(Appointment(
                number, wanted.office, wanted.service, wanted.conversation, wanted.person, wanted.centre, place,
                (BookingStep(now, by, act, state, slot),), wanted.name, wanted.notify, slot, wanted.wish if slot is None else None,
                owes=state is BookingState.ASKED), now)
            mine, slots = place_claim(made), slot_claims(made)
            try:
                await self.exchange(made, act, by, put=(mine,) if over else (), seen=over,
                                     new=(made, Claim(wanted.draft, number, now + DRAFT), *slots, *(() if over else (mine,))))
            except ConflictError:
                if (known := await self._drafted(wanted)) is not None:
                    return known
                if slots and await self._store.get(Claim, slots[0].key) is not None:
                    raise
                place, over = await self.place(counter, wanted.person)
                continue
            return made
        raise RefusedError("too_many", TOO_MANY.format(most=counter.rules.per_person))

    async def place(self, counter: Counter, person: str) -> tuple[str, tuple[Claim, ...]]:
        """The first free or expired of a person's places. Raises RefusedError("too_many")."""
        for number in range(1, counter.rules.per_person + 1):
            key = place_key(counter.rules.id, person, number)
            claim = await self._store.get(Claim, key)
            if claim is None or claim.until <= self._now():
                return key, (claim,) if claim else ()
        raise RefusedError("too_many", TOO_MANY.format(most=counter.rules.per_person))

    async def changed(self, before: Appointment, after: Appointment, act: BookingAct, by: str, *, gone: Sequence[Claim] = (),
                      put: Sequence[Claim] = (), new: Sequence[Claim] = ()) -> Appointment:
        """Raises ConflictError after a concurrent change, or where a claim is taken."""
        await self.exchange(after, act, by, put=(after, *put), gone=gone, seen=(before,), new=new)
        return after

    async def exchange(self, after: Appointment, act: BookingAct, by: str, *, put: Sequence[Document] = (),
                        gone: Sequence[Claim] = (), seen: Sequence[Appointment | Claim] = (),
                        new: Sequence[Appointment | Claim] = ()) -> None:
        audit_entry = AuditEntry(self._now(), by, f"appointment_{act}", after.number, after.office)
        await self._store.exchange(put, gone, audit_entry, seen=seen, new=new)
        self.on_change(after)


def _beginning(counter: Counter, slot: Slot | None) -> tuple[BookingAct, BookingState]:
    if slot is None:
        return BookingAct.WAIT, BookingState.WAITING
    return (BookingAct.ASK, BookingState.ASKED) if counter.reception.outside else (BookingAct.BOOK, BookingState.BOOKED)


def _windows(counter: Counter, service: str) -> tuple[str, ...]:
    windows = counter.windows(service)
    if not windows:
        raise RefusedError("no_such_service", "По этой услуге здесь не принимают.")
    return windows
