"""Understanding: banking77, full and with ten examples an intent, and the questions to the built-in articles in Russian.

banking77 (Casanueva et al., 2020; CC BY 4.0) is not part of this repository: `--banking77 FOLDER` names the folder with its
train.csv and test.csv, without it those goals are not measured. Every training runs in a process of its own, and so does serving,
which begins with nothing but the packed model. CPU seconds count; wall times are the machine's.
"""

import argparse
import csv
import os
import resource
import sys
import tomllib
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib.resources import files
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter, process_time, thread_time
from typing import TypeVar

import numpy as np
from msgspec import Struct

from benchmarks.report import report, rounded
from bots.examples import Example, Examples
from bots.knowledge_file import read_articles
from bots.parsed import FALLBACK, Parsed
from bots.russian import Russian
from bots.understanding.model import Model
from bots.understanding.packing import dump, load
from bots.understanding.training import train

Said = list[tuple[str, str]]
"""Text and intent."""
T = TypeVar("T")

DIET_TEN_CPU_S = 357
"""Rasa 3.6.21, DIET at 50 epochs, on the same ten examples an intent: .609 in 357 CPU seconds, on a machine of the same kind."""
STRANGE = 20
"""Intents of banking77 that are not taught when it is measured whether strangers are told."""
ASKED = 300
"""Utterances that are timed."""
GOALS = ["full_accuracy >= 0.93", "ten_accuracy >= 0.82", "ten_cpu_to_diet <= 0.05", "p50_ms <= 10"]


class Outcome(Struct):
    figures: dict[str, float]
    packed: bytes = b""


def first(parsed: Parsed) -> str:
    """The likeliest intent, whether it was believed or not."""
    return parsed.ranking[1].name if parsed.intent == FALLBACK and len(parsed.ranking) > 1 else parsed.intent


def macro_f1(wanted: Sequence[str], had: Sequence[str]) -> float:
    scores = []
    for intent in sorted(set(wanted)):
        right = sum(one == other == intent for one, other in zip(wanted, had, strict=True))
        scores.append(2 * right / (wanted.count(intent) + list(had).count(intent)))
    return float(np.mean(scores))


def taught(said: Said) -> tuple[Model, dict[str, float]]:
    begun = process_time()
    model = train(Examples(tuple(Example(text, intent) for text, intent in said)), Russian())
    return model, {"train_cpu_s": process_time() - begun, "train_peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def judged(model: Model, asked: Said) -> dict[str, float]:
    """Intents that the model does not know are strangers to it."""
    known = {intent for _, intent in asked} & {intent.split("/")[0] for intent in model.learned.intents}
    parsed = [(model.parse(text), intent) for text, intent in asked]
    ours = [(one, intent) for one, intent in parsed if intent in known]
    wanted, had = [intent for _, intent in ours], [first(one) for one, _ in ours]
    figures = {
        "accuracy": float(np.mean([one == other for one, other in zip(wanted, had, strict=True)])),
        "macro_f1": macro_f1(wanted, had),
        "believed": float(np.mean([one.intent != FALLBACK for one, _ in ours])),
        "right_of_believed": float(np.mean([one.intent == intent for one, intent in ours if one.intent != FALLBACK])),
    }
    strangers = [one for one, intent in parsed if intent not in known]
    return figures | ({"recall_of_strange": float(np.mean([one.intent == FALLBACK for one in strangers]))} if strangers else {})


def study(said: Said, asked: Said, strange: Collection[str] = ()) -> Outcome:
    """Train, and ask what was held out; then train again without the intents `strange`, and ask the same."""
    model, figures = taught(said)
    figures |= judged(model, asked)
    if strange:
        other, _ = taught([one for one in said if one[1] not in strange])
        figures |= {f"strange_{figure}": value for figure, value in judged(other, asked).items()}
    return Outcome(figures, dump(model))


def serve(packed: bytes, texts: Sequence[str]) -> Outcome:
    """What parsing takes when each utterance is new, in milliseconds, and the memory of a process that does nothing else."""
    before = _resident_mb()
    model = load(packed, Russian())
    model.parse(texts[0])
    took, worked = list[float](), list[float]()
    for text in texts[1:]:
        begun, begun_work = perf_counter(), thread_time()
        model.parse(text)
        took.append((perf_counter() - begun) * 1000)
        worked.append((thread_time() - begun_work) * 1000)
    return Outcome({
        "p50_ms": float(np.quantile(took, 0.5)), "p99_ms": float(np.quantile(took, 0.99)), "p50_cpu_ms": float(np.quantile(worked, 0.5)),
        "memory_mb": _resident_mb() - before, "model_mb": len(packed) / 1e6,
    })  # fmt: skip


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text("utf-8").split()[1])
    return pages * resource.getpagesize() / 2**20


def alone(work: Callable[..., T], *arguments: object) -> T:
    """The outcome of some work in a process of its own."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


def read(path: Path) -> Said:
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["text"], row["category"]) for row in csv.DictReader(file)]


def ten(said: Said) -> Said:
    """Ten examples an intent, always the same."""
    by = defaultdict[str, list[str]](list)
    for text, intent in said:
        by[intent].append(text)
    chance = np.random.default_rng(0)
    return [(by[intent][i], intent) for intent in sorted(by) for i in chance.permutation(len(by[intent]))[:10]]


def articles() -> tuple[Said, Said]:
    """What is taught, and what citizens ask; "" is for what no article answers."""
    known = read_articles(files("okno.demo").joinpath("articles.toml").read_text("utf-8"))
    questions = tomllib.loads(Path("tests/bots/questions.toml").read_text("utf-8"))["held_out"]
    return (
        [(text, article.id) for article in known for text in (article.title, *article.questions)],
        [(text, intent) for intent, texts in questions.items() for text in texts],
    )


def named(name: str, outcome: Outcome) -> dict[str, float]:
    print(f"{name}: {outcome.figures}", file=sys.stderr, flush=True)
    return {f"{name}_{figure}": rounded(value) for figure, value in outcome.figures.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--banking77", type=Path, default=os.environ.get("BANKING77"), help="folder of train.csv and test.csv")
    folder = parser.parse_args().banking77
    figures = dict[str, float]()
    said, asked = articles()
    russian = alone(study, said, asked)
    figures |= named("articles", russian)
    figures |= {name: rounded(value) for name, value in alone(serve, russian.packed, [text for text, _ in asked][:ASKED]).figures.items()}
    if folder is None:
        print("nlu: no --banking77, so its goals are not measured", file=sys.stderr)
    else:
        said, asked = read(Path(folder, "train.csv")), read(Path(folder, "test.csv"))
        few = ten(said)
        strange = sorted({intent for _, intent in said})[:: 77 // STRANGE][:STRANGE]
        outcome = alone(study, few, asked, strange)
        figures |= named("ten", outcome) | {"ten_cpu_to_diet": rounded(outcome.figures["train_cpu_s"] / DIET_TEN_CPU_S)}
        figures |= named("full", alone(study, said, asked))
    report("nlu", figures, GOALS)


if __name__ == "__main__":
    main()
