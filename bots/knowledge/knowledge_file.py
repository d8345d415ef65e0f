"""The knowledge base as a file: TOML with one `[[article]]` for each article."""

import tomllib
from collections.abc import Mapping

import msgspec
from msgspec import Struct

from hub.knowledge.article import Article


class KnowledgeFileError(ValueError):
    """The file does not hold articles; the text names the article and what is wrong with it."""


class _Entry(Article, frozen=True, omit_defaults=True, forbid_unknown_fields=True, tag="article"):
    """An article in a file, where a misspelt key must not pass for an absent one."""


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    article: list[dict[str, object]]


def read_articles(text: str) -> list[Article]:
    """Read articles from TOML in the order of the file; raises KnowledgeFileError."""
    try:
        entries = msgspec.convert(tomllib.loads(text), _File).article
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        message = f"not a file of [[article]] entries: {error}"
        raise KnowledgeFileError(message) from error
    articles: dict[str, Article] = {}
    for place, entry in enumerate(entries, 1):
        article = _article(place, entry)
        if article.id in articles:
            message = f"article {place}: the id {article.id!r} is taken by an article before it"
            raise KnowledgeFileError(message)
        articles[article.id] = article
    return list(articles.values())


def _article(place: int, entry: Mapping[str, object]) -> Article:
    try:
        read = msgspec.convert(entry, _Entry)
    except msgspec.ValidationError as error:
        message = f"article {place} ({entry.get('id', 'without id')}): {error}"
        raise KnowledgeFileError(message) from error
    for key in ("id", "title", "text"):
        if not getattr(read, key).strip():
            message = f"article {place} ({read.id}): {key} is empty"
            raise KnowledgeFileError(message)
    return Article(**{name: getattr(read, name) for name in Article.__struct_fields__})
