"""Understanding: the centre's own project in Russian with what it was not taught, and two public sets in English.

banking77 (Casanueva et al., 2020; CC BY 4.0) is not part of this repository: `--banking77 FOLDER` names the folder with its
train.csv and test.csv. CLINC150 (Larson et al., 2019; CC BY 3.0) neither: `--clinc150 FILE` names its data_full.json, 15,000 examples
of 150 intents, and a thousand utterances of none. The goals of a set that is not named are not measured. Every training runs in a
process of its own, and so does serving, which begins with nothing but the packed model. CPU seconds count; wall times are the machine's.
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

import msgspec
import numpy as np
from msgspec import Struct, to_builtins

from benchmarks.report import report, rounded
from bots.dialogue.parsed import FALLBACK
from bots.project.evaluation import judge
from bots.project.examples import Example, Examples
from bots.project.project import read_examples, read_project
from bots.russian import Russian
from bots.understanding.model import Model
from bots.understanding.model_codec import dump, load
from bots.understanding.training import train

T = TypeVar("T")

DIET_TEN_CPU_S = 357
"""Rasa 3.6.21, DIET at 50 epochs, on the same ten examples an intent: .609 in 357 CPU seconds, on a machine of the same kind."""
STRANGE = 20
"""Intents of banking77 that are not taught when it is measured whether strangers are told."""
ASKED = 300
"""Utterances that are timed."""
GOALS = ["full_accuracy >= 0.93", "ten_accuracy >= 0.82", "ten_cpu_to_diet <= 0.05", "p50_ms <= 10",
         "clinc_train_cpu_s <= 90", "clinc_train_peak_mb <= 800", "clinc_kept >= 0.95", "clinc_recall_of_strange >= 0.70"]


class Outcome(Struct):
    figures: dict[str, float]
    packed: bytes = b""


def taught(examples: Examples) -> tuple[Model, dict[str, float]]:
    begun = process_time()
    model = train(examples, Russian())
    return model, {"train_cpu_s": process_time() - begun, "train_peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def judged(model: Model, asked: Sequence[Example]) -> dict[str, float]:
    """Intents that the model does not know are strangers to it. `kept` is the share of what it rightly understood that it also believed."""
    ours = [one for one in asked if one.intent in model.learned.intents]
    parsed = [(one.intent, model.parse(one.text)) for one in ours]
    believed = [(wanted, heard.intent) for wanted, heard in parsed if heard.intent != FALLBACK]
    best = [next(one.name for one in heard.ranking if one.name != FALLBACK) for _, heard in parsed]
    right = [heard.intent != FALLBACK for (wanted, heard), name in zip(parsed, best, strict=True) if name == wanted]
    figures: dict[str, float] = to_builtins(judge(ours, model)) | {
        "believed": len(believed) / len(parsed), "right_of_believed": float(np.mean([wanted == had for wanted, had in believed])),
        "kept": float(np.mean(right)),
    }
    if not any(one.entities for one in asked):
        del figures["entity_f1"]
    strangers = [model.parse(one.text) for one in asked if one.intent not in model.learned.intents]
    return figures | ({"recall_of_strange": float(np.mean([one.intent == FALLBACK for one in strangers]))} if strangers else {})


def study(examples: Examples, asked: Sequence[Example], strange: Collection[str] = ()) -> Outcome:
    """Train, and ask what was held out; then train again without the intents `strange`, and ask the same."""
    model, figures = taught(examples)
    figures |= judged(model, asked)
    if strange:
        other, _ = taught(Examples(tuple(one for one in examples.said if one.intent not in strange)))
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


def read(path: Path) -> Examples:
    with path.open(encoding="utf-8", newline="") as file:
        return Examples(tuple(Example(row["text"], row["category"]) for row in csv.DictReader(file)))


class Clinc(Struct):
    """data_full.json of CLINC150: pairs of an utterance and its intent."""

    train: list[tuple[str, str]]
    test: list[tuple[str, str]]
    oos_test: list[tuple[str, str]]


def clinc(path: Path) -> tuple[Examples, list[Example]]:
    data = msgspec.json.decode(path.read_bytes(), type=Clinc)
    return Examples(tuple(Example(*one) for one in data.train)), [Example(*one) for one in (*data.test, *data.oos_test)]


def ten(examples: Examples) -> Examples:
    """Ten examples an intent, always the same."""
    by = defaultdict[str, list[Example]](list)
    for one in examples.said:
        by[one.intent].append(one)
    chance = np.random.default_rng(0)
    return Examples(tuple(by[intent][i] for intent in sorted(by) for i in chance.permutation(len(by[intent]))[:10]))


def centre() -> tuple[Examples, list[Example]]:
    """What the centre's own project teaches, and what was kept aside; "" is the intent of what nobody can answer."""
    project = Path(str(files("bots"))) / "projects" / "centre"
    strange = tomllib.loads(Path("tests/bots/questions.toml").read_text("utf-8"))["held_out"][""]
    return read_project(project).examples, [*read_examples(project / "held_out.yml").said, *(Example(text, "") for text in strange)]


def named(name: str, outcome: Outcome) -> dict[str, float]:
    print(f"{name}: {outcome.figures}", file=sys.stderr, flush=True)
    return {f"{name}_{figure}": rounded(value) for figure, value in outcome.figures.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--banking77", type=Path, default=os.environ.get("BANKING77"), help="folder of train.csv and test.csv")
    parser.add_argument("--clinc150", type=Path, help="data_full.json of CLINC150")
    options = parser.parse_args()
    folder = options.banking77
    figures = dict[str, float]()
    examples, asked = centre()
    russian = alone(study, examples, asked)
    figures |= named("centre", russian)
    figures |= {name: rounded(value) for name, value in alone(serve, russian.packed, [one.text for one in asked][:ASKED]).figures.items()}
    if folder is None:
        print("nlu: no --banking77, so its goals are not measured", file=sys.stderr)
    else:
        examples, asked = read(Path(folder, "train.csv")), list(read(Path(folder, "test.csv")).said)
        strange = sorted({one.intent for one in examples.said})[:: 77 // STRANGE][:STRANGE]
        outcome = alone(study, ten(examples), asked, strange)
        figures |= named("ten", outcome) | {"ten_cpu_to_diet": rounded(outcome.figures["train_cpu_s"] / DIET_TEN_CPU_S)}
        figures |= named("full", alone(study, examples, asked))
    if options.clinc150 is None:
        print("nlu: no --clinc150, so its goals are not measured", file=sys.stderr)
    else:
        figures |= named("clinc", alone(study, *clinc(options.clinc150)))
    report("nlu", figures, GOALS)


if __name__ == "__main__":
    main()
