"""Questions about offices: where they are, when they are open, their telephone, in towns named in any form («в Клину», «сирпухов»)."""

import re
import tomllib
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from importlib.resources import files

import msgspec
from msgspec import Struct

from bots.grammar.places import Places, towns
from bots.grammar.plain import plain
from bots.grammar.when import find_when
from bots.knowledge import places
from bots.knowledge.cues import Cues
from bots.knowledge.facts import Focus
from bots.knowledge.fuzzy_index import FuzzyIndex
from bots.knowledge.offices import OfficeAnswer, Offices
from bots.knowledge.own_number import OwnNumber
from bots.russian import Russian
from hub.organisation.centre import Mfc
from hub.robot.ports import Reply

MFC = places.ARTICLE
"""The kind of МФЦ, and the subject of a talk about them."""
_ASKS = re.compile(
    r"работа|график|режим|час[ыов]|скольк[иа]|во\s?скок|откр|закр|обед|адрес|\bгде\b|\bкуда\b|находит|телефон|позвон|номер|выходн|суббот|"
    r"воскресен|понедел|вторник|сред[уы]|четверг|пятниц|празд|принима|доехать|пройти|дойти|завтра|сегодня|пандус|коляс|инвалид|подъ[её]м",
    re.IGNORECASE)
_UNKNOWN = ("Сведений об МФЦ ({}) у меня нет. Адрес, часы работы и телефон смотрите на сайте МФЦ вашего региона или на карте в Госуслугах."
            " Подскажет и оператор.")
_WHERE = "В каком городе или посёлке?"
_ADJECTIVE = re.compile(r"ск(?:ий|ая|ое|ого|ому|ом|им|ой|ую|ие|их)$")
_COMPLAINS = frozenset(["жаловаться", "пожаловаться", "жалоба", "нахамить", "нагрубить"])
"""Words of a sentence that asks for no office, but where to complain of it."""
_SHORT, _SHORTEST = 8, 3
"""Words of a question that names neither an office nor a town, and goes on about the last one: «а в воскресенье?», and of a mere answer."""
_NOT = "не"


class _Kind(Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    asks: tuple[str, ...]
    names: tuple[str, ...]


class OfficeQuestions:
    def __init__(self, russian: Russian, mfcs: Callable[[], Iterable[Mfc]], offices: Offices, own: OwnNumber | None = None) -> None:
        """`mfcs` are those of today."""
        self._russian, self._mfcs, self._offices, self._own = russian, mfcs, offices, own
        text = files("bots.knowledge").joinpath("offices.toml").read_text("utf-8")
        kinds = msgspec.convert(tomllib.loads(text)["kind"], list[_Kind])
        every = [*_COMPLAINS, *(one for each in kinds for one in each.asks)]
        self._kinds = {each.id: (each, Cues(russian, each.asks, _COMPLAINS, every)) for each in kinds}
        self._sentences = next(cues for _, cues in self._kinds.values()).sentences

    @cached_property
    def _places(self) -> Places:
        """A tenth of a second, when an office is first asked for."""
        return Places(self._russian, towns())

    def asked(self, text: str, focus: Focus) -> bool:
        """Whether a text may ask for an office, by its words: what is told then depends on the hour."""
        return focus.service in self._kinds or bool(self._named(text)) or bool(self._own and self._own.asked(text))

    def answer(self, text: str, focus: Focus) -> tuple[Reply, Focus] | None:
        """Address, hours and telephone of the offices of a kind in a town; None where no such office is asked for, or known of."""
        if self._own and self._own.asked(text) and not focus.place and (own := self._own.told()):
            return Reply(own, topic="other"), focus
        named = self._named(text)
        talked = focus.service if focus.service in self._kinds else ""
        words, asks = len(text.split()), bool(_ASKS.search(text))
        if not (named or (talked and words <= _SHORT)):
            return None
        kind = named or talked
        town = self._town(text)
        if not town and (asks or not named):
            town = focus.place if talked else ""
        found = self._of(kind, town) if town else []
        if not found:
            asks = asks or not self.besides(text)
            return self._elsewhere(kind, text, asks=asks) if named or (talked and not focus.place and words <= _SHORTEST) else None
        if not (asks or town != focus.place or self._meant(found, text) != found):
            return None
        found = self._meant(found, text)
        return self._told(kind, town, found, text)

    def _named(self, text: str) -> str:
        """The kind of office that is named, or ""."""
        said = list(self._sentences(text))
        return next((id_ for id_, (_, cues) in self._kinds.items() if cues.found_among(said)), "")

    def besides(self, text: str) -> str:
        """The words that do not ask for an office."""
        for _, cues in self._kinds.values():
            text = cues.besides(text, frozenset())
        return text

    def _told(self, kind: str, town: str, found: Sequence[OfficeAnswer], text: str) -> tuple[Reply, Focus]:
        day = next((each.value.days.first for each in find_when(plain(text), self._offices.today()) if each.value.days), None)
        said = [each.told(day, accessible="пандус" in (low := text.casefold()) or "коляс" in low or "инвалид" in low)
                for each in found[:places.MOST]]
        more = [f"Всего их {len(found)}, об остальных расскажет оператор."] if len(found) > places.MOST else []
        source = places.dated(min(each.checked for each in found))
        return Reply("\n".join([*said, *more]), source=source, topic=MFC), Focus(kind, None, town)

    def _elsewhere(self, kind: str, text: str, *, asks: bool) -> tuple[Reply, Focus] | None:
        """A town without an МФЦ that is known of, in the nominative; or the question where."""
        if kind != MFC:
            return None
        if town := self._far(text):
            return Reply(_UNKNOWN.format(town), topic=MFC), Focus(MFC, None, town)
        if asks:
            return Reply(_WHERE, choices=tuple(places.known(self._mfcs())), topic=MFC), Focus(MFC)
        return None

    def _far(self, text: str) -> str:
        if found := self._places.find(plain(text)):
            return found[0].value.name
        for word in self._russian.every(text):
            if any("Geox" in reading for reading in self._russian.readings(word)[:1]):
                lemma = next((form[1:] for form in self._russian.forms(word) if form[0] == "l"), word)
                return lemma.capitalize()
        return ""

    def _of(self, kind: str, town: str) -> list[OfficeAnswer]:
        if kind == MFC:
            return self._offices.mfcs(places.of_place(self._mfcs(), town))
        begin = self._kinds[kind][0].names
        spellings = {each for each in self._offices.localities() if _plain(each) == _plain(town)}
        return [each for each in self._offices.others(spellings) if any(word.startswith(begin) for word in self._russian.every(each.name))]

    def _meant(self, found: list[OfficeAnswer], text: str) -> list[OfficeAnswer]:
        """Those of several whose name or address has words of the text; without those that it says are not meant."""
        if len(found) < 2:  # noqa: PLR2004 - one needs no choice
            return found
        own = [self._stems(f"{each.name} {each.address}") for each in found]
        common = frozenset.intersection(*own)
        said, negated = set[str](), set[str]()
        place = said
        for word in self._russian.every(text):
            if word == _NOT:
                place = negated
            elif len(word) > 3:  # noqa: PLR2004 - a preposition
                place.add(self._russian.stem(word))
                place = said
        left = [each for each, stems in zip(found, own, strict=True) if not (stems - common) & negated]
        meant = [each for each, stems in zip(found, own, strict=True) if (stems - common) & (said - negated)]
        return meant or left or found

    def _stems(self, text: str) -> frozenset[str]:
        return frozenset(self._russian.stem(word) for word in self._russian.every(text) if len(word) > 3)  # noqa: PLR2004 - a preposition

    def _town(self, text: str) -> str:
        """The town of an office that is named, in any form and with a slip; not one that is said not to be meant."""
        stems = {self._russian.stem(_plain(each)): each for each in self._localities()}
        every = self._russian.every(text)
        words = [word for at, word in enumerate(every) if len(word) > 3 and _NOT not in every[max(0, at - 2):at]]  # noqa: PLR2004 - a preposition is no town
        for word in words:
            names = {form[1:] for form in self._russian.forms(word)} | {self._russian.stem(_ADJECTIVE.sub("", word))}
            if (town := next((town for stem, town in stems.items() if stem in names or _plain(town) in names), "")):
                return town
        near = FuzzyIndex(stems)
        for word in words:
            _, found = near.find(self._russian.stem(word))
            if len(found) == 1:
                return stems[found[0]]
        return ""

    def _localities(self) -> Iterable[str]:
        return {*(each.locality for each in self._mfcs() if each.address), *self._offices.localities()}


def _plain(name: str) -> str:
    return name.strip().lower().replace("ё", "е")
