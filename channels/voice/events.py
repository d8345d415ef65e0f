"""Events of Asterisk's AMI as structs. Names in quotes are Asterisk's own.

Each leg of a call is a channel. `uniqueid` is the key of the channel; `linkedid` is that of the oldest channel it was ever bridged with,
and so groups the legs of one conversation.
"""

from collections.abc import Mapping

import msgspec
from msgspec import Struct


class _Event(Struct, frozen=True, gc=False, tag_field="Event"):
    pass


class Leg(_Event, frozen=True, gc=False, rename={
        "channel": "Channel", "uniqueid": "Uniqueid", "linkedid": "Linkedid", "state": "ChannelStateDesc", "number": "CallerIDNum",
        "context": "Context", "exten": "Exten"}):
    """Common fields of an event about one channel. `number` is the caller's, `exten` the dialled one."""

    channel: str = ""
    uniqueid: str = ""
    linkedid: str = ""
    state: str = ""
    number: str = ""
    context: str = ""
    exten: str = ""


class Newchannel(Leg, frozen=True, gc=False, tag="Newchannel"):
    """A leg has come into being; nobody has answered."""


class Newstate(Leg, frozen=True, gc=False, tag="Newstate"):
    """It rings ("Ringing") or was answered ("Up")."""


class Hangup(Leg, frozen=True, gc=False, tag="Hangup", rename={"cause": "Cause", "words": "Cause-txt"}):
    """A leg is over. `cause` as in Q.850: 16 hung up, 17 busy, 19 no answer, 21 refused."""

    cause: int = 0
    words: str = ""


class BridgeEnter(Leg, frozen=True, gc=False, tag="BridgeEnter", rename={"bridge": "BridgeUniqueid", "present": "BridgeNumChannels"}):
    """A leg hears others; `present` legs are in the bridge now."""

    bridge: str = ""
    present: int = 0


class BridgeLeave(Leg, frozen=True, gc=False, tag="BridgeLeave", rename={"bridge": "BridgeUniqueid", "present": "BridgeNumChannels"}):
    bridge: str = ""
    present: int = 0


class Hold(Leg, frozen=True, gc=False, tag="Hold"):
    """The telephone of this leg put the others on hold."""


class Unhold(Leg, frozen=True, gc=False, tag="Unhold"):
    pass


class DTMFEnd(Leg, frozen=True, gc=False, tag="DTMFEnd", rename={"digit": "Digit", "direction": "Direction"}):
    """A key of a telephone; `direction` is Received where its owner has pressed it."""

    digit: str = ""
    direction: str = ""


class DialBegin(Leg, frozen=True, gc=False, tag="DialBegin", rename={"dest": "DestChannel", "dest_uniqueid": "DestUniqueid"}):
    """`dest` is being called; without a `channel` it was Originate that calls."""

    dest: str = ""
    dest_uniqueid: str = ""


class DialEnd(Leg, frozen=True, gc=False, tag="DialEnd", rename={
        "dest": "DestChannel", "dest_uniqueid": "DestUniqueid", "status": "DialStatus"}):
    """ANSWER, NOANSWER, BUSY, CANCEL, CONGESTION or CHANUNAVAIL."""

    dest: str = ""
    dest_uniqueid: str = ""
    status: str = ""


class QueueCallerJoin(Leg, frozen=True, gc=False, tag="QueueCallerJoin", rename={"queue": "Queue", "position": "Position"}):
    """The hub was down, so this caller waits in Asterisk's own queue."""

    queue: str = ""
    position: int = 0


class QueueCallerLeave(Leg, frozen=True, gc=False, tag="QueueCallerLeave", rename={"queue": "Queue"}):
    queue: str = ""


class QueueCallerAbandon(Leg, frozen=True, gc=False, tag="QueueCallerAbandon", rename={"queue": "Queue", "waited_s": "HoldTime"}):
    """Hung up while waiting, or reached the queue's timeout."""

    queue: str = ""
    waited_s: int = 0


class AgentConnect(Leg, frozen=True, gc=False, tag="AgentConnect", rename={
        "queue": "Queue", "member": "MemberName", "waited_s": "HoldTime", "rang_s": "RingTime"}):
    queue: str = ""
    member: str = ""
    waited_s: int = 0
    rang_s: int = 0


class AgentComplete(Leg, frozen=True, gc=False, tag="AgentComplete", rename={
        "queue": "Queue", "member": "MemberName", "talked_s": "TalkTime", "reason": "Reason"}):
    """`reason`: caller, agent or transfer ended it."""

    queue: str = ""
    member: str = ""
    talked_s: int = 0
    reason: str = ""


class UserEvent(Leg, frozen=True, gc=False, tag="UserEvent", rename={
        "name": "UserEvent", "check": "Check", "status": "Status", "next": "Next", "said": "Said"}):
    """Events of our dial plan: HubAway, or HubCheck with the result of `check` (checkup.py)."""

    name: str = ""
    check: str = ""
    status: str = ""
    next: str = ""
    said: str = ""


class OriginateResponse(_Event, frozen=True, gc=False, tag="OriginateResponse", rename={
        "action": "ActionID", "response": "Response", "channel": "Channel", "uniqueid": "Uniqueid", "reason": "Reason"}):
    """Result of an outbound call. `reason`: 0 failed, 1 hung up, 3 nobody answered, 4 answered, 5 busy, 8 congestion."""

    action: str = ""
    response: str = ""
    channel: str = ""
    uniqueid: str = ""
    reason: int = 0

    @property
    def answered(self) -> bool:
        return self.response == "Success"


class Cdr(_Event, frozen=True, gc=False, tag="Cdr", rename={
        "uniqueid": "UniqueID", "channel": "Channel", "dest": "DestinationChannel", "number": "Source", "dialled": "Destination",
        "start": "StartTime", "answer": "AnswerTime", "end": "EndTime", "duration_s": "Duration", "answered_s": "BillableSeconds",
        "disposition": "Disposition", "userfield": "UserField"}):
    """Asterisk's own record of a call, local time. One call may have several: keep the longest of a `uniqueid`."""

    uniqueid: str = ""
    channel: str = ""
    dest: str = ""
    number: str = ""
    dialled: str = ""
    start: str = ""
    answer: str = ""
    end: str = ""
    duration_s: int = 0
    answered_s: int = 0
    disposition: str = ""
    userfield: str = ""


class FAXStatus(_Event, frozen=True, gc=False, tag="FAXStatus", rename={
        "operation": "Operation", "status": "Status", "channel": "Channel", "station": "LocalStationID", "file": "FileName"}):
    """How far a fax is; `operation` is send or receive."""

    operation: str = ""
    status: str = ""
    channel: str = ""
    station: str = ""
    file: str = ""


class ReceiveFAX(Leg, frozen=True, gc=False, tag="ReceiveFAX", rename={
        "station": "RemoteStationID", "pages": "PagesTransferred", "rate": "TransferRate", "file": "FileName"}):
    station: str = ""
    pages: int = 0
    rate: str = ""
    file: str | list[str] = ""


class SendFAX(Leg, frozen=True, gc=False, tag="SendFAX", rename={
        "station": "RemoteStationID", "pages": "PagesTransferred", "rate": "TransferRate", "file": "FileName"}):
    station: str = ""
    pages: int = 0
    rate: str = ""
    file: str | list[str] = ""


class FullyBooted(_Event, frozen=True, gc=False, tag="FullyBooted", rename={"uptime_s": "Uptime"}):
    """Asterisk is fully loaded; also the first event after a login."""

    uptime_s: int = 0


class Reload(_Event, frozen=True, gc=False, tag="Reload", rename={"module": "Module"}):
    module: str = ""


class Shutdown(_Event, frozen=True, gc=False, tag="Shutdown", rename={"restart": "Restart"}):
    """Asterisk ends; every call with it."""

    restart: str = ""


Event = (
    Newchannel | Newstate | Hangup | BridgeEnter | BridgeLeave | Hold | Unhold | DTMFEnd | DialBegin | DialEnd
    | QueueCallerJoin | QueueCallerLeave | QueueCallerAbandon | AgentConnect | AgentComplete | UserEvent
    | OriginateResponse | Cdr | FAXStatus | ReceiveFAX | SendFAX | FullyBooted | Reload | Shutdown)


class Live(Leg, frozen=True, gc=False, tag="CoreShowChannel", rename={
        "application": "Application", "data": "ApplicationData", "bridge": "BridgeId"}):
    """A channel that exists now, from the list that CoreShowChannels gives; `data` are the arguments of its `application`."""

    application: str = ""
    data: str = ""
    bridge: str = ""


def read(fields: Mapping[str, object]) -> Event:
    """The event that the fields of a message tell; raises msgspec.ValidationError where it is none of ours."""
    event: Event = msgspec.convert(dict(fields), Event, strict=False)
    return event
