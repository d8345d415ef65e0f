"""What was asked and what was answered, in two lines for the operator who takes over from the robot.

The bot's messages in the events of a dialogue carry it: those of a project with a source, and those from knowledge (`uttered`).
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from bots.dialogue.events import BotUttered, Event
from bots.knowledge import places
from bots.knowledge.facets import TITLES
from bots.knowledge.facts import Focus
from bots.knowledge.message_parts import parts
from hub.conversations.message import Source
from hub.knowledge.public_services import Facet
from hub.robot.ports import Reply

KNOWLEDGE = "knowledge"
"""Stands for the name of the response in messages from knowledge."""
_LONGEST = 160
"""Characters of the answer that are quoted."""
_OFFICES = "Адреса и часы МФЦ"
_SUBJECTS = 3
"""Last subjects that are named."""
_FACETS = {str(facet): title.lower() for facet, title in TITLES.items()} | {str(Facet.OTHER): ""}


def uttered(reply: Reply, focus: Focus | None, whom: str) -> BotUttered:
    """An answer from knowledge as an event; `whom` is for whom it was asked."""
    about = {"source": msgspec.to_builtins(reply.source) if reply.source else None, "whom": whom, "place": focus.place if focus else ""}
    custom = {key: value for key, value in about.items() if value}
    return BotUttered(reply.text, {"utter_action": KNOWLEDGE} | ({"custom": custom} if custom else {}))


def source_of(custom: Any) -> Source | None:  # noqa: ANN401 - any JSON of the project
    try:
        return msgspec.convert(custom["source"], Source)
    except (KeyError, TypeError, msgspec.ValidationError):
        return None


def asked_and_answered(events: Iterable[Event]) -> tuple[str, ...]:
    """«Спрашивал: …» and «Ответили: …»; nothing where no answer had a source."""
    told = [(event, source, event.data["custom"]) for event in events
            if isinstance(event, BotUttered) and (source := source_of(event.data.get("custom"))) is not None]
    if not told:
        return ()
    asked: dict[str, list[str]] = {}
    for _, source, custom in told:
        title = _OFFICES if source.article == places.ARTICLE else source.title
        asked.setdefault(title, []).append(_detail(source, custom))
    subjects = [_subject(title, list(dict.fromkeys(details))) for title, details in list(asked.items())[-_SUBJECTS:]]
    last, source, _ = told[-1]
    origin = ", ".join(filter(None, (source.body, f"проверено {source.valid_from:%d.%m.%Y}")))
    return f"Спрашивал: {'; '.join(subjects)}", f"Ответили: {_shortly(last.text)} ({origin})"


def _subject(title: str, details: list[str]) -> str:
    """A detail that another one begins with says nothing more: «стоимость, стоимость на ребёнка»."""
    said = ", ".join(each for each in details if each and not any(other.startswith(f"{each} ") for other in details))
    return f"{title} ({said})" if said else title


def _detail(source: Source, custom: dict[str, Any]) -> str:
    """What of the subject was asked, where, and for whom: «стоимость на ребёнка»."""
    facet = _FACETS.get(source.article.partition("/")[2], "")
    facet = "" if source.title.lower().endswith(facet) else facet
    return " ".join(str(each) for each in (facet, custom.get("whom"), custom.get("place")) if each)


def _shortly(text: str) -> str:
    """The first sentences, as many as are quoted."""
    first, *more = parts(" ".join(text.split()), _LONGEST)
    if len(first) > _LONGEST:
        first, more = first[:_LONGEST].rsplit(" ", 1)[0], ["…"]
    return f"{first} …" if more else first
