"""Compares what a citizen was told with what the hub holds: nothing acknowledged lost, nothing doubled, order kept."""

from collections import Counter
from collections.abc import Iterable, Mapping

from hub.conversations.redaction import HIDDEN
from tests.house import Clerk, Frame
from tests.journeys.street import Resident

SHOWN = ("id", "author", "text", "at", "key")
OWED = "questions without an answer"
ROBOT_TALKS = frozenset({"bot", "promised"})
TRAIL = 40
"""Entries that are shown of a conversation in which something is amiss."""


async def faults_of(resident: Resident, admin: Clerk, replies: Mapping[str, str]) -> list[str]:
    """Everything that is wrong with one conversation, seen from both ends."""
    transcript, entries = await _at_rest(resident, admin)
    at_desk = [entry for entry in entries if entry["kind"] == "message"]
    own = [frame for frame in transcript if frame["author"] == "citizen"]
    faults = list(resident.faults)
    faults += _compare("replay against what was heard", transcript, resident.heard)
    faults += _compare("desk against replay", _shown(at_desk), _shown(transcript))
    faults += _compare("own messages against acknowledgements", {f["key"]: f["id"] for f in own}, resident.stored)
    hidden = {f["key"] for f in own if f["text"] == HIDDEN}  # said while the robot asks who somebody is (ST-04)
    told = {key: text for key, text in resident.said.items() if key not in hidden}
    faults += _compare("own texts", {f["key"]: f["text"] for f in own if f["key"] not in hidden}, told)
    faults += [f"{key} is there {n} times" for key, n in Counter(f["key"] for f in own).items() if n > 1]
    ids = [int(entry["id"]) for entry in entries]
    if ids != sorted(set(ids)):
        faults.append("ids do not grow")
    if resident.burst == 1 and [f["key"] for f in own] != list(resident.said):
        faults.append("the order of saying is lost")
    of_operators = [f for f in at_desk if f["author"] == "operator" and f["by"]]  # and not those of another centre
    faults += _compare("replies", {f["key"]: f["id"] for f in of_operators}, dict(replies))
    faults += [f"reply {key} is there {n} times" for key, n in Counter(f["key"] for f in of_operators).items() if n > 1]
    if amiss := answers_amiss(entries):
        faults += [*amiss, f"its last entries: {trail(entries[-TRAIL:])}"]
    return [f"citizen {resident.number}: {fault}" for fault in faults]


async def _at_rest(resident: Resident, admin: Clerk) -> tuple[list[Frame], list[Frame]]:
    """What the citizen and the desk see, at an instant when nothing came: whoever waits is told so at any moment."""
    transcript = await resident.citizen.transcript()
    while True:
        await resident.catch_up()
        entries = await admin.timeline(resident.citizen.conversation)
        if (again := await resident.citizen.transcript()) == transcript:
            return transcript, entries
        transcript = again


def answers_amiss(entries: Iterable[Frame]) -> list[str]:
    """The robot answers each question once, by what it says at one instant, while it holds the conversation; else it says nothing.

    While an answer is promised it may answer, and need not: a person will.
    """
    holder, asked, answered_at, faults = "", 0, "", []
    for entry in entries:
        match entry:
            case {"kind": "message", "author": "citizen"} if holder in ROBOT_TALKS:
                asked += 1
            case {"kind": "message", "author": "bot", "at": at}:
                asked -= at != answered_at
                answered_at = at
                if holder not in ROBOT_TALKS or asked < 0:
                    faults.append(f"an answer too many: {entry['id']}")
            case {"kind": "handed_over"}:
                # The greeting follows the opening; whoever takes over from the robot answers what is still open.
                asked = 1 if entry["why"] == "opened" else 0
                holder = entry["holder"]["kind"]
    return [*faults, *([f"{asked} {OWED}"] if holder == "bot" and asked else [])]


def trail(entries: Iterable[Frame]) -> str:
    """Who spoke and when, and who had the conversation then."""
    return "; ".join(f"{entry['at']} {entry['id']} "
                     + (f"-> {entry['holder']['kind']}, {entry['why']}" if entry["kind"] == "handed_over" else
                        f"{entry['author']}: {entry['text'][:60]}" if entry["kind"] == "message" else entry["kind"]) for entry in entries)


def _shown(frames: Iterable[Frame]) -> list[tuple[object, ...]]:
    return [tuple(frame.get(name, "") for name in SHOWN) for frame in frames]


def _compare(what: str, one: object, other: object) -> list[str]:
    if one == other:
        return []
    if isinstance(one, list) and isinstance(other, list):
        return [f"{what}: only here {[f for f in one if f not in other][:3]}, only there {[f for f in other if f not in one][:3]}"]
    assert isinstance(one, dict)
    assert isinstance(other, dict)
    return [f"{what}: {dict(one.items() - other.items())} against {dict(other.items() - one.items())}"]
