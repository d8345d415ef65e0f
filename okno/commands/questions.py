"""`okno bot questions`: what people ask of services is learnt from the catalogue, for robots to answer by its meaning."""

import argparse
import os
from pathlib import Path

from tqdm import tqdm

from bots.knowledge.question_model import MODEL, dump
from bots.knowledge.services import knowledge_of
from bots.knowledge.subjects import subjects_of
from bots.understanding.vectors import vectors
from hub.kernel.errors import OknoError
from hub.knowledge.handbook import KnowledgeSnapshot
from okno.config import load
from okno.content import content_of
from okno.extras import has, needs

SHIPPED = Path(__file__).parents[2] / "bots" / "knowledge" / MODEL


def add_command(actions: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    command = actions.add_parser(
        "questions", parents=[common], help="learn how services are asked for, from the catalogue",
        description="Read the questions of all services and articles of the configuration, a minute for eight thousand, and keep what they "
                    "mean. A hub reads questions that were added since by itself.")
    command.add_argument("--out", type=Path, default=SHIPPED, metavar="FILE", help="keep it there instead of where hubs look")


def perform(options: argparse.Namespace) -> int:
    """Raises ConfigError, OknoError."""
    if not has("training"):
        message = f"to learn questions Okno {needs('training')}"
        raise OknoError(message)
    from bots.knowledge.question_training import learn  # noqa: PLC0415 - SciPy takes time and memory

    engine = vectors()
    if engine is None:
        raise OknoError("vectors are not available on this machine: hubs answer by words alone")
    known = knowledge_of(KnowledgeSnapshot(content_of(load(options.config, os.environ))))
    subjects, titles = subjects_of(known), [each.title for each in known]  # a centre without the services has their articles alone
    try:
        with tqdm(total=len({text for each in subjects for text in each.texts()}), unit="question", desc="questions", disable=None) as bar:
            learned = learn(subjects, engine, bar.update, titles)
    except ValueError as error:
        raise OknoError(str(error)) from error
    options.out.parent.mkdir(parents=True, exist_ok=True)
    draft = options.out.with_suffix(".part")
    draft.write_bytes(dump(learned))
    draft.replace(options.out)
    print(f"{options.out}: {len(learned.known)} texts, facets {', '.join(learned.facets)}")
    return 0
