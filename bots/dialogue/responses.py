"""Responses of the bot: chooses a wording by conditions and channel, and fills in slots."""

import re
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any, TypeAlias

from bots.dialogue.events import BotUttered
from bots.project.domain import Variation

Choose: TypeAlias = Callable[[Sequence[Variation]], Variation]
"""Chooses one of several equal wordings."""

_FILLED = ("text", "image", "custom", "buttons", "attachment", "quick_replies")
"""Parts in which `{slot}` is replaced."""
_NAME = re.compile(r"\{([^\n{}]+?)\}")
_BRACED = re.compile(r"\{\{|\}\}|\{([^\n{}]+?)\}")


def fitting(variations: Sequence[Variation], slots: Mapping[str, Any], channel: str) -> list[Variation]:
    """The wordings to choose from. Those for the channel, and then those with a true condition, take precedence over general ones."""
    default = [one for one in variations if one.conditions is None]
    conditional = [one for one in variations if one.conditions and all(_equal(slots.get(slot), value) for slot, value in one.conditions)]
    for among, wanted in ((conditional, channel), (default, channel), (conditional, "")):
        if found := [one for one in among if one.channel == wanted and (wanted or not one.channel)]:
            return found
    return [one for one in default if not one.channel]


def say(name: str, variations: Sequence[Variation], slots: Mapping[str, Any], channel: str, choose: Choose,
        more: Mapping[str, Any] | None = None) -> BotUttered | None:
    """A filled response; `more` are values besides the slots. None where no wording fits."""
    found = fitting(variations, slots, channel)
    if not found:
        return None
    parts = dict((found[0] if len(found) == 1 else choose(found)).parts)
    values = {**slots, **(more or {})}
    for key in _FILLED:
        if key in parts:
            parts[key] = _fill(parts[key], values)
    parts["utter_action"] = name
    return BotUttered(str(parts.pop("text", "") or ""), deepcopy({key: value for key, value in parts.items() if value}))


def names_in(parts: Mapping[str, Any]) -> set[str]:
    """The names in braces within a wording."""
    return {name for key in _FILLED for text in _texts(parts.get(key)) for name in _NAME.findall(text.replace("{{", "").replace("}}", ""))}


def _equal(held: Any, wanted: Any) -> bool:  # noqa: ANN401 - a slot holds what JSON holds
    return held.casefold() == wanted.casefold() if isinstance(held, str) and isinstance(wanted, str) else bool(held == wanted)


def _fill(value: Any, values: Mapping[str, Any]) -> Any:  # noqa: ANN401
    match value:
        case str() if "{" in value or "}" in value:
            return _fill_text(value, values)
        case list():
            return [_fill(one, values) for one in value]
        case dict():
            return {key: _fill(one, values) for key, one in value.items()}
        case _:
            return value


def _fill_text(text: str, values: Mapping[str, Any]) -> str:
    """Replaces `{slot}` by its value and `{{` by a brace; a text with an unknown name is unchanged, as in Rasa."""
    if "{{" not in text and "}}" not in text:
        names = _NAME.findall(text)
        return _NAME.sub(lambda match: str(values[match[1]]), text) if all(name in values for name in names) else text
    braces = {"{{": "{", "}}": "}"}
    return _BRACED.sub(lambda match: braces.get(match[0]) or str(values.get(match[1], match[0])), text)


def _texts(value: Any) -> list[str]:  # noqa: ANN401
    match value:
        case str():
            return [value]
        case list():
            return [text for one in value for text in _texts(one)]
        case dict():
            return [text for one in value.values() for text in _texts(one)]
        case _:
            return []
