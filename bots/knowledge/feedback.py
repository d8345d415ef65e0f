"""Recognises an answer to «Помогло?»: a short message of nothing else (feedback.toml)."""

import tomllib
from importlib.resources import files

from bots.knowledge.answer_cache import normal

_LONGEST = 60
"""Characters: whoever writes more tells something."""
_written = tomllib.loads(files("bots.knowledge").joinpath("feedback.toml").read_text("utf-8"))
_YES, _NO = frozenset(map(normal, _written["yes"])), frozenset(map(normal, _written["no"]))
_HELPS = frozenset(_written["helps"])
_KNOWN = _YES | _NO | _HELPS | frozenset(map(normal, _written["filler"]))


def feedback(text: str, *, asked: bool = True) -> bool | None:
    """Whether it helped; None where the text is about something else, or says too little if that was not `asked` last."""
    words = set(normal(text).split()) if len(text) <= _LONGEST else set[str]()
    if not words <= _KNOWN or words.isdisjoint(_YES | _NO if asked else _HELPS):
        return None
    return words.isdisjoint(_NO)
