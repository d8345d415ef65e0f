"""Every kind of document that the hub stores, found in its modules."""

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pkgutil import walk_packages

import hub
from hub.kernel.document import Document


@cache
def kinds() -> tuple[type[Document], ...]:
    """By their tags: each is the name of a kind in every store, so no two have the same."""
    for module in walk_packages(hub.__path__, "hub."):
        import_module(module.name)
    found = {str(tag): kind for kind in _below(Document) if (tag := kind.__struct_config__.tag) and tag != _tag_above(kind)}
    return tuple(found[tag] for tag in sorted(found))


def _below(kind: type[Document]) -> Iterator[type[Document]]:
    for each in kind.__subclasses__():
        yield each
        yield from _below(each)


def _tag_above(kind: type[Document]) -> object:
    """A form that a file of documents is read by has the tag of what it is made into."""
    return next((base.__struct_config__.tag for base in kind.__mro__[1:] if issubclass(base, Document)), None)
