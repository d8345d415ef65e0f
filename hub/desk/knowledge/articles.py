"""Articles: suggestions for operators, editing for designers."""

from typing import Annotated

from msgspec import Meta, Struct

from hub.access.permissions import Permission
from hub.desk.access.forms import ArticleIn, ArticleOut
from hub.desk.desk import Desk
from hub.desk.http.endpoint import Call, endpoint
from hub.kernel.errors import RefusedError
from hub.knowledge.article import Article
from hub.knowledge.edition import CardKind, name_of

SUGGESTIONS = 5
Slug = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,99}$")]
CardId = Annotated[str, Meta(pattern=r"^([0-9]{3}\.)?[a-z0-9][a-z0-9_-]{0,99}$")]
"""With the code of the centre above that it comes from."""


class ArticleQuery(Struct, frozen=True):
    text: Annotated[str, Meta(max_length=8000)] = ""


def article_out(desk: Desk, article: Article) -> ArticleOut:
    handbook = desk.editorial.handbook()
    sort = CardKind.SERVICE if article.id in handbook.services else CardKind.ARTICLE
    doubted = [flag.field for flag in desk.flagging.open if flag.card == name_of(sort, article.card)]
    return ArticleOut(article.card, article.title, article.text, list(article.questions), article.topic, article.body,
                      article.valid_from, article.purpose, sort, doubted, article.own,
                      desk.handover_sender.remote.title(article.centre) if article.centre else "",
                      article.card in handbook.told or article.id in handbook.services)


@endpoint("GET", "/api/articles", Permission.READ_KNOWLEDGE)
async def articles(desk: Desk, call: Call, query: ArticleQuery) -> list[ArticleOut]:
    """All articles, or those nearest to a text, best first; services are found among them."""
    del call
    known = desk.editorial.handbook().articles
    found = desk.bot.search(query.text, SUGGESTIONS) if query.text.strip() else [known[id_] for id_ in sorted(known)]
    return [article_out(desk, article) for article in found]


@endpoint("PUT", "/api/articles/{article}", Permission.EDIT_KNOWLEDGE)
async def put_article(desk: Desk, call: Call, article: CardId, body: ArticleIn) -> ArticleOut:
    """Write an article; the robot answers from it at once."""
    said = Article(article, body.title, body.text, tuple(body.questions), body.topic, body.body, body.valid_from,
                   own=body.own)
    return article_out(desk, await desk.editorial.say(call.who, said))


@endpoint("DELETE", "/api/articles/{article}", Permission.EDIT_KNOWLEDGE)
async def delete_article(desk: Desk, call: Call, article: CardId) -> None:
    """Remove an article; its editions stay."""
    if article not in desk.editorial.handbook().articles:
        raise RefusedError("no_such_article", "Такой статьи нет.")
    await desk.editorial.withdraw(call.who, CardKind.ARTICLE, article)


ENDPOINTS = (articles, put_article, delete_article)
