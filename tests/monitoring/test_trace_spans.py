"""Spans out of the journal: what lies below what, how long it took, and that nobody's words come along."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.sdk.trace.sampling import TraceIdRatioBased

from hub.conversations.address import Address
from hub.conversations.conversation import Conversation, InQueue, WithBot, WithOperator
from hub.conversations.delivery_status import Delivery
from hub.conversations.journal import Carried, HandedOver, OfferEnd, OfferEnded, StoredEvent
from hub.conversations.message import BOT, CITIZEN, Author, Message
from hub.conversations.ports import Commit
from hub.conversations.transfer_route import TransferHop, TransferReason
from hub.federation.handover_messages import HandoverEnded, packed, remote_address
from hub.kernel.ids import RecordIds, made_at
from hub.kernel.trace_context import OPENING, sampled, span_of, trace_of
from hub.monitoring.trace_spans import UNTOLD, Span, TraceSpans, traced

NUMBER = "077-261124-00042-8"
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HEAD = Conversation(5, NUMBER, Address("web.chat", "x"), NOON, WithBot())
ROOT = span_of(NUMBER, OPENING)


def later(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def spans(of: Commit, head: Conversation = HEAD, *, now: datetime, memory: TraceSpans | None = None) -> dict[str, Span]:
    return {span.name: span for span in (memory or TraceSpans()).of(head, of, now)}


def test_an_answer_lies_below_its_question_though_the_hub_was_started_anew_between() -> None:
    # MC-04
    ids = RecordIds()
    question = StoredEvent(ids.next(NOON), 5, Message(CITIZEN, "кто я?", NOON))
    asked = spans(Commit(5, 1, (question,), owed=(question.id,)), now=later(0.02))["accept"]
    assert (asked.parent, asked.began, asked.ended) == (ROOT, NOON, later(0.02))
    answer = StoredEvent(ids.next(later(90)), 5, Message(BOT, "не знаю", later(90)))
    told = spans(Commit(5, question.id, (answer,), settled=(question.id,)), now=later(90.01))
    assert told["say"].parent == told["react"].parent == asked.id
    assert (told["react"].began, told["react"].ended) == (NOON, later(90.01))


def test_an_answer_at_once_lies_below_the_question_that_it_is_stored_with() -> None:
    # MC-04
    ids = RecordIds()
    both = tuple(StoredEvent(ids.next(NOON), 5, Message(author, "…", NOON)) for author in (CITIZEN, BOT))
    told = spans(Commit(5, 0, both, HEAD), now=later(0.01))
    assert told["say"].parent == told["accept"].id
    assert told["accept"].parent == told["open"].id == ROOT
    assert told["open"].parent == 0
    assert "react" not in told


def test_a_note_among_colleagues_is_not_told() -> None:
    # SE-03
    note = StoredEvent(RecordIds().next(NOON), 5, Message(Author.OPERATOR, "…", NOON, internal=True, by="anna"))
    assert spans(Commit(5, 1, (note,)), now=NOON) == {}


def test_a_wait_is_told_when_the_first_operator_is_there_and_not_again_at_a_transfer() -> None:
    # MC-04, D3
    first = WithOperator("anna", later(12), "general", NOON)
    record = StoredEvent(RecordIds().next(later(12)), 5, HandedOver(later(12), first, "accepted", "anna"))
    told = spans(Commit(5, 1, (record,), HEAD), now=later(12))
    assert (told["wait"].began, told["wait"].ended, told["wait"].told) == (NOON, later(12), {"queue": "general"})
    assert told["hand_over"].told == {"to": "operator", "why": "accepted", "queue": "general"}
    second = WithOperator("boris", later(60), "general", NOON, talked_since=later(12))
    record = StoredEvent(RecordIds().next(later(60)), 5, HandedOver(later(60), second, "transferred", "anna"))
    assert set(spans(Commit(5, 1, (record,), HEAD), now=later(60))) == {"hand_over"}


def test_a_hand_over_between_centres_tells_both() -> None:
    # RT-08
    passed = TransferHop("077", "050", TransferReason.TERRITORIAL, NOON)
    head = Conversation(5, NUMBER, HEAD.address, NOON, InQueue("oblast", NOON), passed=(passed,))
    record = StoredEvent(RecordIds().next(NOON), 5, HandedOver(NOON, head.holder, passed.reason))
    told = spans(Commit(5, 1, (record,), head), head, now=NOON)["hand_over"].told
    assert told == {"to": "queue", "why": "territorial", "queue": "oblast", "sender": "077", "receiver": "050"}


def test_what_another_centre_has_handed_over_goes_on_in_the_trace_that_it_began_in() -> None:
    # RT-08
    parcel = packed(HandoverEnded("5-17", NUMBER, "other"), "", "077", "050", NOON)
    there = Conversation(9, "050-261124-00001-3", remote_address("077", HandoverEnded("5-17", NUMBER, "other")), NOON, WithBot())
    assert traced(there) == traced(HEAD) == NUMBER
    record = StoredEvent(RecordIds().next(NOON), 9, HandedOver(NOON, WithBot(), "opened"))
    told = spans(Commit(9, 0, (record,), there), there, now=NOON)
    assert told["open"].parent == int(parcel.trace.split("-")[2], 16) == ROOT
    assert told["open"].id == told["hand_over"].parent == span_of(there.number, OPENING)
    assert told["open"].told["channel"] == "centre.077"


def test_what_failed_says_so_and_a_receipt_is_no_reaction() -> None:
    # MC-04, CH-05
    ids = RecordIds()
    said, receipt = ids.next(NOON), ids.next(later(3))
    carried = StoredEvent(receipt, 5, Carried(later(3), said, Delivery.FAILED, "номер +79161234521 не обслуживается"))
    told = spans(Commit(5, said, (carried,), settled=(said,)), now=later(3))
    assert set(told) == {"receipt"}
    assert (told["receipt"].failed, told["receipt"].parent) == (True, span_of(NUMBER, said))
    assert told["receipt"].told == {"state": "failed", "record": said}


def test_an_offer_that_was_made_before_the_hub_was_started_is_not_made_up() -> None:
    # MC-04
    ended = StoredEvent(RecordIds().next(NOON), 5, OfferEnded(NOON, "anna", OfferEnd.EXPIRED))
    assert spans(Commit(5, 1, (ended,)), now=NOON) == {}


@given(st.text())
def test_what_is_no_code_is_not_told(why: str) -> None:
    # SE-03
    record = StoredEvent(RecordIds().next(NOON), 5, HandedOver(NOON, WithBot(), why))
    told = spans(Commit(5, 1, (record,), HEAD), now=NOON)["hand_over"].told["why"]
    assert told == UNTOLD or (told == why and why.isascii() and " " not in why and len(why) <= 64)


@given(st.integers(0, 10**9), st.floats(0, 1))
def test_all_choose_the_conversations_that_opentelemetry_would(number: int, share: float) -> None:
    # MC-04
    trace = trace_of(str(number))
    assert sampled(trace, share) == TraceIdRatioBased(share).should_sample(None, trace, "").decision.is_sampled()


@given(st.datetimes(datetime(2024, 1, 2), datetime(2080, 1, 1)))  # noqa: DTZ001 - made one of UTC below
def test_an_id_tells_when_its_record_was_made(at: datetime) -> None:
    # MC-04
    made = at.replace(tzinfo=UTC)
    assert timedelta() <= made - made_at(RecordIds().next(made)) < timedelta(milliseconds=1)
