"""What may be demanded, until when, of what, and what is left of it later; and the texts that are agreed to (SE-03, 152-ФЗ)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hub.citizens.consent import Consents, Contact, Given, Phrasing, approve, give, in_force, newest, withdraw, write
from hub.conversations.identities import How, Proof, held
from hub.conversations.message import Attachment
from hub.kernel.errors import RefusedError
from hub.organisation.production_calendar import is_worked
from hub.privacy.subject_request import (
    KEPT,
    UNDO,
    Field,
    Fix,
    Refusing,
    RequestKind,
    RequestState,
    SubjectRequest,
    done,
    due,
    forgotten,
    propose,
    ready,
    refuse,
    second,
    undone,
)
from okno.rights import shipped
from tests.storage.data import at
from tests.traits import TRAITS

MOSCOW, VLADIVOSTOK = ZoneInfo("Europe/Moscow"), ZoneInfo("Asia/Vladivostok")
FILE = Attachment("f" * 64, "Ваши данные.zip", "application/zip", 1)
CHAT, SMS, CALL, MAIL = "web.chat:a", "sms.smpp:+79001234567", "voice.asterisk:+79001234567", "email.imap:a@example.ru"


def demand(kind: RequestKind = RequestKind.COPY, **more: object) -> SubjectRequest:
    return SubjectRequest("1", 7, kind, at(0), at(1000), **more)  # type: ignore[arg-type]


def proof(heard_at: str, sent_to: str) -> Proof:
    return Proof(heard_at, sent_to, at(0), "anna", How.TYPED)


@pytest.mark.parametrize(("taken", "days", "zone", "last"), [
    # ГК РФ ст. 191: the day of the demand itself does not count, nor do days off.
    ("2026-11-26T09:00", 7, MOSCOW, "2026-12-07"), ("2026-11-26T09:00", 10, MOSCOW, "2026-12-10"),
    ("2026-11-27T20:59", 1, MOSCOW, "2026-11-30"), ("2026-11-27T21:00", 1, MOSCOW, "2026-11-30"),
    # Ten days of the new year are off, and 9 January is a Saturday.
    ("2026-12-30T09:00", 1, MOSCOW, "2027-01-11"),
    # It is the next day already where the centre is.
    ("2026-11-26T15:00", 1, VLADIVOSTOK, "2026-11-30")])
def test_terms_are_working_days_of_the_centre(taken: str, days: int, zone: ZoneInfo, last: str) -> None:
    # SE-03: 152-ФЗ ст. 14, 20, 21
    end = due(datetime.fromisoformat(taken).replace(tzinfo=UTC), days, zone, is_worked)
    assert (end - timedelta(seconds=1)).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S") == f"{last} 23:59:59"


@pytest.mark.parametrize(("start", "proofs", "whose"), [
    (CHAT, (), {CHAT}),
    (CHAT, (proof(CHAT, SMS),), {CHAT, SMS}),
    (SMS, (proof(CHAT, SMS),), {CHAT, SMS}),
    # Whoever wrote under a number that he has forged, and told a code of his own mailbox, reads nothing of that number.
    (MAIL, (proof(SMS, MAIL),), {MAIL}),
    (MAIL, (proof(SMS, MAIL), proof(CHAT, SMS)), {MAIL}),
    (SMS, (proof(SMS, MAIL),), {SMS, MAIL}),
    # The SMS with the code came to the very telephone that he called from.
    (SMS, (proof(CALL, SMS),), {CALL, SMS}),
    (CHAT, (proof("voice.asterisk:+79990000000", SMS), proof(CHAT, SMS)), {CHAT, SMS}),
    # A partner's hook says itself who writes.
    (SMS, (proof("web.hook:somebody", SMS),), {SMS})])
def test_only_what_is_proved_to_be_his_is_told(start: str, proofs: tuple[Proof, ...], whose: set[str]) -> None:
    # ST-05, SE-01
    assert set(held(start, proofs, TRAITS)) == whose


def test_nobody_approves_the_deletion_that_he_has_proposed() -> None:
    # SE-01
    proposed = propose(demand(RequestKind.DELETION), CHAT, "anna")
    with pytest.raises(RefusedError) as refused:
        second(proposed, "anna")
    assert refused.value.code == "own_proposal"
    second(proposed, "boss")
    for wrong in (demand(RequestKind.COPY), done(proposed, "", "boss", at(1)), demand(RequestKind.DELETION)):
        with pytest.raises(RefusedError):
            second(wrong, "boss")


def test_a_refusal_names_the_law_and_where_to_complain() -> None:
    refused = refuse(ready(demand(), FILE, CHAT), Refusing.LAW, "Архивный срок 5 лет.", "anna", at(5))
    assert (refused.state, refused.file, refused.ended_by) == (RequestState.REFUSED, None, "anna")
    assert all(words in refused.words for words in ("152-ФЗ", "Архивный срок 5 лет.", "Роскомнадзор"))
    with pytest.raises(RefusedError, match="другое"):
        refuse(refused, Refusing.LAW, "", "anna", at(6))


def test_what_stood_there_before_is_forgotten_when_it_cannot_come_back() -> None:
    # SE-03
    fixed = done(demand(RequestKind.CORRECTION, fixes=(Fix(Field.NAME, "Анна", "Инна"),)), "", "anna", at(0))
    assert forgotten(fixed, at(0) + UNDO) == fixed
    assert undone(fixed, at(0) + UNDO).state is RequestState.OPEN
    late = at(0) + UNDO + timedelta(seconds=1)
    assert forgotten(fixed, late) is not None
    assert "Инна" not in repr(forgotten(fixed, late))
    with pytest.raises(RefusedError, match="30 дней"):
        undone(fixed, late)
    assert forgotten(fixed, at(0) + KEPT + timedelta(seconds=1)) is None
    assert forgotten(demand(), at(0) + KEPT * 2) == demand()


def wording(text: str = "Данные обрабатывает {keeper}.") -> Phrasing:
    return Phrasing("Согласие", text)


def test_a_text_is_another_s_to_approve_and_old_ones_stay() -> None:
    # SE-03: 152-ФЗ ст. 9
    first = approve(write(None, "form", wording(), wording(), "anna", at(0)), "boss", at(1))
    draft = write(first, "form", wording("Иначе, {keeper}. Редакция {edition}."), wording(), "anna", at(2))
    texts = [first, draft]
    assert (newest(texts, "form"), in_force(texts, "form")) == (draft, first)
    with pytest.raises(RefusedError, match="другой сотрудник"):
        approve(draft, "anna", at(3))
    second_ = approve(draft, "boss", at(3))
    assert (in_force([first, second_], "form"), second_.since, first.since) == (second_, at(3), at(1))
    assert second_.shown("ru", "ЦТО {edition}").text == "Иначе, ЦТО 2. Редакция 2."
    with pytest.raises(RefusedError, match="keeper"):
        write(first, "form", wording("Кто-то"), wording(), "anna", at(4))


def test_a_sheet_agrees_once_also_when_it_comes_again_after_the_withdrawal() -> None:
    # SE-03
    given = Given("sheet", "form", 1, "ru", at(0), "web.form")
    agreed = give(Consents("7"), given, Contact("a@example.ru"))
    assert give(agreed, given, Contact("b@example.ru")) == agreed
    over = withdraw(agreed, "", at(9))
    assert (over.valid, over.contact, over.given[0].withdrawn) == (False, Contact(), at(9))
    assert give(over, given, Contact("a@example.ru")) == over
    assert give(over, Given("another", "form", 1, "ru", at(10), "web.form"), Contact()).valid


def test_what_comes_along_says_who_keeps_the_data_in_both_languages() -> None:
    for texts in shipped().values():
        assert all("{keeper}" in each.text and "{edition}" in each.text for each in texts)
