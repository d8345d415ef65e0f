"""The copy of a citizen's data for the citizen (152-ФЗ ст. 14): as JSON, and as a printable page. Pure.

It holds what the citizen may see: messages of both sides, stored data, who has read it. It leaves out operators' notes, the robot's
records and one-time codes; a recorded talk is listed, since it has another person's voice, and is played or copied separately.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from html import escape
from zoneinfo import ZoneInfo

from msgspec import Struct

from hub.appointments.appointment import BookingState
from hub.cases.case import Case, CaseKind, Label
from hub.cases.state import STATES
from hub.cases.transitions import TRANSITIONS
from hub.citizens.consent import Contact, Given
from hub.conversations.address import Person
from hub.conversations.channel_traits import TraitRegistry
from hub.conversations.conversation import Conversation
from hub.conversations.identities import address_of
from hub.conversations.journal import Corrected, Deleted, PromiseGiven, StoredEvent, shown_to_citizen
from hub.conversations.message import Attachment, Author, Message
from hub.privacy.disclosures import Look
from hub.privacy.subject_request import NAMES, RequestKind, RequestState
from hub.quality.surveys.survey import Invited, Questionnaire

VEILED = "Код подтверждения."
SPEAKERS = {Author.CITIZEN: "Вы", Author.BOT: "Робот", Author.OPERATOR: "Оператор", Author.SYSTEM: "Контакт-центр"}
PERSONS = {Person.INDIVIDUAL: "гражданин", Person.ORGANISATION: "организация"}
ENDS = {RequestState.OPEN: "рассматривается", RequestState.READY: "готов", RequestState.PROPOSED: "рассматривается",
        RequestState.ERASING: "выполняется", RequestState.DONE: "выполнен",
        RequestState.REFUSED: "отказано"}


class CopiedMessage(Struct, frozen=True):
    """`files` are paths in the copy; a missing or too large file is only named."""

    at: datetime
    who: str
    text: str
    more: str = ""
    files: tuple[str, ...] = ()
    remark: str = ""
    """The citizen's remark on it."""


class CopiedConversation(Struct, frozen=True):
    """One conversation."""

    number: str
    channel: str
    address: str
    opened: datetime
    name: str
    person: str
    language: str
    place: str
    topic: str
    said: tuple[CopiedMessage, ...]
    recordings: tuple[str, ...]
    promised: tuple[datetime, ...]
    """Deadlines of promised answers."""
    number_to_call: str
    consents: tuple[Given, ...]
    contact: Contact


class CopiedAuditEntry(Struct, frozen=True):
    """A step of a case that the citizen was notified of."""

    at: datetime
    what: str
    words: str


class CopiedCase(Struct, frozen=True):
    """A registered case."""

    number: str
    kind: CaseKind
    label: Label
    topic: str
    state: str
    received: datetime
    due: datetime
    address: str
    text: str
    service: str
    authority: str
    happened: date | None
    deviation: str
    identified: bool
    shown: str
    steps: tuple[CopiedAuditEntry, ...]


class CopiedProof(Struct, frozen=True):
    """Proof that two addresses belong to one person."""

    at: datetime
    heard_at: str
    sent_to: str


class CopiedRequest(Struct, frozen=True):
    """A subject request, without its operator."""

    kind: RequestKind
    taken: datetime
    due: datetime
    state: RequestState
    words: str


class CopiedAppointment(Struct, frozen=True):
    """An appointment; `words` give purpose, place and time, by the office's clock."""

    number: str
    at: datetime | None
    state: BookingState
    name: str
    words: str


class CopiedRefusedCall(Struct, frozen=True):
    """A call that the exchange did not answer; `owed`: somebody decided that the citizen is called back."""

    at: datetime
    dialled: str
    owed: bool


class CopiedSurvey(Struct, frozen=True):
    """An invitation to a survey with the answers: each question with the citizen's words, or choices."""

    title: str
    at: datetime
    answers: tuple[tuple[str, str], ...] = ()


class CopiedCard(Struct, frozen=True):
    """The card kept at one address, by the names of its fields; notes of operators are left out."""

    address: str
    phone: str
    email: str
    tags: tuple[str, ...]
    fields: tuple[tuple[str, str], ...]


class DataCopy(Struct, frozen=True):
    """`kept` gives purpose, ground and retention of each kind of data.

    `left_out` are files that did not fit, or are not available.
    """

    keeper: str
    made: datetime
    addresses: tuple[str, ...]
    proofs: tuple[CopiedProof, ...]
    talked: tuple[CopiedConversation, ...]
    cases: tuple[CopiedCase, ...]
    no_notices: tuple[str, ...]
    demands: tuple[CopiedRequest, ...]
    looks: tuple[Look, ...]
    appointments: tuple[CopiedAppointment, ...] = ()
    surveys: tuple[CopiedSurvey, ...] = ()
    kept: tuple[tuple[str, ...], ...] = ()
    left_out: tuple[str, ...] = ()
    cards: tuple[CopiedCard, ...] = ()
    refused: tuple[CopiedRefusedCall, ...] = ()


def placed(head: Conversation, attachment: Attachment) -> str:
    """The path of a file in the copy: equal names differ by the beginning of their digests."""
    name = re.sub(r"[/\\]", "_", attachment.name)
    return f"files/{head.number}/{attachment.file[:8]}-{name}"


def talked(head: Conversation, records: Sequence[StoredEvent], place: str, topic: str, consents: tuple[Given, ...],
           contact: Contact, traits: TraitRegistry) -> CopiedConversation:
    remarks = {each.entry.record: each.entry.text for each in records if isinstance(each.entry, Corrected) and each.entry.record}
    gone = {each.entry.file for each in records if isinstance(each.entry, Deleted)}
    said = tuple(_said(head, each.entry, remarks.get(each.id, "")) for each in records
                 if isinstance(each.entry, Message) and shown_to_citizen(each.entry))
    recordings = tuple(file.name for file in recorded(records) if file.file not in gone)
    promised = tuple(each.entry.due for each in records if isinstance(each.entry, PromiseGiven))
    return CopiedConversation(head.number, head.address.channel, traits.readable(head.address), head.opened, head.citizen.name,
                              PERSONS[head.citizen.person],
                  head.citizen.language, place, topic, said, recordings, promised, str(head.promise.address) if head.promise else "",
                  consents, contact)


def registered(case: Case, topic: str, traits: TraitRegistry) -> CopiedCase:
    """Internal steps and remarks of operators are left out."""
    matter = case.matter
    steps = tuple(CopiedAuditEntry(each.at, notice.history, each.why)
                  for each in case.steps if (notice := TRANSITIONS[each.act].notice) is not None)
    return CopiedCase(case.number, case.kind, case.ruling.label, topic, STATES[case.state].title, case.received, case.due,
                      traits.readable(address_of(case.address)), case.text, matter.service, matter.authority, matter.happened,
                      matter.deviation, case.identified, case.shown, steps)


def surveyed(invited: Invited, asked: Questionnaire) -> CopiedSurvey:
    answers = tuple((asked.questions[each.question].text.ru, each.text or ", ".join(asked.questions[each.question].said(each.chosen)))
                    for each in invited.answers)
    return CopiedSurvey(asked.title.ru, invited.at, answers)


def recorded(records: Iterable[StoredEvent]) -> list[Attachment]:
    """Recordings of talks: in the timeline only operators see them."""
    return [file for each in records if isinstance(each.entry, Message) and each.entry.internal for file in each.entry.attachments]


def _said(head: Conversation, message: Message, remark: str) -> CopiedMessage:
    who = message.name if message.author is not Author.CITIZEN and message.name else SPEAKERS[message.author]
    return CopiedMessage(message.at, who, VEILED if message.veiled else message.text, message.folded,
                tuple(placed(head, each) for each in message.attachments), remark)


STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem;color:#111}
table{border-collapse:collapse;width:100%;font-size:.9em}th,td{border:1px solid #999;padding:.3rem .5rem;vertical-align:top}
section.talk{border-top:2px solid #111;margin-top:2rem}ol{list-style:none;padding:0}li{margin:.6rem 0;break-inside:avoid}
.soft{color:#555}p{margin:.2rem 0;white-space:pre-line;overflow-wrap:anywhere}@media print{body{margin:0;max-width:none}a{color:inherit}}"""


def page(copy: DataCopy, zone: ZoneInfo) -> str:
    """The copy as HTML, in Russian; it needs nothing but its files."""
    def at(moment: datetime) -> str:
        return f"{moment.astimezone(zone):%d.%m.%Y %H:%M}"

    parts = [
        f"<h1>Ваши данные</h1><p>{escape(copy.keeper)}. Составлено {at(copy.made)}.</p>",
        _list("Ваши адреса", copy.addresses),
        *(_card(each) for each in copy.cards),
        _list("Подтверждено", [f"{at(each.at)}: {each.heard_at} и {each.sent_to} — один человек" for each in copy.proofs]),
        _list("Уведомления отключены", copy.no_notices),
        _table("Ваши запросы", ("когда", "о чём", "срок", "чем кончилось"),
               [(at(each.taken), NAMES[each.kind], at(each.due), f"{ENDS[each.state]}. {each.words}") for each in copy.demands]),
        *(_talk(each, at) for each in copy.talked),
        _table("Звонки, которые не удалось принять", ("когда", "куда", "что решили"),
               [(at(each.at), each.dialled, "перезвонить" if each.owed else "") for each in copy.refused]),
        _list("Записи на приём", [f"{each.words}{f' Имя для вызова: {each.name}.' if each.name else ''}" for each in copy.appointments]),
        *(_table(f"Опрос «{each.title}», приглашение {at(each.at)}", ("вопрос", "ответ"), each.answers or (("", "ответа нет"),))
          for each in copy.surveys),
        *(_case(each, at) for each in copy.cases),
        _looks(copy.looks, at),
        _table("Что и зачем хранится", ("данные", "зачем", "основание", "срок"), copy.kept),
        _list("Файлы, которые не вошли: слишком велики или не прошли проверку", copy.left_out),
    ]
    return document("Ваши данные", "".join(parts))


def looks_page(keeper: str, made: datetime, looks: Sequence[Look], zone: ZoneInfo) -> str:
    """Only the list of reads."""
    def at(moment: datetime) -> str:
        return f"{moment.astimezone(zone):%d.%m.%Y %H:%M}"

    title = "Кто видел ваши данные"
    return document(title, f"<h1>{title}</h1><p>{escape(keeper)}. Составлено {at(made)}.</p>{_looks(looks, at)}")


def document(title: str, body: str) -> str:
    return (f'<!doctype html>\n<html lang="ru"><head><meta charset="utf-8"><meta name="robots" content="noindex">'
            f"<title>{escape(title)}</title><style>{STYLE}</style></head>\n<body>{body}</body></html>\n")


def _card(card: CopiedCard) -> str:
    facts = (("Телефон с ваших слов", card.phone), ("Почта с ваших слов", card.email), ("Метки", ", ".join(card.tags)), *card.fields)
    return _table(f"Карточка: {card.address}", ("что", "значение"), [(name, value) for name, value in facts if value])


def _talk(talk: CopiedConversation, at: Callable[[datetime], str]) -> str:
    facts = {"Канал": talk.channel, "Адрес": talk.address, "Начато": at(talk.opened), "Имя": talk.name, "Кто обращается": talk.person,
             "Язык": talk.language, "Место": talk.place, "Тема": talk.topic, "Почта для ответа": talk.contact.email,
             "Телефон для ответа": talk.contact.phone, "Обещанный ответ": talk.number_to_call}
    consents = [f"редакция {each.version}, дано {at(each.at)}" + (f", отозвано {at(each.withdrawn)}" if each.withdrawn else "")
                for each in talk.consents]
    return (f'<section class="talk"><h2>Обращение {escape(talk.number)}</h2>'
            f"{_table('', ('что', 'значение'), [(name, value) for name, value in facts.items() if value])}"
            f"{_list('Согласия', consents)}{_list('Ответ обещан до', [at(each) for each in talk.promised])}"
            f"{_list('Записи разговоров (выдаются отдельно)', talk.recordings)}"
            f"<ol>{''.join(_line(each, at) for each in talk.said)}</ol></section>")


def _case(case: CopiedCase, at: Callable[[datetime], str]) -> str:
    facts = {"Поступило": at(case.received), "Срок ответа": at(case.due), "Состояние": case.state, "Тема": case.topic,
             "Адрес": case.address, "Услуга": case.service, "Орган власти": case.authority, "Когда это было": _day(case.happened),
             "Что отличалось от регламента": case.deviation,
             "Личность подтверждена": (case.shown or "Госуслуги") if case.identified else ""}
    steps = [f"{at(each.at)}: {each.what}{f'. {each.words}' if each.words else ''}" for each in case.steps]
    return (f'<section class="talk"><h2>Зарегистрированное обращение {escape(case.number)}</h2>'
            f"{_table('', ('что', 'значение'), [(name, value) for name, value in facts.items() if value])}"
            f"<p>{escape(case.text)}</p>{_list('Что сделано', steps)}</section>")


def _day(day: date | None) -> str:
    return f"{day:%d.%m.%Y}" if day else ""


def _line(said: CopiedMessage, at: Callable[[datetime], str]) -> str:
    files = "".join(f'<p><a href="{escape(each)}">{escape(each.rpartition("/")[2])}</a></p>' for each in said.files)
    more = f'<p class="soft">{escape(said.more)}</p>' if said.more else ""
    remark = f'<p class="soft">Уточнено гражданином: {escape(said.remark)}</p>' if said.remark else ""
    return f"<li><b>{escape(said.who)}</b> <span class=soft>{at(said.at)}</span><p>{escape(said.text)}</p>{more}{remark}{files}</li>"


def _looks(looks: Sequence[Look], at: Callable[[datetime], str]) -> str:
    rows = [(at(each.at), each.number, f"{each.who}, {each.centre}" if each.centre else each.who, each.what, each.ground) for each in looks]
    return _table("Кто видел ваши данные", ("когда", "обращение", "кто", "что сделал", "основание"), rows)


def _list(title: str, lines: Iterable[str]) -> str:
    rows = "".join(f"<li>{escape(each)}</li>" for each in lines)
    return f"<h2>{escape(title)}</h2><ul>{rows}</ul>" if rows else ""


def _table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    def cells(kind: str, row: Sequence[str]) -> str:
        return f"<tr>{''.join(f'<{kind}>{escape(each)}</{kind}>' for each in row)}</tr>"

    body = "".join(cells("td", row) for row in rows)
    heading = f"<h2>{escape(title)}</h2>" if title else ""
    return f"{heading}<table>{cells('th', head)}{body}</table>" if body else ""
