"""Messages of Open311 GeoReport v2: queries, and answers in JSON and XML. Pure.

https://wiki.open311.org/GeoReport_v2/; updates are mySociety's extension:
https://github.com/mysociety/fixmystreet/wiki/Open311-FMS---Proposed-differences-to-Open311
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import msgspec
from msgspec import Struct

from hub.cases.case import Case
from hub.cases.state import OPEN, CaseState
from hub.kernel.errors import RefusedError
from hub.organisation.queue import Topic
from hub.organisation.territory import Spot

SPAN = timedelta(days=90)
MOST = 1000
"""The standard's limits of one answer."""
DESCRIPTION_LIMIT, LINE_LIMIT = 4000, 300
"""Characters; the first is the standard's."""
SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
CHANGED = "2026-11-26T00:00:00Z"
"""Time of the last change of this interface."""
CONTENT = {"json": "application/json", "xml": "text/xml"}
Item = Mapping[str, object]
_UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters forbidden in XML 1.0 (§2.2)."""


class RequestQuery(Struct, frozen=True):
    """Selection of requests; `numbers` have priority."""

    since: datetime
    until: datetime
    numbers: tuple[str, ...] = ()
    services: frozenset[str] = frozenset()
    states: frozenset[str] = frozenset()
    page: int = 1
    size: int = MOST

    def fits(self, case: Case) -> bool:
        return (not self.services or case.topic in self.services) and (not self.states or status(case.state) in self.states)


def wanted(query: Mapping[str, str], now: datetime) -> RequestQuery:
    """Raises RefusedError("bad_request"). An empty argument counts as missing."""
    since, until = period(query, now)
    states = frozenset(_listed(query, "status"))
    if not states <= {"open", "closed"}:
        raise bad("status: open or closed")
    return RequestQuery(since, until, tuple(_listed(query, "service_request_id"))[:MOST], frozenset(_listed(query, "service_code")), states,
                        _number(query, "page", 1, 1_000_000), _number(query, "page_size", MOST, MOST))


def period(query: Mapping[str, str], now: datetime) -> tuple[datetime, datetime]:
    """The period from start_date to end_date, by default the last 90 days; raises RefusedError."""
    start, end = moment(query, "start_date"), moment(query, "end_date")
    if start is None and end is None:
        return now - SPAN, now + timedelta(seconds=1)
    since = start or (end or now) - SPAN
    until = end or min(since + SPAN, now + timedelta(seconds=1))
    if until - since > SPAN:
        raise bad("start_date, end_date: 90 days at most")
    return since, until


def moment(query: Mapping[str, str], name: str) -> datetime | None:
    """A time with its zone (W3C NOTE-datetime); None for none. Raises RefusedError."""
    told = query.get(name, "").strip().replace(" ", "+")  # an unencoded plus
    if not told:
        return None
    try:
        found = datetime.fromisoformat(told)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        message = f"{name}: a date and time like 2026-11-26T09:00:00Z"
        raise bad(message)
    return found.astimezone(UTC)


def spot(fields: Mapping[str, str]) -> Spot:
    """The place; raises RefusedError where it is missing."""
    words = line(fields, "address_string") or line(fields, "address_id")
    lat, long = (fields.get(name, "").strip() for name in ("lat", "long"))
    if not (words or (lat and long)):
        raise bad("lat and long, address_string or address_id is needed")
    return Spot(words, _degrees(lat, "lat", 90), _degrees(long, "long", 180)) if lat and long else Spot(words)


def line(fields: Mapping[str, str], name: str) -> str:
    """One line of text; raises RefusedError where it is too long."""
    told = " ".join(fields.get(name, "").split())
    if len(told) > LINE_LIMIT:
        message = f"{name}: {LINE_LIMIT} characters at most"
        raise bad(message)
    return told


def text(fields: Mapping[str, str], name: str = "description") -> str:
    told = fields.get(name, "").strip()
    if len(told) > DESCRIPTION_LIMIT:
        message = f"{name}: {DESCRIPTION_LIMIT} characters at most"
        raise bad(message)
    return told


def bad(why: str) -> RefusedError:
    return RefusedError("bad_request", why)


def status(state: CaseState) -> str:
    return "open" if state in OPEN else "closed"


def service(topic: Topic, group: str) -> Item:
    return {"service_code": topic.id, "service_name": topic.title, "description": None, "metadata": False, "type": "realtime",
            "keywords": None, "group": group or None}


def request(case: Case, name: str, agency: str, notes: str, *, own: bool) -> Item:
    """A request; the citizen's text, place and answers only for the program that filed it."""
    where = case.matter.spot if own else Spot()
    return {
        "service_request_id": case.number, "status": status(case.state), "status_notes": (notes or None) if own else None,
        "service_name": name, "service_code": case.topic, "description": case.text if own else None, "agency_responsible": agency,
        "service_notice": None, "requested_datetime": w3c(case.registered), "updated_datetime": w3c(case.steps[-1].at),
        "expected_datetime": w3c(case.due) if case.state in OPEN else None, "address": where.words or None, "address_id": None,
        "zipcode": None, "lat": where.lat, "long": where.long, "media_url": None}


def update(case: Case, place: int, words: str) -> Item:
    step = case.steps[place]
    return {"update_id": f"{case.number}.{place}", "service_request_id": case.number, "status": status(step.state),
            "external_status_code": step.state, "updated_datetime": w3c(step.at), "description": words, "media_url": None}


def discovery(base: str) -> Item:
    """Service Discovery 1.0."""
    return {"changeset": CHANGED, "contact": None, "key_service": None, "endpoints": [
        {"specification": SPECIFICATION, "url": f"{base}/open311/v2", "changeset": CHANGED, "type": "production",
         "formats": list(CONTENT.values())}]}


def listed(format_: str, root: str, each: str, items: Iterable[Item]) -> bytes:
    """A list: in JSON by the Spark convention, without its root."""
    return msgspec.json.encode(list(items)) if format_ == "json" else _xml(root, [(each, item) for item in items])


def single(format_: str, root: str, item: Item) -> bytes:
    return msgspec.json.encode(item) if format_ == "json" else _xml(root, list(item.items()))


def w3c(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _xml(root: str, children: Iterable[tuple[str, object]]) -> bytes:
    made = ET.Element(root)
    for name, value in children:
        _add(made, name, value)
    found: bytes = ET.tostring(made, encoding="utf-8", xml_declaration=True)
    return found


def _add(parent: ET.Element, name: str, value: object) -> None:
    child = ET.SubElement(parent, name)
    match value:
        case None:
            return
        case bool():
            child.text = str(value).lower()
        case Mapping():
            for inner, each in value.items():
                _add(child, str(inner), each)
        case list():
            for each in value:
                _add(child, name.removesuffix("s"), each)
        case _:
            child.text = _UNFIT.sub("\ufffd", str(value))


def _listed(query: Mapping[str, str], name: str) -> list[str]:
    return [each for part in query.get(name, "").split(",") if (each := part.strip())]


def _number(query: Mapping[str, str], name: str, usual: int, most: int) -> int:
    told = query.get(name, "").strip()
    if not told:
        return usual
    if not (told.isascii() and told.isdigit() and len(told) < 10 and 1 <= int(told) <= most):  # noqa: PLR2004 - no longer number fits
        message = f"{name}: a number from 1 to {most}"
        raise bad(message)
    return int(told)


def _degrees(told: str, name: str, most: int) -> float:
    try:
        found = float(told)
    except ValueError:
        found = most + 1.0
    if not -most <= found <= most:  # not a number, too
        message = f"{name}: degrees from -{most} to {most}"
        raise bad(message)
    return found
