"""Others in a talk: whom the operator asks while the citizen waits, and seniors who listen, prompt, or join in."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from hub.access.permissions import Permission
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import Id, Key
from hub.telephony.consultations import ConsultTransfer
from hub.telephony.ports import CallTopology, MonitorMode
from hub.telephony.supervisor_monitoring import SupervisorMonitoring


class ConsultIn(Struct, frozen=True):
    """A colleague by login, whoever is free in a queue, or a number: of the directory, or another centre's.

    `topic` is what the question turned out to be about, for a centre. The citizen goes to a number `at_once` when it answers.
    Sending a `key` again calls nobody twice.
    """

    key: Key
    operator: Annotated[str, Meta(max_length=64)] = ""
    queue: Annotated[str, Meta(max_length=64)] = ""
    number: Annotated[str, Meta(max_length=16)] = ""
    topic: Annotated[str, Meta(max_length=100)] = ""
    at_once: bool = False


class ArrangeIn(Struct, frozen=True):
    """back: to the citizen; passed: the citizen to whoever was asked; together: all; aside: whoever was asked alone again."""

    company: Literal["back", "passed", "together", "aside"]


class ListenIn(Struct, frozen=True):
    mode: Literal["listen", "whisper", "join", "off"]


class SeniorIn(Struct, frozen=True):
    """Whether a senior is asked to come, or needed no more."""

    asked: bool


@endpoint("POST", "/api/conversations/{conversation}/consult", Permission.HAND_OVER)
async def consult(consulting: ConsultTransfer, call: Call, conversation: Id, body: ConsultIn) -> None:
    """Ask somebody while the citizen waits. What becomes of it is in the conversation's row and in the timeline."""
    await consulting.consult(call.who, conversation, body.key, operator=body.operator, queue=body.queue, number=body.number,
                                  topic=body.topic, at_once=body.at_once)


@endpoint("POST", "/api/conversations/{conversation}/company", Permission.HAND_OVER)
async def company(consulting: ConsultTransfer, call: Call, conversation: Id, body: ArrangeIn) -> None:
    """Go back to the citizen, hand him over, or talk all together."""
    await consulting.arrange(call.who, conversation, CallTopology(body.company))


@endpoint("POST", "/api/conversations/{conversation}/senior", Permission.HAND_OVER)
async def senior(supervision: SupervisorMonitoring, call: Call, conversation: Id, body: SeniorIn) -> None:
    """Ask a senior operator to come, or say that none is needed any more."""
    await supervision.ask(call.who, conversation, asked=body.asked)


@endpoint("POST", "/api/conversations/{conversation}/listen", Permission.LISTEN)
async def listen(supervision: SupervisorMonitoring, call: Call, conversation: Id, body: ListenIn) -> None:
    """Listen to a talk of one's own centre: one's own telephone rings; prompting only the operator hears, joining in everybody."""
    await supervision.listen(call.who, conversation, None if body.mode == "off" else MonitorMode(body.mode))


ENDPOINTS = (consult, company, senior, listen)
