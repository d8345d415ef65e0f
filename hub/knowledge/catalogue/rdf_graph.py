"""Expanded JSON-LD (JSON-LD 1.1 §5.1) as a graph, and its CPSV-AP names. Pure."""

import re
from collections.abc import Iterator, Mapping
from hashlib import sha256

from hub.knowledge.catalogue.columns import ID, OURS, Brought, Entry, Kind, columns
from hub.knowledge.catalogue.cpsv_ap import BY_AUTHORITY, CLASSES, OFFICE, PROPERTIES, REST, RUBLE, TOPIC, WAY
from hub.knowledge.public_services import Way

LANGUAGES = ("ru", "", "en")
"""In order of preference; "" is none."""
DURATION = re.compile(r"P(?:(\d{1,3})D|T(\d{1,3})H)")
KINDS = {CLASSES["PublicService"]: Kind.SERVICE, CLASSES["PublicOrganization"]: Kind.AUTHORITY, OFFICE: Kind.OFFICE}
APPLICANT = "Заявитель"
"""Default applicant of documents."""
Node = Mapping[str, object]


class Graph:
    def __init__(self, expanded: object) -> None:
        self.nodes: list[Node] = []
        """All nodes with properties, in order."""
        self._by_id: dict[str, Node] = {}
        self._gather(expanded)

    def brought(self) -> Iterator[Brought]:
        for node in self.nodes:
            kind = next((KINDS[each] for each in _list(node.get("@type")) if each in KINDS), None)
            if kind is not None:
                yield self._brought(kind, node)

    def _gather(self, value: object) -> None:
        for each in _list(value):
            if isinstance(each, Mapping) and "@value" not in each:
                if len(each) > 1 or "@id" not in each:
                    self.nodes.append(each)
                    self._by_id.setdefault(str(each.get("@id", "")), each)
                for name, inner in each.items():
                    if name not in {"@id", "@type", "@index"}:
                        self._gather(inner)

    def _brought(self, kind: Kind, node: Node) -> Brought:
        said = {path: value for path, value in self._said(kind, node) if value not in (None, "", [])}
        rest = next((each["@value"] for each in _list(node.get(REST)) if isinstance(each, Mapping)), None)
        if isinstance(rest, Mapping):  # written by Okno, and complete
            own = {column.path for column in columns(kind)} - OURS
            said = dict.fromkeys(own) | {path: value for path, value in rest.items() if path in own} | said
        return Brought(kind, said, _otherwise(kind, said))

    def _said(self, kind: Kind, node: Node) -> Iterator[tuple[str, object]]:
        given = self._text(node, "identifier") or _last(str(node.get("@id", "")))
        yield "id", slug(given)
        yield "origin.id", given if slug(given) != given else None
        if kind is Kind.SERVICE:
            yield from self._service(node)
        else:
            yield "name", self._text(node, "preferredLabel") or self._text(node, "name")

    def _service(self, node: Node) -> Iterator[tuple[str, object]]:
        yield "title", self._text(node, "name")
        yield "about", self._text(node, "description")
        yield "order", "\n".join(text for rule in self._linked(node, "follows") if (text := self._text(rule, "description")))
        yield "result", "; ".join(text for each in self._linked(node, "produces") if (text := self._text(each, "name")))
        yield "questions", [text for each in _list(node.get(PROPERTIES["keyword"])) if (text := _said(each))]
        for body in self._linked(node, "hasCompetentAuthority"):
            yield "authority", slug(self._text(body, "identifier") or _last(str(body.get("@id", ""))))
        for each in self._linked(node, "thematicArea"):
            yield "topic", str(each.get("@id", "")).removeprefix(TOPIC) if str(each.get("@id", "")).startswith(TOPIC) else None
        kinds = [str(kind.get("@id", "")) for each in self._linked(node, "hasChannel") for kind in self._linked(each, "type")]
        yield "ways", [iri.removeprefix(WAY) for iri in kinds if iri.removeprefix(WAY) in set(Way)]
        for law in self._linked(node, "hasLegalResource"):
            yield "origin.source", self._text(law, "name")
            yield "origin.id", self._text(law, "identifier")
        yield "documents", self._documents(node)
        yield from self._term(node)
        yield from self._fee(node)

    def _documents(self, node: Node) -> list[object]:
        groups = [
            self._papers(self._text(each, "name"), self._text(each, "description"), self._linked(each, "hasSupportingEvidence"))
            for each in self._linked(node, "holdsRequirement")]
        loose = self._linked(node, "hasInput")
        return [*groups, *([self._papers("", "", loose)] if loose and not groups else [])]

    def _papers(self, applicant: str, situation: str, evidence: list[Node]) -> object:
        papers = [{"name": self._text(each, "name") or self._text(each, "identifier"), "note": self._text(each, "description"),
                   "by_authority": any(kind.get("@id") == BY_AUTHORITY for kind in self._linked(each, "type"))} for each in evidence]
        return {"applicant": applicant or APPLICANT, "situation": situation, "papers": papers}

    def _term(self, node: Node) -> Iterator[tuple[str, object]]:
        found = DURATION.fullmatch(self._text(node, "processingTime"))
        if found:
            yield ("term.days", int(found[1])) if found[1] else ("term.hours", int(found[2]))

    def _fee(self, node: Node) -> Iterator[tuple[str, object]]:
        costs = self._linked(node, "hasCost")
        if len(costs) == 1 and {each.get("@id") for each in self._linked(costs[0], "currency")} <= {RUBLE}:
            value = _number(self._text(costs[0], "hasValue"))
            yield ("fee.free", True) if value == 0 else ("fee.rubles", value)
            yield "fee.note", self._text(costs[0], "description")
        else:  # several, or in another currency: as a text
            yield "fee.note", "; ".join(filter(None, (" ".join(filter(None, (
                self._text(each, "description"), self._text(each, "hasValue"),
                *(_last(str(unit.get("@id", ""))) for unit in self._linked(each, "currency"))))) for each in costs)))

    def _linked(self, node: Node, name: str) -> list[Node]:
        """Referenced nodes, with their properties given elsewhere in the file."""
        found = [each for each in _list(node.get(PROPERTIES[name])) if isinstance(each, Mapping) and "@value" not in each]
        return [self._by_id.get(str(each.get("@id", "")), each) if len(each) == 1 else each for each in found]

    def _text(self, node: Node, name: str) -> str:
        """In Russian if available, else in any language."""
        values = [each for each in _list(node.get(PROPERTIES[name])) if isinstance(each, Mapping) and "@value" in each]
        by = {str(each.get("@language", "")): _said(each) for each in reversed(values)}
        return next((by[each] for each in LANGUAGES if each in by), next(iter(by.values()), ""))


def _otherwise(kind: Kind, said: Entry) -> Entry:
    """Required fields of a new record that the profile lacks: the editor sees them in the draft."""
    match kind:
        case Kind.SERVICE:
            return {"level": "regional", "name": said.get("title")}
        case Kind.AUTHORITY:
            return {"branch": "executive"}
        case Kind.OFFICE:
            return {}


def slug(given: str) -> str:
    """A valid id of the hub: deterministic, and unchanged for a valid id."""
    if ID.fullmatch(given):
        return given
    found = re.sub(r"[^a-z0-9_-]+", "-", given.casefold()).strip("-_")[:100]
    return found or (f"id-{sha256(given.encode()).hexdigest()[:12]}" if given else "")


def _list(value: object) -> list[object]:
    """Values of a property in order; lists (§4.3) are flattened."""
    if isinstance(value, Mapping) and "@list" in value:
        value = value["@list"]
    values = value if isinstance(value, list) else [] if value is None else [value]
    return [inner for each in values for inner in (_list(each) if isinstance(each, Mapping) and "@list" in each else [each])]


def _said(value: object) -> str:
    return str(value["@value"]) if isinstance(value, Mapping) and isinstance(value.get("@value"), str | int | float) else ""


def _number(text: str) -> int | None:
    try:
        return round(float(text))
    except (ValueError, OverflowError):
        return None


def _last(iri: str) -> str:
    return re.split(r"[/#:]", iri)[-1]
