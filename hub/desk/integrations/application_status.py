"""Status of an application beside a conversation; code words and powers of attorney (ST-01…ST-05)."""

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
    """The level that a class of data needs."""

    part: StatusPart
    needs: AssuranceLevel


class CodeWordOut(Struct, frozen=True):
    """A code word: its number without readable digits, the date, and who recorded it; "" is the citizen."""

    key: str
    at: datetime
    by: str


class PowerOut(Struct, frozen=True):
    """A power of attorney: document, expiry, and who recorded it.

    `given`: another acts for the citizen, otherwise the citizen for another.
    """

    key: str
    shown: str
    until: date
    at: datetime
    by: str
    given: bool


class StatusBesideOut(Struct, frozen=True):
    """Possible questions beside a conversation; `account` tells that the citizen is verified by ЕСИА, so that the number is enough.

    `words` are code words registered with the citizen's numbers, `number` is one of these, "" where there is none.
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
    """The disclosable part of an application; `withheld` needs a stronger proof, `represented` is another person's."""

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
    """`number` is the telephone that the citizen will call from, `shown` the kind of the identity document."""

    number: Typed
    snils: Snils
    word: Typed
    shown: Shown


class PowerIn(Struct, frozen=True, forbid_unknown_fields=True):
    """`snils` is that of the represented person, `shown` the kind of document, `until` its last day."""

    snils: Snils
    shown: Shown
    until: date


class VoucherIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Id of the code word or power of attorney."""

    key: VoucherKey


@endpoint("GET", "/api/conversations/{conversation}/status", Permission.READ_STATUS)
async def status_beside(statuses: ApplicationStatusService, actions: Actions, systems: DepartmentClients, dispatch: Dispatch, call: Call,
                        conversation: Id) -> StatusBesideOut:
    """The available systems, the level for each class of data, and the current proofs; powers of attorney."""
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
    """Status of an application. Unknown and others' applications and wrong proofs give the same refusal, 409 `not_told`."""
    head = (await actions.mine(call.who, conversation))[0].head
    question = Question(body.number.strip().upper(), body.snils.strip(), " ".join(body.name.split()), body.word.strip())
    if not (question.proves or application_status.known(head)):
        raise RefusedError("no_proof", "Спросите СНИЛС и кодовое слово либо фамилию, имя и отчество; или пусть он войдёт через Госуслуги.")
    return _told(await application_status.ask(head, question, call.who.login, actions.ground(call.who, head)))


@endpoint("POST", "/api/conversations/{conversation}/status/word", Permission.READ_STATUS)
async def set_code_word(actions: Actions, application_status: ApplicationStatusService, call: Call, conversation: Id,
                        body: CodeWordIn) -> None:
    """Set a code word chosen in person with a document; it replaces the former one."""
    live, _ = await actions.mine(call.who, conversation)
    number = "".join(each for each in body.number if each not in " ()-")
    await application_status.code_word_service.register(number, spelled(body.snils), body.word, body.shown.strip(), call.who.login,
                                                             live.head.id)


@endpoint("POST", "/api/conversations/{conversation}/status/word/withdraw", Permission.READ_STATUS)
async def withdraw_code_word(actions: Actions, application_status: ApplicationStatusService, call: Call, conversation: Id,
                             body: VoucherIn) -> None:
    """Revoke a code word."""
    live, _ = await actions.mine(call.who, conversation)
    await application_status.code_word_service.withdraw(await application_status.ways(live.head), body.key, call.who.login,
                                                             live.head.id)


@endpoint("POST", "/api/conversations/{conversation}/status/powers", Permission.READ_STATUS)
async def record_power(application_status: ApplicationStatusService, actions: Actions, dispatch: Dispatch, call: Call, conversation: Id,
                       body: PowerIn) -> PowerOut:
    """Record a power of attorney after seeing the document."""
    live, _ = await actions.mine(call.who, conversation)
    address = application_status.here(live.head)
    made = await application_status.code_word_service.empower(address, spelled(body.snils), body.until, body.shown.strip(),
                                                                   call.who.login, live.head.id)
    return _power(dispatch, made)


@endpoint("POST", "/api/conversations/{conversation}/status/powers/end", Permission.READ_STATUS)
async def end_power(actions: Actions, application_status: ApplicationStatusService, call: Call, conversation: Id, body: VoucherIn) -> None:
    """End a power of attorney, given or held."""
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
