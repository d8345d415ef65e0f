"""Questions about an МФЦ: where it is, when it is open, its telephone, in towns named in any form («в Клину», «клинский», «сирпухов»)."""

import re
from collections.abc import Callable, Iterable, Sequence

from bots.grammar.places import Places, towns
from bots.grammar.plain import plain
from bots.grammar.when import find_when
from bots.knowledge import places
from bots.knowledge.facts import Focus
from bots.knowledge.fuzzy_index import FuzzyIndex
from bots.knowledge.offices import Offices
from bots.russian import Russian
from hub.organisation.centre import Mfc
from hub.organisation.opening_words import MONTHS, WEEKDAYS
from hub.robot.ports import Reply

SUBJECT = places.ARTICLE
_MFC = re.compile(r"\bм\W?ф\W?ц\b|многофункционал|\bмои\s+документы\b|\bэмэфц", re.IGNORECASE)
_ASKS = re.compile(
    r"работа|график|режим|час[ыов]|скольк[иа]|во\s?скок|откр|закр|обед|адрес|\bгде\b|находит|телефон|позвон|номер|выходн|суббот|воскресен|"
    r"понедел|вторник|сред[уы]|четверг|пятниц|празд|принима|доехать|пройти|дойти|завтра|сегодня", re.IGNORECASE)
_UNKNOWN = ("Сведений об МФЦ ({}) у меня нет. Адрес, часы работы и телефон смотрите на сайте МФЦ вашего региона или на карте в Госуслугах."
            " Подскажет и оператор.")
_ADJECTIVE = re.compile(r"ск(?:ий|ая|ое|ого|ому|ом|им|ой|ую|ие|их)$")
_SHORT = 8
"""Words of a question that names neither an МФЦ nor a town, and goes on about the last one: «а в воскресенье?»"""


class MfcQuestions:
    def __init__(self, russian: Russian, mfcs: Callable[[], Iterable[Mfc]], offices: Offices) -> None:
        """`mfcs` are those of today."""
        self._russian, self._mfcs, self._offices = russian, mfcs, offices
        self._places = Places(russian, towns())

    def answer(self, text: str, focus: Focus) -> tuple[Reply, Focus] | None:
        """Address, hours and telephone of the МФЦ of the town; None where it is not asked for, or the town is not known."""
        about = focus.place if focus.service == SUBJECT else ""
        named, asks = bool(_MFC.search(text)), bool(_ASKS.search(text))
        if not (named or (about and len(text.split()) <= _SHORT)):
            return None
        town = self._town(text) or (about if asks else "")
        found = places.of_place(self._mfcs(), town) if town else []
        if not found:
            elsewhere = self._elsewhere(text) if named else ""
            return (Reply(_UNKNOWN.format(elsewhere), topic=SUBJECT), Focus(SUBJECT, None, elsewhere)) if elsewhere else None
        said = "\n".join(filter(None, (self._on_day(found, text), places.told(found, self._offices.of_mfc))))
        return Reply(said, source=places.source(found), topic=SUBJECT), Focus(SUBJECT, None, town)

    def _elsewhere(self, text: str) -> str:
        """A town without an МФЦ that is known of, in the nominative; "" where none is named."""
        if places_found := self._places.find(plain(text)):
            return places_found[0].value.name
        for word in self._russian.every(text):
            if any("Geox" in reading for reading in self._russian.readings(word)):
                lemma = next((form[1:] for form in self._russian.forms(word) if form[0] == "l"), word)
                return lemma.capitalize()
        return ""

    def _on_day(self, found: Sequence[Mfc], text: str) -> str:
        """The hours of the day that is asked about, first: «В воскресенье, 6 декабря: закрыто»."""
        day = next((each.value.days.first for each in find_when(plain(text), self._offices.today()) if each.value.days), None)
        if day is None:
            return ""
        hours = [(each, self._offices.on_day(each.id, day)) for each in found[:places.MOST]]
        told = [f"{each.name}, {each.address}: {said}" if len(found) > 1 else said for each, said in hours if said]
        return f"{WEEKDAYS[day.weekday()].capitalize()}, {day.day} {MONTHS[day.month - 1]}: {'; '.join(told)}." if told else ""

    def _town(self, text: str) -> str:
        """The town of an МФЦ that is named, in any form and with a slip."""
        stems = {self._russian.stem(_plain(each.locality)): each.locality for each in self._mfcs() if each.address}
        words = [word for word in self._russian.every(text) if len(word) > 3]  # noqa: PLR2004 - a preposition is no town
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


def _plain(name: str) -> str:
    return name.strip().lower().replace("ё", "е")
