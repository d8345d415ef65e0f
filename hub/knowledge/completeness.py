"""Required fields of a catalogue record before publication (KB-05, AL-05). Pure."""

from collections.abc import Iterator, Mapping

from hub.knowledge.authorities import Authority, Branch, Office
from hub.knowledge.public_services import PublicService


def missing_fields(service: PublicService, authorities: Mapping[str, Authority]) -> list[str]:
    """Keys of missing fields: fields of the service, or «chain» where the responsible body has no superior. Empty is complete.

    `authorities`: the public ones, by id.
    """
    return [*_fields(service), *_chain(service, authorities)]


def _fields(service: PublicService) -> Iterator[str]:
    for field in ("about", "order", "term", "documents", "fee", "refusals", "responsible", "result", "ways"):
        if not getattr(service, field):
            yield field
    if service.documents and not all(each.papers for each in service.documents):
        yield "documents"
    if not service.origin.source:
        yield "source"


def _chain(service: PublicService, authorities: Mapping[str, Authority]) -> Iterator[str]:
    """Authority, its official, its superior, up to the highest; and an appeal that does not go to the body complained of."""
    if service.authority not in authorities:
        yield "authority"
        return
    own = authorities[service.authority]
    if own.official is None:
        yield "official"
    if not above(own, authorities):
        yield "superior"
    if service.appeal is None or service.appeal.authority not in authorities:
        yield "appeal"
    elif service.appeal.authority == own.id:
        yield "appeal_to_itself"


def above(authority: Authority, authorities: Mapping[str, Authority]) -> list[Authority]:
    """The superiors, the nearest first, then the controlling bodies. Empty: there are none, or one of them is unknown."""
    ladder: list[Authority] = []
    at = authority
    while at.superior:
        if at.superior not in authorities or authorities[at.superior] in (authority, *ladder):
            return []
        ladder.append(at := authorities[at.superior])
    controls = [authorities[each] for each in authority.controlled_by if each in authorities]
    return [*ladder, *(each for each in controls if each not in ladder)]


def broken_references(authority: Authority | Office, authorities: Mapping[str, Authority]) -> list[str]:
    """Keys of missing fields and of broken references of a body or an office."""
    if isinstance(authority, Office):
        return [] if authority.authority in authorities else ["authority"]
    named = {"superior": (authority.superior,), "controlled_by": authority.controlled_by}
    unknown = [field for field, ids in named.items() if any(each and each not in authorities for each in ids)]
    answers = authority.official is not None or authority.branch is Branch.OVERSIGHT
    return unknown if answers else [*unknown, "official"]
