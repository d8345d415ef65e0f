"""Articles: suggestions for operators, editing for designers."""

from typing import Annotated

from msgspec import Meta, Struct

from hub.access import Permission
from hub.desk.desk import Desk
from hub.desk.endpoint import Call, endpoint
from hub.desk.forms import ArticleIn, ArticleOut
from hub.editions import Sort
from hub.errors import RefusedError
from hub.knowledge import Article

SUGGESTIONS = 5
Slug = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,99}$")]


class ArticleQuery(Struct, frozen=True):
    text: Annotated[str, Meta(max_length=8000)] = ""


def article_out(article: Article) -> ArticleOut:
    return ArticleOut(article.id, article.title, article.text, list(article.questions), article.topic, article.body,
                      article.valid_from, article.purpose)


@endpoint("GET", "/api/articles", Permission.READ_KNOWLEDGE)
async def articles(desk: Desk, call: Call, query: ArticleQuery) -> list[ArticleOut]:
    """All articles, or those nearest to a text, best first; services are found among them."""
    del call
    known = desk.editing.handbook().articles
    found = desk.bot.search(query.text, SUGGESTIONS) if query.text.strip() else [known[id_] for id_ in sorted(known)]
    return [article_out(article) for article in found]


@endpoint("PUT", "/api/articles/{article}", Permission.EDIT_KNOWLEDGE)
async def put_article(desk: Desk, call: Call, article: Slug, body: ArticleIn) -> ArticleOut:
    """Write an article; the robot answers from it at once."""
    said = Article(article, body.title, body.text, tuple(body.questions), body.topic, body.body, body.valid_from)
    return article_out(await desk.editing.say(call.who, said))


@endpoint("DELETE", "/api/articles/{article}", Permission.EDIT_KNOWLEDGE)
async def delete_article(desk: Desk, call: Call, article: Slug) -> None:
    """Remove an article; its editions stay."""
    if article not in desk.editing.handbook().articles:
        raise RefusedError("no_such_article", "Такой статьи нет.")
    await desk.editing.withdraw(call.who, Sort.ARTICLE, article)


ENDPOINTS = (articles, put_article, delete_article)
