"""Centres of a hub: owners of queues, responsible centres of places, limits of the federal level."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from functools import partial
from zoneinfo import ZoneInfo

from hub.access.authorization import Authorization, Certified, Line
from hub.access.federal_separation import FederalDataPolicy
from hub.appointments.booking_centre import BookingCentreResolver
from hub.desk.organisation.places import Places
from hub.monitoring.wallboard import Group, GroupKind
from hub.organisation.centre import Centre, Function, Mfc
from hub.organisation.level import Level
from hub.organisation.overload_thresholds import OverloadThresholds
from hub.organisation.queue import Lines, Queue
from hub.organisation.registry import Listing, Registry
from okno.commands.registry import load_registry, today
from okno.config import Config
from okno.faults.config_error import ConfigError
from okno.territory import Clocks, Hint, subjects
from routing.journey import Station
from routing.jurisdiction import department, specialists
from routing.ladder import Ladder
from routing.matrix import Matrix, Policy, UnlawfulRowError
from routing.reasons import Party


class Centres:
    """Built once from configuration and registry; raises ConfigError for invalid ones. Lines may change: `renew`."""

    def __init__(self, config: Config, lines: Lines | None = None, certified: Certified = lambda _login, _course: True,
                 linked: Collection[str] = (), registry: Registry | None = None) -> None:
        """`lines` are those of the configuration, and change in place; `certified` tells of qualifications that lines demand.

        `linked` are the codes of the centres on other deployments. `registry` is the one in force, which changes in place; without
        it the configuration's file is read.
        """
        self.lines = Lines(config.queues) if lines is None else lines
        registry, known = registry or load_registry(config), subjects()
        hint = Hint(known)
        levels = levels_of(config, registry)
        self.ladder = build_ladder(config, registry, levels)
        self.federal_policy = FederalDataPolicy(Level(config.centre.level), levels)
        own = Line(config.centre.name, (config.centre.code, "", ""), config.centre.code, Level(config.centre.level))
        self.authorization = Authorization(_rights(config, levels), own, self.delegated, self.below, certified)
        self.clocks = Clocks(known, hint, ZoneInfo(config.centre.timezone))
        self.places = Places(known, registry, self.lines, hint, partial(today, config), call_centres(config))
        names = {config.centre.code: config.centre.name}
        self.keepers = BookingCentreResolver(registry, config.centre.code, Level(config.centre.level), partial(today, config), names,
                                             linked)
        self._subjects = known
        self._own_code, self._own_level = config.centre.code, Level(config.centre.level)
        self._registry, self._own = registry, {config.centre.code: config.centre.name}
        self._today = partial(today, config)

    def renew(self, config: Config) -> None:
        """Replace the lines by those of `config`; raises ConfigError for invalid ones."""
        levels = levels_of(config, self._registry)
        self.ladder.renew(stations(config, self._registry, levels), sites(config))
        self.ladder.settle(overload(config, self._registry))
        self.authorization.renew(_rights(config, levels))
        self.federal_policy.renew(levels)

    @property
    def registry(self) -> Registry | None:
        return self._registry

    @property
    def _hosted(self) -> set[str]:
        return {self._own_code, *(queue.centre for queue in self.lines.values())}

    def names(self, day: date) -> dict[str, str]:
        """Names of the centres active on a day by code; without a registry only this one."""
        return {centre.id: centre.name for centre in self._registry.active(day)} | self._own if self._registry else self._own

    def called(self, which: str) -> str:
        """The name of the centre of a line or a code."""
        code = (self.lines[which].centre if which in self.lines else which) or self._own_code
        return self.names(self._today()).get(code, code)

    def titled(self, key: str) -> str:
        """The title of a line, the name of a centre by its code; anything else unchanged."""
        return self.lines.title(key) if key in self.lines else self.called(key)

    def door(self, code: str) -> str:
        """The line in which a centre of this hub takes conversations of other deployments; "" where it has none."""
        own = sorted(self.lines.values(), key=lambda queue: bool(queue.successor))
        return next((each.id for each in own if each.home == (each.centre, "", "") and (each.centre or self._own_code) == code), "")

    def level(self, code: str) -> Level:
        """Level of a centre; an unknown one counts as federal, which is shown least."""
        if code == self._own_code:
            return self._own_level
        found = self._registry.centre(code, self._today()) if self._registry else None
        return found.level if found else Level.FEDERAL

    def subject(self, code: str) -> str:
        """The subject of the Federation that a centre answers for; "" for several, all, or without a registry."""
        found = self._registry.centre(code, self._today()) if self._registry else None
        return found.area.subjects[0] if found and len(found.area.subjects) == 1 else ""

    def mfcs(self) -> tuple[Mfc, ...]:
        """Today's МФЦ; none without a registry."""
        day = self._today()
        return tuple(each for each in self._registry.mfcs if each.active(day)) if self._registry else ()

    def delegated(self, centre: str, contractor: str, personal: bool) -> frozenset[Function]:  # noqa: FBT001 - a port of Admission
        """Functions that a centre has delegated to a contractor today; without a registry none (LV-07)."""
        day = self._today()
        found = self._registry.centre(centre, day) if self._registry else None
        return found.delegated(contractor, day, personal_data=personal) if found else frozenset()

    def contractors(self) -> list[str]:
        """All contractors of this hub's centres today."""
        day = self._today()
        centres = self._registry.active(day) if self._registry else ()
        return sorted({each.contractor for centre in centres if centre.id in self._hosted for each in centre.contracts if each.active(day)})

    def groups(self) -> list[Group]:
        """Groups of the floor: the country and its regions where there are several centres, the centres, and their lines."""
        day = self._today()
        active = {each.id: each for each in self._registry.active(day)} if self._registry else {}
        names, lines, regions = self.names(day), defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
        codes = {queue.id: queue.centre or self._own_code for queue in self.lines.values()}
        for queue, code in codes.items():
            lines[code].append(queue)
        for code in lines:
            for subject in active[code].area.subjects if code in active else ():
                regions[subject].append(code)

        def together(kind: GroupKind, key: str, title: str, codes: Iterable[str]) -> Group:
            held = frozenset(codes)
            return Group(f"{kind}:{key}", kind, title, tuple(queue for code in sorted(held) for queue in lines[code]), held)

        above = [together(GroupKind.COUNTRY, "", "", lines), *(
            together(GroupKind.REGION, subject, self._subjects[subject].name, codes) for subject, codes in sorted(regions.items()))]
        return [*(above if len(lines) > 1 else ()),
                *(together(GroupKind.CENTRE, code, names.get(code, code), [code]) for code in sorted(lines)),
                *(Group(f"{GroupKind.LINE}:{queue}", GroupKind.LINE, self.authorization.line(queue).title, (queue,), frozenset({code}))
                  for queue, code in codes.items())]

    def below(self, code: str) -> frozenset[str]:
        """A centre and its subordinates, here or elsewhere: a region's municipal ones, all for the federal one."""
        active = self._registry.active(self._today()) if self._registry else ()
        own = next((each for each in active if each.id == code), None)
        return frozenset({code}) | {each.id for each in active if own and stands_over(own, each)}

    def over(self, one: str, other: str) -> bool:
        """Whether one centre is superior to another; without a registry none is."""
        return one != other and other in self.below(one)

    def own_name(self) -> str:
        """What this deployment's centre is called today."""
        return self.called(self._own_code)

    def own_numbers(self) -> list[str]:
        """The published numbers of this deployment's centre today; none without a registry."""
        listed = self._registry.directory(self._today()) if self._registry else []
        return [each.number for each in listed if each.centre == self._own_code]

    def outside(self) -> list[Listing]:
        """For each of today's centres without a line in this hub its first number that can be dialled from anywhere."""
        listed = self._registry.directory(self._today()) if self._registry else []
        found = {each.centre: each for each in reversed(listed) if each.number.startswith("+") and each.centre not in self._hosted}
        return list(reversed(found.values()))


def stands_over(one: Centre, other: Centre) -> bool:
    if one.level is Level.FEDERAL:
        return other.level is not Level.FEDERAL
    return (one.level is Level.REGIONAL and other.level is Level.MUNICIPAL
            and set(other.area.subjects) <= set(one.area.subjects))


def levels_of(config: Config, registry: Registry | None) -> dict[str, Level]:
    """The level of each queue's centre; raises ConfigError for a centre outside the registry."""
    levels = {config.centre.code: Level(config.centre.level)}
    for queue in config.queues:
        if queue.centre not in levels:
            centre = registry.centre(queue.centre, today(config)) if registry else None
            if centre is None:
                message = f"queues: {queue.id}: centre {queue.centre} is not in the registry"
                raise ConfigError(message)
            levels[queue.centre] = centre.level
    return {queue.id: levels[queue.centre] for queue in config.queues}


def build_ladder(config: Config, registry: Registry | None, levels: Mapping[str, Level]) -> Ladder:
    """The lines of all centres that this hub hosts, `levels` by queue; raises ConfigError for an impossible ladder."""
    lines = stations(config, registry, levels)
    hosted = {station.centre for station in lines.values()}
    for code, others in config.routing.standby.items():
        if unknown := {code, *others} - hosted:
            message = f"routing.standby: no queue is a line of {min(unknown)}"
            raise ConfigError(message)
    try:
        matrix = Matrix(Policy(corrections=config.routing.corrections))
    except UnlawfulRowError as error:
        message = f"routing.corrections: {error}"
        raise ConfigError(message) from error
    known = registry.active(today(config)) if registry else ()
    if unknown := config.routing.overload.keys() - hosted - {each.id for each in known}:
        message = f"routing.overload: there is no centre {min(unknown)}"
        raise ConfigError(message)
    return Ladder(lines, registry, matrix, config.routing.standby, call_centres(config), sites=sites(config),
                  overload=overload(config, registry))


def overload(config: Config, registry: Registry | None) -> dict[str, OverloadThresholds]:
    """Thresholds that differ from D9: those of a centre's record before those of the configuration."""
    return config.routing.overload | (registry.overload(today(config)) if registry else {})


def sites(config: Config) -> dict[str, str]:
    """Site of each open line that has one."""
    return {queue.id: queue.site for queue in config.queues if queue.site and not queue.successor}


def stations(config: Config, registry: Registry | None, levels: Mapping[str, Level]) -> dict[str, Station]:
    """Owner of each line; raises ConfigError. Closed lines come after the open ones of their centre."""
    on, queues = today(config), sorted(config.queues, key=lambda queue: bool(queue.successor))
    return {queue.id: _station(queue, levels[queue.id], registry, on) for queue in queues}


def _rights(config: Config, levels: Mapping[str, Level]) -> dict[str, Line]:
    return {each.id: Line(each.title, each.home, each.centre, levels[each.id], each.function, each.qualification) for each in config.queues}


def call_centres(config: Config) -> tuple[str, ...]:
    """Departments that have a call centre of their own."""
    return tuple(each.department for each in config.systems if each.department)


def _station(queue: Queue, level: Level, registry: Registry | None, on: date) -> Station:
    if queue.department:
        return department(queue.department)
    if not queue.mfc:
        return Station(queue.centre, Party(level.value))
    if registry and registry.mfc(queue.mfc, on) is None:
        message = f"queues: {queue.id}: there is no МФЦ {queue.mfc!r} in the registry"
        raise ConfigError(message)
    return specialists(queue.mfc)
