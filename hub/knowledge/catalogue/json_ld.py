"""The catalogue as linked data: JSON-LD 1.1 by CPSV-AP 3.2 (cpsv_ap.py). Pure.

The profile's terms are used where they exist, so that other systems understand them: title, description, body, requirements with
their evidence, cost, term in days or hours, channels, output, rule and legal resource. The rest is `urn:okno:rest`, a JSON literal
with the columns of columns.py: so nothing is lost on the way back, and a foreign file without it leaves those fields unchanged.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from hub.kernel.validation_messages import explain_validation_error
from hub.knowledge.catalogue.columns import Brought, Entry, Kind, entry_of, kind_of, records
from hub.knowledge.catalogue.cpsv_ap import BY_AUTHORITY, OFFICE, OWN, REST, RUBLE, TOPIC, WAY, context
from hub.knowledge.catalogue.rdf_graph import Graph
from hub.knowledge.catalogue.toml_format import Catalogue, CatalogueError

PROFILE = re.compile(r"https?://(?:semiceu\.github\.io|data\.europa\.eu)/[\w./-]*cpsv-ap[\w.-]*\.jsonld", re.IGNORECASE)
"""Addresses of the profile's context, whose content is built in."""
DEEPEST = 60
"""Nesting levels: far more than a description of services has."""
FOLDED = ("id", "title", "about", "order", "authority", "topic", "result", "documents", "questions", "ways", "origin.source", "origin.id")
"""Columns of a service with a term in the profile, besides its term and its fee."""
TERM = ("term.days", "term.working_days", "term.hours", "term.if_off")
FEE = ("fee.free", "fee.rubles", "fee.note")
Node = Mapping[str, object]


def write_jsonld(catalogue: Catalogue) -> bytes:
    graph = [_node_of(kind_of(each), entry_of(each)) for each in records(catalogue)]
    return msgspec.json.format(msgspec.json.encode({**context(), "@graph": graph}), indent=1)


def _node_of(kind: Kind, entry: Entry) -> Node | None:
    return _service(entry) if kind is Kind.SERVICE else _other(kind, entry)


def _service(entry: Entry) -> Node | None:
    said = {path: entry[path] for path in FOLDED if path in entry}
    term, duration = _term(entry)
    cost = _cost(entry)
    law = _node("eli:LegalResource", ("dct:title", said.get("origin.source")), ("dct:identifier", said.get("origin.id")))
    rest = {path: value for path, value in entry.items() if path not in {*FOLDED, *FEE, *term}}
    return _node(
        "cpsv:PublicService", ("@id", _iri(Kind.SERVICE, said["id"])), ("dct:identifier", said["id"]),
        ("dct:title", _russian(said.get("title"))), ("dct:description", _russian(said.get("about"))),
        ("cv:hasCompetentAuthority", _link(Kind.AUTHORITY, said.get("authority"))),
        ("cv:thematicArea", {"@id": f"{TOPIC}{said['topic']}"} if "topic" in said else None),
        ("cpsv:follows", _node("cpsv:Rule", ("dct:description", _russian(said.get("order"))))),
        ("cpsv:produces", _node("cv:Output", ("dct:title", _russian(said.get("result"))))),
        ("dcat:keyword", [_russian(each) for each in _each(said.get("questions"))]),
        ("cv:hasChannel", [_node("cv:Channel", ("dct:type", {"@id": f"{WAY}{way}"})) for way in _each(said.get("ways"))]),
        ("cv:holdsRequirement", [_requirement(papers) for papers in _each(said.get("documents"))]),
        ("cv:hasLegalResource", law), ("cv:hasCost", cost),
        ("cv:processingTime", {"@type": "xsd:duration", "@value": duration} if duration else None), (REST, _literal(rest)))


def _other(kind: Kind, entry: Entry) -> Node | None:
    type_, name = ("cv:PublicOrganisation", "skos:prefLabel") if kind is Kind.AUTHORITY else (OFFICE, "dct:title")
    rest = {path: value for path, value in entry.items() if path not in {"id", "name"}}
    return _node(type_, ("@id", _iri(kind, entry["id"])), ("dct:identifier", entry["id"]), (name, _russian(entry["name"])),
                 (REST, _literal(rest)))


def _node(type_: str, *said: tuple[str, object]) -> Node | None:
    """An object with its properties; nothing where it has none."""
    found = {name: value for name, value in said if value not in (None, [], "")}
    return {"@type": type_, **found} if found else None


def _requirement(papers: object) -> object:
    assert isinstance(papers, Mapping)  # noqa: S101 - a struct's builtins
    evidence = [_node("cv:Evidence", ("dct:title", _russian(each["name"])), ("dct:description", _russian(each.get("note"))),
                      ("dct:type", {"@id": BY_AUTHORITY} if each.get("by_authority") else None)) for each in papers["papers"]]
    return _node("cv:Requirement", ("dct:title", _russian(papers["applicant"])), ("dct:description", _russian(papers.get("situation"))),
                 ("cv:hasSupportingEvidence", evidence))


def _term(entry: Entry) -> tuple[Sequence[str], str]:
    """The columns of a duration, and the duration (ISO 8601); working days have none."""
    said = {path: entry[path] for path in TERM if path in entry}
    if said.keys() == {"term.days"}:
        return TERM, f"P{said['term.days']}D"
    return (TERM, f"PT{said['term.hours']}H") if said.keys() == {"term.hours"} else ((), "")


def _cost(entry: Entry) -> Node | None:
    value = 0 if entry.get("fee.free") else entry.get("fee.rubles")
    worth = [("cv:hasValue", {"@type": "xsd:double", "@value": str(value)}), ("cv:currency", {"@id": RUBLE})] if value is not None else []
    return _node("cv:Cost", *worth, ("dct:description", _russian(entry.get("fee.note"))))


def _literal(rest: Entry) -> object:
    return {"@type": "@json", "@value": rest}


def _russian(text: object) -> object:
    return {"@language": "ru", "@value": text} if text else None


def _link(kind: Kind, id_: object) -> object:
    return {"@id": _iri(kind, id_)} if id_ else None


def _iri(kind: Kind, id_: object) -> str:
    return f"{OWN}{kind}:{id_}"


def _each(value: object) -> Iterable[object]:
    return value if isinstance(value, Sequence) else ()


def read_jsonld(content: bytes) -> list[Brought]:
    """Services, bodies and offices of a file. Raises CatalogueError; nothing is fetched, whatever the file references."""
    from pyld import jsonld  # type: ignore[import-untyped]  # noqa: PLC0415 - 8 MB and 0.1 s, needed only for such a file

    try:
        document = msgspec.json.decode(content)
    except (ValueError, RecursionError) as error:  # no JSON, or no UTF-8 within it
        message = f"это не JSON: {explain_validation_error(error)}"
        raise CatalogueError(message) from error
    _simple(document)
    try:
        expanded = jsonld.expand(document, {"documentLoader": _known_context, "base": ""})
    except (jsonld.JsonLdError, RecursionError, TypeError, ValueError, AttributeError, LookupError) as error:
        message = f"это не JSON-LD: {_cause(error)}"
        raise CatalogueError(message) from error
    return list(Graph(expanded).brought())


def _simple(document: object) -> None:
    """Bounds the work of expansion: one context at the top, none nested, and limited depth."""
    if not isinstance(document, dict | list):
        raise CatalogueError("это не JSON-LD: ни объекта, ни списка")
    level: list[tuple[object, bool]] = [(document, True)]
    for _ in range(DEEPEST):
        inner: list[tuple[object, bool]] = []
        for value, top in level:
            if isinstance(value, dict):
                if ("@context" in value and not top) or "@import" in value:
                    raise CatalogueError("такой JSON-LD не принимается: @context один, наверху и без других внутри")
                inner.extend((each, False) for each in value.values())
            elif isinstance(value, list):
                inner.extend((each, False) for each in value)
        if not (level := inner):
            return
    message = f"больше {DEEPEST} уровней"
    raise CatalogueError(message)


def _known_context(url: str, options: object) -> Mapping[str, object]:
    """Raises CatalogueError for any context but the profile's: a file must not cause requests (SSRF)."""
    del options
    if not PROFILE.fullmatch(url):
        message = f"контекст {url[:200]} по сети не берётся: впишите его в файл"
        raise CatalogueError(message)
    return {"contextUrl": None, "documentUrl": url, "contentType": "application/ld+json", "document": context()}


def _cause(error: BaseException) -> str:
    """The innermost cause: pyld wraps exceptions."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return str(error).partition("\n")[0][:300]


