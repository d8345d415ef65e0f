"""Search: labelled questions over 20,000 articles, by the hub, by SQLite's FTS5 with and without the hub's stemmer, and by tantivy.

Each in a process of its own, in the same run, over the same articles and questions; asked for the ids of three articles, best first.
The others are set up as their documentation advises for questions in one's own words: any of the words may match, by BM25, a title
counts three times and a phrase twice; tantivy with its Russian stop words and stemmer, and once more with a slip allowed in each word.
"""

import gc
import resource
import sqlite3
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter, thread_time

import numpy as np
import tantivy

from benchmarks.report import report, rounded
from benchmarks.search_data import Asked, filled_up, questions, shipped
from bots.knowledge.faq import FaqBot
from bots.knowledge.question_model import question_model
from bots.knowledge.service_questions import ServiceQuestions
from bots.russian import Russian
from hub.knowledge.article import Article
from okno.drivers import channel_traits

Find = Callable[[str], list[str]]
GOALS = ["hit1 >= 0.85", "hit3 >= 0.95", "p95_ms <= 20"]
BEST = 3


def hub(articles: Sequence[Article]) -> Find:
    russian = Russian()
    bot = FaqBot(russian, "", channel_traits(), services=ServiceQuestions(russian, question_model()))
    bot.learn(articles)
    bot.services.facts()
    return lambda text: [found.id for found in bot.search(text, BEST).result()]


def fts5(articles: Sequence[Article]) -> Find:
    return _fts5(articles, lambda text: text)


def fts5_stemmed(articles: Sequence[Article]) -> Find:
    russian = Russian()
    return _fts5(articles, lambda text: " ".join(map(russian.stem, russian.words(text))))


def _fts5(articles: Sequence[Article], worded: Callable[[str], str]) -> Find:
    base = sqlite3.connect(":memory:")
    base.execute("CREATE VIRTUAL TABLE found USING fts5(id UNINDEXED, title, questions, text, tokenize = 'unicode61 remove_diacritics 2')")
    base.executemany("INSERT INTO found VALUES (?, ?, ?, ?)",
                     ((each.id, worded(each.title), worded("\n".join(each.questions)), worded(each.text)) for each in articles))
    base.execute("INSERT INTO found(found) VALUES ('optimize')")
    base.execute("INSERT INTO found(found, rank) VALUES ('rank', 'bm25(0.0, 3.0, 2.0, 1.0)')")
    words = Russian()

    def find(text: str) -> list[str]:
        query = " OR ".join(f'"{word}"' for word in words.words(worded(text)))
        return [id_ for (id_,) in base.execute("SELECT id FROM found WHERE found MATCH ? ORDER BY rank LIMIT ?", (query, BEST))]

    return find


def tantivy_stemmed(articles: Sequence[Article]) -> Find:
    return _tantivy(articles, {})


def tantivy_fuzzy(articles: Sequence[Article]) -> Find:
    # No prefix, one slip, two letters swapped are one slip.
    return _tantivy(articles, dict.fromkeys(("title", "questions", "text"), (False, 1, True)))


def _tantivy(articles: Sequence[Article], fuzzy: dict[str, tuple[bool, int, bool]]) -> Find:
    fields = ["title", "questions", "text"]
    schema = tantivy.SchemaBuilder().add_text_field("id", stored=True, tokenizer_name="raw")
    for field in fields:
        schema = schema.add_text_field(field, tokenizer_name="russian", index_option="freq")
    index = tantivy.Index(schema.build())
    analyser = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    for step in (tantivy.Filter.remove_long(40), tantivy.Filter.lowercase(), tantivy.Filter.stopword("russian"),
                 tantivy.Filter.stemmer("russian")):
        analyser = analyser.filter(step)
    index.register_tokenizer("russian", analyser.build())
    with index.writer(num_threads=1) as writer:
        for each in articles:
            writer.add_document(tantivy.Document(id=each.id, title=each.title, questions=list(each.questions), text=each.text))
    index.reload()
    searcher = index.searcher()

    def find(text: str) -> list[str]:
        query, _ = index.parse_query_lenient(text, fields, field_boosts={"title": 3.0, "questions": 2.0}, fuzzy_fields=fuzzy)
        return [searcher.doc(address)["id"][0] for _, address in searcher.search(query, BEST).hits]

    return find


ENGINES = (hub, fts5, fts5_stemmed, tantivy_stemmed, tantivy_fuzzy)


def measured(engine: Callable[[Sequence[Article]], Find], articles: Sequence[Article], asked: Sequence[Asked]) -> dict[str, float]:
    """Shares of questions whose article comes first, and among three; milliseconds, seconds and megabytes."""
    gc.collect()
    before, begun = _resident_mb(), perf_counter()
    find = engine(articles)
    figures = {"index_s": perf_counter() - begun}
    gc.collect()
    figures["memory_mb"] = _resident_mb() - before
    took, worked, found = list[float](), list[float](), list[list[bool]]()
    for one in asked:
        begun, begun_work = perf_counter(), thread_time()
        ids = find(one.text)
        took.append((perf_counter() - begun) * 1000)
        worked.append((thread_time() - begun_work) * 1000)
        found.append([not one.answers.isdisjoint(ids[:best]) for best in (1, BEST)])
    first, third = np.mean(found, axis=0).tolist()
    (p50, p95), p95_cpu = np.quantile(took, (0.5, 0.95)).tolist(), float(np.quantile(worked, 0.95))
    return figures | {"hit1": first, "hit3": third, "p50_ms": p50, "p95_ms": p95, "p95_cpu_ms": p95_cpu}


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text("utf-8").split()[1])
    return pages * resource.getpagesize() / 2**20


def main() -> None:
    content, asked = shipped(), questions()
    every = filled_up(content)
    figures: dict[str, float] = {"articles": len(every), "questions": len(asked)}
    for engine in ENGINES:
        few, many = (_alone(engine, articles, asked) for articles in (content, every))
        print(f"{engine.__name__}: {few}\n{many}", file=sys.stderr, flush=True)
        # How surely something is found is told over what is shipped, and again among all that are made up; what it takes, over all.
        told = {"hit1": few["hit1"], "hit3": few["hit3"], "among_all_hit1": many.pop("hit1"), "among_all_hit3": many.pop("hit3")} | many
        figures |= {("" if engine is hub else f"{engine.__name__}_") + figure: rounded(value) for figure, value in told.items()}
    report("search", figures, GOALS)


def _alone(engine: Callable[[Sequence[Article]], Find], articles: Sequence[Article], asked: Sequence[Asked]) -> dict[str, float]:
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(measured, engine, articles, asked).result()


if __name__ == "__main__":
    main()
