"""Further participants of a talk: consultations, and monitoring supervisors."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from hub.access.permissions import Permission
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import Id, Key
from hub.telephony.consultations import ConsultTransfer
from hub.telephony.ports import CallTopology, MonitorMode
from hub.telephony.supervisor_monitoring import SupervisorMonitoring


class ConsultIn(Struct, frozen=True):
    """A colleague by login, a free operator of a queue, or a number: of the directory, or another centre's.

    `topic` is the actual subject, for a centre. With `at_once` the citizen is connected to a number when it answers. A repeated
    `key` calls nobody.
    """

    key: Key
    operator: Annotated[str, Meta(max_length=64)] = ""
    queue: Annotated[str, Meta(max_length=64)] = ""
    number: Annotated[str, Meta(max_length=16)] = ""
    topic: Annotated[str, Meta(max_length=100)] = ""
    at_once: bool = False


class ArrangeIn(Struct, frozen=True):
    """back: to the citizen; passed: the citizen to the consulted party; together: conference; aside: the consulted party alone again."""

    company: Literal["back", "passed", "together", "aside"]


class ListenIn(Struct, frozen=True):
    mode: Literal["listen", "whisper", "join", "off"]


class SeniorIn(Struct, frozen=True):
    """Whether a supervisor is requested, or not needed any more."""

    asked: bool


@endpoint("POST", "/api/conversations/{conversation}/consult", Permission.HAND_OVER)
async def consult(consulting: ConsultTransfer, call: Call, conversation: Id, body: ConsultIn) -> None:
    """Consult while the citizen waits. The course is in the conversation's row and in the timeline."""
    await consulting.consult(call.who, conversation, body.key, operator=body.operator, queue=body.queue, number=body.number,
                                  topic=body.topic, at_once=body.at_once)


@endpoint("POST", "/api/conversations/{conversation}/company", Permission.HAND_OVER)
async def company(consulting: ConsultTransfer, call: Call, conversation: Id, body: ArrangeIn) -> None:
    """Return to the citizen, transfer the call, or start a conference."""
    await consulting.arrange(call.who, conversation, CallTopology(body.company))


@endpoint("POST", "/api/conversations/{conversation}/senior", Permission.HAND_OVER)
async def senior(supervision: SupervisorMonitoring, call: Call, conversation: Id, body: SeniorIn) -> None:
    """Request a supervisor, or withdraw the request."""
    await supervision.ask(call.who, conversation, asked=body.asked)


@endpoint("POST", "/api/conversations/{conversation}/listen", Permission.LISTEN)
async def listen(supervision: SupervisorMonitoring, call: Call, conversation: Id, body: ListenIn) -> None:
    """Monitor a talk of one's own centre: one's own telephone rings; in whisper mode only the operator hears, after joining everybody."""
    await supervision.listen(call.who, conversation, None if body.mode == "off" else MonitorMode(body.mode))


ENDPOINTS = (consult, company, senior, listen)
