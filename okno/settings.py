"""Lines, hours and numbers of the configuration file, and a configuration with the settings in force."""

from datetime import date
from typing import TextIO

from msgspec.structs import replace

from hub.kernel.csv_file import CsvFile
from hub.organisation.centre import Area, LegalForm, Number, Tariff
from hub.organisation.level import LEVELS, Level
from hub.organisation.registry import Registry
from hub.organisation.settings import CentreNumber, DeploymentFacts, Settings
from hub.organisation.territory import Subjects
from okno.commands.registry import today
from okno.config import Config
from okno.territory import subjects

HEAD = ("номер", "тариф", "код", "центр", "уровень", "территория", "часы", "орган", "форма")
TARIFFS = {Tariff.FREE: "бесплатно", Tariff.LOCAL: "как местный", Tariff.PAID: "платно"}
FORMS = {LegalForm.PART: "структура органа", LegalForm.SUBORDINATE: "подведомственная организация"}


def first_settings(config: Config, registry: Registry | None) -> Settings:
    """Initial settings of a store: the numbers are those in the registry today for the lines' centres."""
    numbers = [CentreNumber(centre.id, each.number, each.tariff, each.published)
               for centre in (registry.active(today(config)) if registry else ())
               if centre.id in config.centres().values() for each in centre.numbers]
    return Settings(config.queues, config.hours, tuple(numbers))


def around(config: Config, registry: Registry | None) -> DeploymentFacts:
    """Facts that settings must fit."""
    on = today(config)
    active = registry.active(on) if registry else ()
    centres = {config.centre.code: config.centre.name} | {each.id: each.name for each in active}
    levels = {config.centre.code: Level(config.centre.level)} | {each.id: each.level for each in active}
    standing_in = {code for key, others in config.routing.standby.items() for code in (key, *others)}
    mfcs = frozenset(each.id for each in registry.mfcs if each.active(on)) if registry else None
    return DeploymentFacts(config.routing.queue, centres, levels, mfcs, frozenset(standing_in))


def configured(config: Config, settings: Settings) -> Config:
    """The configuration with these settings."""
    return replace(config, queues=settings.queues, hours=settings.hours)


def with_numbers(registry: Registry, settings: Settings, config: Config) -> Registry:
    """The registry with the numbers of this hub's centres from the settings (LV-08, SL-02)."""
    on, kept = today(config), {each.centre for each in settings.numbers}
    return registry.with_numbers(on, {
        code: [Number(each.number, each.tariff, each.published) for each in settings.numbers if each.centre == code] for code in kept})


def loaded(config: Config, registry: Registry | None) -> tuple[Settings, DeploymentFacts]:
    """Both, with the registry in force."""
    return first_settings(config, registry), around(config, registry)


def print_directory(config: Config, registry: Registry, settings: Settings, on: date, to: TextIO) -> None:
    """Write the public directory of a day as CSV, with the registry in force."""
    registry = with_numbers(registry, settings, config)
    rows, known = CsvFile(to, end="\n"), subjects()
    rows.write(HEAD)
    for each in registry.directory(on):
        rows.write((each.number, TARIFFS[each.tariff], each.centre, each.name, LEVELS[each.level],
                    _area(each.area, registry, known, on), each.hours, each.owner, FORMS[each.legal_form]))


def _area(area: Area, registry: Registry, known: Subjects, on: date) -> str:
    if not area.subjects:
        return "Российская Федерация"
    names = [known[code].name for code in area.subjects]
    names += [f"ОКТМО {each}" for each in area.municipalities]
    names += [mfc.name for each in area.mfcs if (mfc := registry.mfc(each, on))]
    return "; ".join(names)
