"""State and municipal services: procedure, term, documents, fee, refusal, appeal (AL-02…AL-05, KB-05). Pure.

210-ФЗ ст. 12 and 13 list the contents of a regulation.
"""

from datetime import date
from enum import StrEnum

from msgspec import Struct

from hub.knowledge.authorities import Origin
from hub.organisation.legal_terms import LegalTerm
from hub.organisation.level import Level
from hub.organisation.territory import Place


class Way(StrEnum):
    """How a service is requested."""

    PORTAL = "portal"
    MFC = "mfc"
    OFFICE = "office"
    """At the authority itself."""
    POST = "post"
    EMPLOYER = "employer"
    PHONE = "phone"


class Facet(StrEnum):
    """What people ask of a service."""

    FEE = "fee"
    TERM = "term"
    DOCUMENTS = "documents"
    WHERE = "where"
    ORDER = "order"
    """How it is requested."""
    WHO = "who"
    """Who may have it."""
    VALIDITY = "validity"
    """How long the result is valid."""
    AMOUNT = "amount"
    """How much is paid out."""
    REFUSAL = "refusal"
    APPEAL = "appeal"
    OTHER = "other"
    """Something of this service alone: «нужны ли отпечатки»."""


class FeeFor(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The fee for one category of applicants."""

    applicant: str
    """«Ребёнок до 14 лет»."""
    rubles: int = 0
    """0 is free."""


class Fee(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The fee, in one of three forms. An unknown fee is marked as such and never invented."""

    free: bool = False
    rubles: int = 0
    note: str = ""
    """The ground, reductions, or what it depends on."""
    by: tuple[FeeFor, ...] = ()
    """Where a category pays something else than the others."""

    def __post_init__(self) -> None:
        if sum(map(bool, (self.free, self.rubles, self.note and not (self.free or self.rubles)))) != 1:
            raise ValueError("a fee is free, or so many rubles, or a note alone")


class Paper(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A document to bring."""

    name: str
    note: str = ""
    """Original or copy, its age, where to get it."""
    by_authority: bool = False
    """The authority requests it itself; the citizen may bring it (210-ФЗ ст. 7 ч. 1)."""


class Papers(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Documents of one category of applicants in one situation (AL-03)."""

    applicant: str
    """«Гражданин старше 14 лет», «законный представитель ребёнка»."""
    papers: tuple[Paper, ...]
    situation: str = ""
    """«Паспорт утрачен»; "" is the usual one."""


class Appeal(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """How to appeal against a refusal (AL-04)."""

    authority: str
    """Id of the deciding body: never the one complained of."""
    how: str
    term: LegalTerm
    """Term for the decision."""


class ServiceFact(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What the robot says on one question, instead of the whole card."""

    facet: Facet
    text: str
    """One or two sentences, at most 300 characters, understandable alone."""
    questions: tuple[str, ...] = ()
    """In citizens' words, spoken ones, too."""
    source: str = ""
    """Where it is not that of the card."""


class Variant(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Differences at a place; everything else is the same in the whole country (KB-06)."""

    place: Place
    addition: str = ""
    fee: Fee | None = None
    term: LegalTerm | None = None
    authority: str = ""
    documents: tuple[Papers, ...] = ()


class PublicService(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, tag="public_service"):
    """In a draft only the first four fields are required; for publication see hub/knowledge/completeness.py."""

    id: str
    title: str
    """In citizens' words: «Загранпаспорт на 10 лет»."""
    name: str
    """As in the regulation."""
    level: Level
    """Whose service it is."""
    topic: str = ""
    """Id in the topic tree."""
    authority: str = ""
    """Id of the providing body."""
    about: str = ""
    """Summary of three sentences."""
    order: str = ""
    """Step by step."""
    term: LegalTerm | None = None
    documents: tuple[Papers, ...] = ()
    fee: Fee | None = None
    refusals: tuple[str, ...] = ()
    """Grounds for rejecting the documents or refusing the service."""
    appeal: Appeal | None = None
    responsible: str = ""
    """The responsible post at the authority."""
    result: str = ""
    ways: tuple[Way, ...] = ()
    questions: tuple[str, ...] = ()
    """Example questions in citizens' words."""
    facts: tuple[ServiceFact, ...] = ()
    variants: tuple[Variant, ...] = ()
    valid_from: date = date(2026, 1, 1)
    origin: Origin = Origin()
