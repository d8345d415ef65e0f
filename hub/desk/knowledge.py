"""Articles: suggestions for operators, editing for designers."""

from typing import Annotated

from msgspec import Meta, Struct

from hub.access import Permission
from hub.audit import Deed
from hub.desk.desk import Desk
from hub.desk.endpoint import Call, endpoint
from hub.desk.forms import ArticleIn, ArticleOut
from hub.errors import RefusedError
from hub.knowledge import Article, Purpose

SUGGESTIONS = 5
Slug = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,99}$")]


class ArticleQuery(Struct, frozen=True):
    text: Annotated[str, Meta(max_length=8000)] = ""


def article_out(article: Article) -> ArticleOut:
    return ArticleOut(article.id, article.title, article.text, list(article.questions), article.topic, article.body,
                      article.valid_from, article.purpose)


@endpoint("GET", "/api/articles", Permission.READ_KNOWLEDGE)
async def articles(desk: Desk, call: Call, query: ArticleQuery) -> list[ArticleOut]:
    """All articles, or those nearest to a text, best first."""
    del call
    found = desk.bot.search(query.text, SUGGESTIONS) if query.text.strip() else await desk.store.all(Article)
    return [article_out(article) for article in found]


@endpoint("PUT", "/api/articles/{article}", Permission.EDIT_KNOWLEDGE)
async def put_article(desk: Desk, call: Call, article: Slug, body: ArticleIn) -> ArticleOut:
    """Write an article; the robot answers from it at once."""
    before = await desk.store.get(Article, article)
    after = Article(article, body.title, body.text, tuple(body.questions), body.topic, body.body, body.valid_from,
                    before.purpose if before else Purpose.ANSWER)
    await desk.store.put(after, Deed(desk.now(), call.who.login, "article", article))
    await _learn(desk)
    return article_out(after)


@endpoint("DELETE", "/api/articles/{article}", Permission.EDIT_KNOWLEDGE)
async def delete_article(desk: Desk, call: Call, article: Slug) -> None:
    """Remove an article."""
    before = await desk.store.get(Article, article)
    if before is None:
        raise RefusedError("no_such_article", "Такой статьи нет.")
    if before.purpose is not Purpose.ANSWER:
        raise RefusedError("needed", "Без этой статьи робот не поймёт просьбу о человеке или о помощи: её можно только изменить.")
    await desk.store.drop(Article, article, Deed(desk.now(), call.who.login, "article_deleted", article))
    await _learn(desk)


async def _learn(desk: Desk) -> None:
    async with desk.learning:
        desk.bot.learn(await desk.store.all(Article))


ENDPOINTS = (articles, put_article, delete_article)
