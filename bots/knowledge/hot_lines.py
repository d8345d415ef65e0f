"""Telephones of bodies, for the robot and the search (AL-01)."""

from collections.abc import Iterator

from msgspec.structs import replace

from bots.knowledge.places import telephone
from hub.knowledge.article import Article
from hub.knowledge.authorities import Authority
from hub.knowledge.handbook import KnowledgeSnapshot

ID = "phones-"
"""How the id of such an article begins; what follows is the body's."""


def hot_lines(handbook: KnowledgeSnapshot) -> Iterator[tuple[Authority, Article]]:
    """Of each body that has a telephone."""
    for body in handbook.authorities.values():
        if body.contacts.phones:
            yield body, _told(body)


def with_telephone(article: Article, handbook: KnowledgeSnapshot) -> Article:
    """An article on what another body is competent in, with the way to reach it."""
    body = handbook.authorities.get(article.authority)
    if body is None:
        return article
    reached = [*map(telephone, body.contacts.phones), body.contacts.site.removeprefix("https://")]
    told = ", ".join(filter(None, reached))
    return replace(article, text=f"{article.text}\n{body.short or body.name}: {told}.") if told else article


def _told(body: Authority) -> Article:
    called, contacts = body.short or body.name, body.contacts
    phones = ", ".join(map(telephone, contacts.phones))
    more = [contacts.address, f"Сайт: {contacts.site}" if contacts.site else ""]
    text = "\n".join(filter(None, (f"{body.name}. Телефон: {phones}.", *more)))
    asked = tuple(dict.fromkeys(f"{word} {name}" for name in (called, body.name) for word in ("телефон", "горячая линия", "куда звонить")))
    line = Article(f"{ID}{body.id}", f"{called}: телефон", text, asked, body=body.origin.source or contacts.site or body.name)
    return replace(line, valid_from=body.origin.checked) if body.origin.checked else line
