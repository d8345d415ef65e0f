"""State and municipal services as citizens ask for them: order, term, documents, fee, refusal, appeal (AL-02…AL-05, KB-05). Pure.

210-ФЗ ст. 12 and 13 say what a regulation has to tell.
"""

from datetime import date
from enum import StrEnum

from msgspec import Struct

from hub.knowledge.authorities import Origin
from hub.organisation.legal_terms import LegalTerm
from hub.organisation.level import Level
from hub.organisation.territory import Place


class Way(StrEnum):
    """How a service is asked for."""

    PORTAL = "portal"
    MFC = "mfc"
    OFFICE = "office"
    """At the authority itself."""
    POST = "post"
    EMPLOYER = "employer"
    PHONE = "phone"


class Fee(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What it costs; one of the three. What nobody is sure of is said to be asked for, and never invented."""

    free: bool = False
    rubles: int = 0
    note: str = ""
    """The ground, reductions, or what it depends on."""

    def __post_init__(self) -> None:
        if sum(map(bool, (self.free, self.rubles, self.note and not (self.free or self.rubles)))) != 1:
            raise ValueError("a fee is free, or so many rubles, or a note alone")


class Paper(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A document that is brought."""

    name: str
    note: str = ""
    """Original or copy, how old it may be, where it is got."""
    by_authority: bool = False
    """The authority asks for it itself; the citizen may bring it, and need not (210-ФЗ ст. 7 ч. 1)."""


class Papers(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What one category of applicants brings in one situation (AL-03)."""

    applicant: str
    """«Гражданин старше 14 лет», «законный представитель ребёнка»."""
    papers: tuple[Paper, ...]
    situation: str = ""
    """«Паспорт утрачен»; "" is the usual one."""


class Appeal(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """How a refusal is complained of (AL-04)."""

    authority: str
    """Id of the one that decides: never the one complained of."""
    how: str
    term: LegalTerm
    """In which the complaint is decided."""


class Variant(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What is different at a place; the rest is the same in the whole country (KB-06)."""

    place: Place
    addition: str = ""
    fee: Fee | None = None
    term: LegalTerm | None = None
    authority: str = ""
    documents: tuple[Papers, ...] = ()


class PublicService(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, tag="public_service"):
    """All but the first four may lack in a draft; what may not lack in public is in hub/knowledge/completeness.py."""

    id: str
    title: str
    """In citizens' words: «Загранпаспорт на 10 лет»."""
    name: str
    """As the regulation has it."""
    level: Level
    """Whose service it is."""
    topic: str = ""
    """Of the tree of topics."""
    authority: str = ""
    """Id of the one that gives it."""
    about: str = ""
    """The answer in three sentences."""
    order: str = ""
    """Step by step."""
    term: LegalTerm | None = None
    documents: tuple[Papers, ...] = ()
    fee: Fee | None = None
    refusals: tuple[str, ...] = ()
    """Grounds on which papers are not taken, or the service is refused."""
    appeal: Appeal | None = None
    responsible: str = ""
    """The post that answers for it, at the authority."""
    result: str = ""
    ways: tuple[Way, ...] = ()
    questions: tuple[str, ...] = ()
    """How citizens ask for it."""
    variants: tuple[Variant, ...] = ()
    valid_from: date = date(2026, 1, 1)
    origin: Origin = Origin()
