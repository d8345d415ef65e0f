"""Centres: who keeps them, what they answer for, under which numbers, over which lines, and what they let others do for them. Pure.

These are the records, and what is wrong with one of them by itself; hub/organisation/registry.py holds them against each other.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum

from msgspec import Struct

from hub.kernel.errors import OknoError
from hub.kernel.public_networks import fault
from hub.organisation.contract_targets import ContractTargets, target_faults
from hub.organisation.level import Level
from hub.organisation.overload_thresholds import OverloadThresholds


class Function(StrEnum):
    """A function that a centre performs, or delegates to a contractor (LV-07)."""

    INFORMATION = "information"
    STATUS = "status"
    BOOKING = "booking"
    COMPLAINTS = "complaints"
    CALLBACKS = "callbacks"
    SURVEYS = "surveys"


FUNCTIONS: dict[StrEnum, str] = {
    Function.INFORMATION: "информирование", Function.STATUS: "статус", Function.BOOKING: "запись", Function.COMPLAINTS: "жалобы",
    Function.CALLBACKS: "обратные звонки", Function.SURVEYS: "опросы"}
"""As people read them."""
PERSONALISED = frozenset({Function.STATUS, Function.BOOKING})
"""Functions that the federal centre does not perform and so cannot delegate (D1, D18)."""


DAY = timedelta(days=1)
LARGE = 100_000
"""People that an МФЦ must serve *more* than, to have a municipal centre of its own (D8)."""
_CODE = re.compile(r"[0-9]{3}")
NUMBER = re.compile(r"\+[1-9][0-9]{6,14}|[0-9]{2,6}")
"""E.164, or a short number."""


KINDS = {"centre": "Центр", "mfc": "МФЦ", "attachment of": "Подключение МФЦ", "registry": "Реестр"}


class RegistryError(OknoError):
    """A record cannot be as it is. The text names the record and the field, in English for files; `russian` is for the desk."""

    def __init__(self, record: str, field: str, text: str, russian: str) -> None:
        super().__init__(f"{record}: {field}: {text}")
        self.record, self.field = record, field
        kind, _, name = record.rpartition(" ")
        self.russian = f"{KINDS.get(kind or name, kind)}{' ' + name if kind else ''}: {russian}."
        """«Центр 077: нужен опубликованный бесплатный номер.»"""


class LegalForm(StrEnum):
    """Centres «входят в структуры органов либо являются подведомственными организациями» (LV-06)."""

    PART = "part"
    """Структура органа."""
    SUBORDINATE = "subordinate"
    """Подведомственная организация."""


class Tariff(StrEnum):
    """What a call costs the caller (SL-02)."""

    FREE = "free"
    LOCAL = "local"
    """As a call within the city."""
    PAID = "paid"


class Dated(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What holds from its first day to its last, both included; without a last day, for good."""

    valid_from: date
    valid_to: date | None = None

    def active(self, on: date) -> bool:
        return self.valid_from <= on <= (self.valid_to or date.max)

    def meets(self, other: "Dated") -> bool:
        """Whether there is a day on which both hold."""
        return self.valid_from <= (other.valid_to or date.max) and other.valid_from <= (self.valid_to or date.max)

    def within(self, other: "Dated") -> bool:
        return other.valid_from <= self.valid_from and (self.valid_to or date.max) <= (other.valid_to or date.max)


class Number(Struct, frozen=True, forbid_unknown_fields=True):
    """A number that the centre is called under."""

    number: str
    tariff: Tariff = Tariff.FREE
    published: bool = True
    """In the public directory; only a free number may be (SL-02)."""

    @property
    def short(self) -> bool:
        return not self.number.startswith("+")


class TrunkKind(StrEnum):
    """How a trunk comes over the public telephone network (LV-09). A simulator of a carrier is in no registry."""

    PSTN = "pstn"
    SIP = "sip"


class Trunk(Dated, frozen=True, kw_only=True):
    """A carrier's lines that lead to a centre (SL-07)."""

    carrier: str
    kind: TrunkKind
    lines: int
    """How many calls it carries at once."""
    address: str = ""
    """Of the carrier's SIP server, `host:port` in the public network."""


class CentreContract(Dated, frozen=True, kw_only=True):
    """One function in a contractor's hands (LV-07)."""

    contractor: str
    function: Function
    personal_data: bool = False
    """Whether the contractor's operators may see who the citizen is."""
    service_level: str = ""
    """What was agreed on quality, in words."""
    targets: ContractTargets = ContractTargets()
    """The same in numbers, which are compared with what is measured."""


class Site(Struct, frozen=True, forbid_unknown_fields=True):
    """One of the places that a centre works at; the federal centre may have several (LV-01)."""

    id: str
    name: str


class Area(Struct, frozen=True, forbid_unknown_fields=True):
    """What a centre answers for. All empty is the whole country: the federal centre."""

    subjects: tuple[str, ...] = ()
    municipalities: tuple[str, ...] = ()
    """ОКТМО. A regional centre without any answers for all of its subjects."""
    mfcs: tuple[str, ...] = ()
    """МФЦ that a municipal centre was made for."""

    def overlaps(self, other: "Area") -> bool:
        return not (self.subjects and other.subjects) or bool(set(self.subjects) & set(other.subjects))


class Centre(Dated, frozen=True, kw_only=True):
    """`id` begins the numbers of its conversations and is unique in the country."""

    id: str
    name: str
    level: Level
    owner: str
    """The body of power that keeps it."""
    legal_form: LegalForm
    hours: str
    """Which hours it works: an id of the tables of hours."""
    area: Area = Area()
    sites: tuple[Site, ...] = ()
    numbers: tuple[Number, ...] = ()
    trunks: tuple[Trunk, ...] = ()
    contracts: tuple[CentreContract, ...] = ()
    overload: OverloadThresholds | None = None
    """Its own thresholds of overload; without them those of the configuration, or D9."""

    def lines(self, on: date) -> int:
        """How many calls at once its trunks carry on a day."""
        return sum(each.lines for each in self.trunks if each.active(on))

    def delegated(self, contractor: str, on: date, *, personal_data: bool = False) -> frozenset[Function]:
        """What a contractor's operators see and do on a day, with personal data or without; nothing else (LV-07)."""
        return frozenset(each.function for each in self.contracts
                         if each.contractor == contractor and each.active(on) and (each.personal_data or not personal_data))


class Mfc(Dated, frozen=True, kw_only=True):
    """A multifunctional centre. Another population is another record, with dates of its own."""

    id: str
    name: str
    subject: str
    municipality: str
    served_population: int
    locality: str = ""
    """The town or village that it is in, by its name in the nominative: citizens ask by it (AL-01)."""
    address: str = ""
    """Within the locality."""
    hours: str = ""
    """As they are told to citizens."""
    phone: str = ""
    checked: date | None = None
    """When all this was last known to be right; else when the record began."""


class MfcAttachment(Dated, frozen=True, kw_only=True):
    """An МФЦ without a centre of its own is connected to the federal one, for routing and information (GV-05, D7)."""

    mfc: str


Fault = tuple[str, str, str]
"""The field, and what is wrong with it in English and in Russian."""


def check_centre(centre: Centre) -> None:
    """Raises RegistryError about the first thing that is wrong with a centre by itself."""
    for wrong in _faults(centre):
        record = f"centre {centre.id}"
        raise RegistryError(record, *wrong)


def check_dates(record: str, dated: Dated) -> None:
    if dated.valid_to is not None and dated.valid_to < dated.valid_from:
        raise RegistryError(record, "valid_to", "before valid_from", "последний день раньше первого")


def _faults(centre: Centre) -> Iterator[Fault]:
    check_dates(f"centre {centre.id}", centre)
    if not _CODE.fullmatch(centre.id):
        yield "id", "must be three digits", "код — три цифры"
    for field in ("name", "owner", "hours"):
        if not getattr(centre, field).strip():
            yield field, "is empty", "не заполнено"
    yield from _faults_of_area(centre.level, centre.area)
    yield from _faults_of_numbers(centre.numbers)
    yield from _faults_of_trunks(centre)
    if len({site.id for site in centre.sites}) < len(centre.sites):
        yield "sites", "an id is taken twice", "код площадки занят дважды"
    for each in centre.contracts:
        check_dates(f"centre {centre.id}", each)
        yield from _faults_of_contract(centre, each)


def _faults_of_area(level: Level, area: Area) -> Iterator[Fault]:
    if level is Level.FEDERAL:
        if area != Area():
            yield ("area", "the federal centre answers for the whole country: leave it empty",
                   "федеральный центр отвечает за всю страну: оставьте пустым")
    elif not area.subjects:
        yield "area.subjects", "is empty", "не назван субъект"
    if not all(each.strip() for each in area.municipalities):
        yield "area.municipalities", "one is empty", "одно из муниципальных образований пустое"
    if level is Level.REGIONAL and area.mfcs:
        yield "area.mfcs", "only a municipal centre has МФЦ of its own", "свои МФЦ есть только у муниципального центра"
    if level is Level.MUNICIPAL and not area.mfcs:
        yield "area.mfcs", "a municipal centre needs an МФЦ", "муниципальному центру нужен МФЦ"
    if level is Level.MUNICIPAL and len(area.subjects) != 1:
        yield "area.subjects", "a municipal centre lies in one subject", "муниципальный центр лежит в одном субъекте"


def _faults_of_numbers(numbers: tuple[Number, ...]) -> Iterator[Fault]:
    for each in numbers:
        if not NUMBER.fullmatch(each.number):
            yield ("numbers", f"{each.number!r} is neither E.164 (+78001234567) nor short (122)",
                   f"{each.number}: номер пишется как +78001234567 или коротко: 122")
        if each.published and each.tariff is not Tariff.FREE:
            yield ("numbers", f"{each.number} is not free, so it cannot be published",
                   f"{each.number} не бесплатный: опубликовать его нельзя")
    if len({each.number for each in numbers}) < len(numbers):
        yield "numbers", "one is there twice", "номер повторяется"
    if not any(each.published for each in numbers):
        yield "numbers", "a centre needs a published free number", "центру нужен опубликованный бесплатный номер"


def _faults_of_trunks(centre: Centre) -> Iterator[Fault]:
    for each in centre.trunks:
        check_dates(f"centre {centre.id}", each)
        if not each.carrier.strip():
            yield "trunks", "a carrier is empty", "не назван оператор связи"
        if each.lines < 1:
            yield "trunks", f"{each.carrier}: has {each.lines} lines", f"{each.carrier}: линий {each.lines}, а нужна хотя бы одна"
        if each.kind is TrunkKind.PSTN and each.address:
            yield ("trunks", f"{each.carrier}: a trunk of the telephone network has no address",
                   f"{each.carrier}: у линий телефонной сети нет адреса")
        if each.kind is TrunkKind.SIP and (text := fault(each.address)):
            yield "trunks", f"{each.carrier}: address: {text}", f"{each.carrier}: адрес сервера — узел:порт в сети общего пользования"
    # A gap begins where the centre does, or on the day after a trunk.
    days = sorted({centre.valid_from, *(each.valid_to + DAY for each in centre.trunks if each.valid_to and each.valid_to < date.max)})
    if gap := next((day for day in days if centre.active(day) and not centre.lines(day)), None):
        yield "trunks", f"no line leads to the centre on {gap}", f"с {gap} к центру не ведёт ни одной линии связи"


def _faults_of_contract(centre: Centre, contract: CentreContract) -> Iterator[Fault]:
    if not contract.contractor.strip() or not (contract.service_level.strip() or contract.targets.agreed):
        yield "contracts", "contractor or service_level is empty", "назовите подрядчика и уровень обслуживания"
    yield from (("contracts", *texts) for texts in target_faults(contract.targets))
    if not contract.within(centre):
        yield ("contracts", f"{contract.contractor}, {contract.function}: outlives the centre",
               f"договор с «{contract.contractor}» выходит за срок работы центра")
    if centre.level is Level.FEDERAL and contract.function in PERSONALISED:
        yield ("contracts", f"{contract.function}: the federal centre does not do it",
               f"{FUNCTIONS[contract.function]}: федеральный центр этого не выполняет, передать нельзя")
