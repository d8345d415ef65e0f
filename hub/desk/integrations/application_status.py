"""How an application stands that a system of the state has, told beside a conversation; code words and powers (ST-01…ST-05)."""

from datetime import date, datetime
from typing import Annotated

from msgspec import Meta, Struct

from hub.access.permissions import Permission
from hub.actions.conversation_actions import Actions
from hub.citizens.code_words import CodeWord, Power
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import Id
from hub.dispatch.dispatcher import Dispatch
from hub.integrations.application_status import AssuranceLevel, DisclosedStatus, Question, StatusPart, spelled
from hub.integrations.application_status_service import ApplicationStatusService
from hub.integrations.department_client import DepartmentClients
from hub.kernel.errors import RefusedError

Typed = Annotated[str, Meta(max_length=200)]
Shown = Annotated[str, Meta(min_length=3, max_length=200)]
VoucherKey = Annotated[str, Meta(min_length=1, max_length=100)]
Snils = Annotated[str, Meta(pattern=r"^\s*\d{3}[\s-]?\d{3}[\s-]?\d{3}[\s-]?\d\d\s*$")]


class StatusLevelOut(Struct, frozen=True):
    """What a class of data needs."""

    part: StatusPart
    needs: AssuranceLevel


class CodeWordOut(Struct, frozen=True):
    """A code word of his: with which of his numbers nobody can read, when it was chosen, and who has recorded it; "" is himself."""

    key: str
    at: datetime
    by: str


class PowerOut(Struct, frozen=True):
    """By which paper somebody asks for another, until when, and who has recorded it. `given`: others ask for him, else he for another."""

    key: str
    shown: str
    until: date
    at: datetime
    by: str
    given: bool


class StatusBesideOut(Struct, frozen=True):
    """What can be asked beside a conversation; `account` tells that he is signed in by ЕСИА, so that the number is enough.

    `words` are the code words that are registered with his numbers, `number` is one of these, "" where he has none.
    """

    systems: list[str]
    levels: list[StatusLevelOut]
    account: bool
    words: list[CodeWordOut]
    powers: list[PowerOut]
    number: str


class StatusIn(Struct, frozen=True, forbid_unknown_fields=True):
    number: Annotated[str, Meta(min_length=3, max_length=40)]
    snils: Typed = ""
    name: Typed = ""
    word: Typed = ""


class StatusToldOut(Struct, frozen=True):
    """An application as far as it may be told; `withheld` is what needs a surer proof, `represented` that it is another's."""

    number: str
    service: str
    source: str
    at: datetime
    sure: AssuranceLevel
    parts: list[StatusPart]
    withheld: list[StatusPart]
    words: str
    due: date | None
    result: str
    personal: str
    represented: bool


class CodeWordIn(Struct, frozen=True, forbid_unknown_fields=True):
    """`number` is the telephone that he will ask from, `shown` the kind of document that he has shown."""

    number: Typed
    snils: Snils
    word: Typed
    shown: Shown


class PowerIn(Struct, frozen=True, forbid_unknown_fields=True):
    """`snils` is of whom he acts for, `shown` the kind of paper that says so, `until` its last day."""

    snils: Snils
    shown: Shown
    until: date


class VoucherIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Which code word or power it is."""

    key: VoucherKey


@endpoint("GET", "/api/conversations/{conversation}/status", Permission.READ_STATUS)
async def status_beside(statuses: ApplicationStatusService, actions: Actions, systems: DepartmentClients, dispatch: Dispatch, call: Call,
                        conversation: Id) -> StatusBesideOut:
    """Which systems can be asked, what each class of data needs, and what of that is there; who asks for whom."""
    head = (await actions.seen(call.who, conversation)).head
    application_status = statuses
    ways = await application_status.ways(head)
    vouched = await application_status.code_word_service.of(ways)
    return StatusBesideOut(
        [each.title for each in systems.agreed.values()],
        [StatusLevelOut(part, needs) for part, needs in application_status.required.table().items()],
        application_status.known(head), [_word(dispatch, each) for each in vouched.words],
        [*(_power(dispatch, each) for each in vouched.held), *(_power(dispatch, each, given=True) for each in vouched.given)],
        next(iter(application_status.numbers(ways)), ""))


@endpoint("POST", "/api/conversations/{conversation}/status", Permission.READ_STATUS)
async def ask_status(application_status: ApplicationStatusService, actions: Actions, call: Call, conversation: Id,
                     body: StatusIn) -> StatusToldOut:
    """How an application stands. What is not there, what is another's and a wrong proof are one refusal, 409 `not_told`."""
    head = (await actions.mine(call.who, conversation))[0].head
    question = Question(body.number.strip().upper(), body.snils.strip(), " ".join(body.name.split()), body.word.strip())
    if not (question.proves or application_status.known(head)):
        raise RefusedError("no_proof", "Спросите СНИЛС и кодовое слово либо фамилию, имя и отчество; или пусть он войдёт через Госуслуги.")
    return _told(await application_status.ask(head, question, call.who.login, actions.ground(call.who, head)))


@endpoint("POST", "/api/conversations/{conversation}/status/word", Permission.READ_STATUS)
async def set_code_word(actions: Actions, application_status: ApplicationStatusService, call: Call, conversation: Id,
                        body: CodeWordIn) -> None:
    """A code word that he has chosen in person, with a document; the word before is no more."""
    live, _ = await actions.mine(call.who, conversation)
    number = "".join(each for each in body.number if each not in " ()-")
    await application_status.code_word_service.register(number, spelled(body.snils), body.word, body.shown.strip(), call.who.login,
                                                             live.head.id)


@endpoint("POST", "/api/conversations/{conversation}/status/word/withdraw", Permission.READ_STATUS)
async def withdraw_code_word(actions: Actions, application_status: ApplicationStatusService, call: Call, conversation: Id,
                             body: VoucherIn) -> None:
    """He wants a code word to count no more."""
    live, _ = await actions.mine(call.who, conversation)
    await application_status.code_word_service.withdraw(await application_status.ways(live.head), body.key, call.who.login,
                                                             live.head.id)


@endpoint("POST", "/api/conversations/{conversation}/status/powers", Permission.READ_STATUS)
async def record_power(application_status: ApplicationStatusService, actions: Actions, dispatch: Dispatch, call: Call, conversation: Id,
                       body: PowerIn) -> PowerOut:
    """Whoever is there acts for another: his paper was seen."""
    live, _ = await actions.mine(call.who, conversation)
    address = application_status.here(live.head)
    made = await application_status.code_word_service.empower(address, spelled(body.snils), body.until, body.shown.strip(),
                                                                   call.who.login, live.head.id)
    return _power(dispatch, made)


@endpoint("POST", "/api/conversations/{conversation}/status/powers/end", Permission.READ_STATUS)
async def end_power(actions: Actions, application_status: ApplicationStatusService, call: Call, conversation: Id, body: VoucherIn) -> None:
    """He acts for another no more, or another for him."""
    live, _ = await actions.mine(call.who, conversation)
    await application_status.code_word_service.end(await application_status.ways(live.head), body.key, call.who.login,
                                                        live.head.id)


def _told(told: DisclosedStatus) -> StatusToldOut:
    return StatusToldOut(told.number, told.service, told.source, told.at, told.sure, list(told.parts), list(told.withheld), told.words,
                         told.due, told.result, told.personal, told.represented)


def _word(dispatch: Dispatch, word: CodeWord) -> CodeWordOut:
    return CodeWordOut(word.key, word.at, dispatch.name(word.by) if word.by else "")


def _power(dispatch: Dispatch, power: Power, *, given: bool = False) -> PowerOut:
    return PowerOut(power.key, power.shown, power.until, power.at, dispatch.name(power.by), given)


ENDPOINTS = (status_beside, ask_status, set_code_word, withdraw_code_word, record_power, end_power)
