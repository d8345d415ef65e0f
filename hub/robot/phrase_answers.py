"""Groups of phrases that an article answers: its questions learn them, and forget them when that is undone (KB-02)."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from hub.access.operator import Operator
from hub.kernel.errors import RefusedError
from hub.knowledge.article import Article
from hub.knowledge.editorial import Editorial
from hub.robot.phrase import Assigned
from hub.robot.phrase_labels import PhraseLabelling
from hub.robot.ports import PhraseTeaching

MOST_QUESTIONS = 100
"""Of an article."""


class PhraseAnswers:
    def __init__(self, editorial: Editorial, phrase_labelling: PhraseLabelling, teaching: PhraseTeaching) -> None:
        self._editorial, self._phrase_labelling, self._teaching = editorial, phrase_labelling, teaching

    async def answered(self, who: Operator, phrases: Mapping[str, str], article: str, *, teach: bool) -> list[Assigned]:
        """Phrases, texts by key, are answered by an article or a service; with `teach` the questions of an own article learn them.

        The `example` of what is returned is the question that was learnt. Raises RefusedError: "no_such_article", "already_assigned".
        """
        handbook = self._editorial.handbook()
        if article not in handbook.articles and article not in handbook.services:
            raise RefusedError("no_such_article", "Такой статьи нет.")
        own = handbook.articles.get(article)
        if not teach or own is None or own.centre or article in handbook.services:
            return await self._phrase_labelling.answer_all(who.login, dict.fromkeys(phrases, ""), article)
        questions = {phrase: example for phrase, text in phrases.items() if (example := self._example(text))}
        assigned = await self._phrase_labelling.answer_all(who.login, {phrase: questions.get(phrase, "") for phrase in phrases}, article)
        await self._write(who, own, [*own.questions, *(each.example for each in assigned if each.example)])
        return assigned

    async def undone(self, who: Operator, phrases: Iterable[str]) -> None:
        """Phrases are listed again; articles and the draft forget them. Raises RefusedError("not_assigned")."""
        returned = await self._phrase_labelling.undo_all(who.login, phrases)
        taught: dict[str, set[str]] = {}
        for each in returned:
            if each.article and each.example:
                taught.setdefault(each.article, set()).add(each.example)
        for id_, questions in taught.items():
            if (article := self._editorial.handbook().articles.get(id_)) is not None:
                await self._write(who, article, [each for each in article.questions if each not in questions])

    async def _write(self, who: Operator, article: Article, questions: Sequence[str]) -> None:
        """The first ones, the most central of a group: an article has no more."""
        kept = tuple(dict.fromkeys(questions))[:MOST_QUESTIONS]
        if kept != article.questions:
            await self._editorial.say(who, replace(article, questions=kept))

    def _example(self, text: str) -> str:
        try:
            return self._teaching.example(text)
        except RefusedError:
            return ""
