"""The dialogue workshop: inspects drafts, makes versions in subprocesses, and runs rehearsals."""

import asyncio
import logging
import sys
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import msgspec

from bots.dialogue.actions import Actions
from bots.dialogue.dialogue import Dialogue
from bots.dialogue.listener import Listener
from bots.project.archive import ProjectArchiveError, pack, unpack
from bots.project.dry_run import rehearse
from bots.russian import Russian
from bots.understanding.model_codec import ModelFormatError
from bots.understanding.model_codec import load as unpack_model
from hub.kernel.errors import RefusedError, UnavailableError
from hub.robot.dialogue_version import Packed
from hub.robot.ports import HandOff
from hub.robot.training_results import Comparison, Progress, ProjectReport, Rehearsed, TrainedModel, Unfit, Uttered
from hub.robot.version_registry import VersionError
from okno.commands import training_worker
from okno.commands.training_worker import MODEL, OUTCOME, NotFit, Outcome
from okno.robot import made_ready, version_id

log = logging.getLogger(__name__)

T = TypeVar("T")
LOOK_S, MAKE_S, TRY_S = 60.0, 1800.0, 25.0
"""Timeouts of inspection, training, and rehearsal; no project of people takes longer."""
_SEEN, _TAUGHT, _READY = 8, 2, 2
"""Inspections, trained drafts and rehearsed dialogues in memory."""


class Workshop:
    """Implements hub.robot.ports.DialogueWorkshop."""

    def __init__(self, russian: Russian, actions: Actions, steers: Callable[[str], HandOff | None],
                 listener: Listener | None = None) -> None:
        """`actions` and `listener` are those of rehearsed dialogues: none may change anything. `steers` hands over before a dialogue."""
        self._russian, self._actions, self._steers, self._listener = russian, actions, steers, listener
        self._seen: OrderedDict[str, ProjectReport] = OrderedDict()
        self._taught: OrderedDict[str, Packed] = OrderedDict()
        self._ready: OrderedDict[str, Dialogue] = OrderedDict()
        self._looking, self._trying = asyncio.Lock(), asyncio.Lock()

    def unpack(self, project: bytes) -> Mapping[str, str]:
        try:
            return unpack(project)
        except ProjectArchiveError as error:
            raise RefusedError("bad_project", f"{str(error)[:1].upper()}{str(error)[1:]}.") from error

    def pack(self, files: Mapping[str, str]) -> bytes:
        return pack(files)

    async def reads(self, packed: Packed) -> bool:
        try:
            await asyncio.to_thread(unpack_model, packed.model, self._russian)
        except ModelFormatError:
            return False
        return True

    async def look(self, project: bytes, before: bytes | None) -> ProjectReport:
        key = _key(project, before or b"")
        async with self._looking:  # concurrent requests for the same draft find it
            if (looked := self._seen.get(key)) is None:
                async with _bench({"draft.zip": project} | ({"before.zip": before} if before is not None else {})) as bench:
                    words = ["look", "draft.zip", "--out", ".", *(["--before", "before.zip"] if before is not None else [])]
                    await _run(bench, words, LOOK_S, lambda _: None)
                    looked = msgspec.json.decode(await asyncio.to_thread((bench / OUTCOME).read_bytes), type=ProjectReport)
                _keep(self._seen, key, looked, _SEEN)
        return looked

    async def make(self, project: bytes, known: Packed | None, tell: Callable[[Progress], None]) -> TrainedModel | Unfit:
        outcome, model = await self._make(project, known, tell, ())
        if isinstance(outcome, NotFit):
            return outcome.why
        return TrainedModel(version_id(Packed(project, model)), model, outcome.intents, outcome.stories, outcome.changes,
                            outcome.compared)

    async def teach(self, project: bytes, known: Packed | None, tell: Callable[[Progress], None]) -> Unfit | None:
        outcome, _ = await self._make(project, known, tell, ("--untested",))
        return outcome.why if isinstance(outcome, NotFit) else None

    async def compare(self, before: Packed, after: Packed, tell: Callable[[Progress], None]) -> Comparison:
        files = {"before.zip": before.project, "before.model": before.model, "after.zip": after.project, "after.model": after.model}
        words = ["compare", "--before", "before.zip", "before.model", "--after", "after.zip", "after.model", "--out", "."]
        async with _bench(files) as bench:
            await _run(bench, words, MAKE_S, lambda line: tell(msgspec.json.decode(line, type=Progress)))
            return msgspec.json.decode(await asyncio.to_thread((bench / OUTCOME).read_bytes), type=Comparison)

    def taught(self, project: bytes) -> Packed | None:
        return self._taught.get(_key(project))

    async def rehearse(self, packed: Packed, words: str, state: str, now: datetime) -> Rehearsed:
        if (steered := self._steers(words)) is not None:
            return Rehearsed((Uttered(steered.text),), hands_over=steered.why, state=state)
        key = _key(packed.project, packed.model)
        async with self._trying:
            if (dialogue := self._ready.get(key)) is None:
                try:
                    dialogue = await asyncio.to_thread(made_ready, packed, self._russian, self._actions, self._listener)
                except VersionError as error:
                    raise RefusedError("outdated", f"Это Окно не может прочесть такую версию: {error}.") from error
                _keep(self._ready, key, dialogue, _READY)
        try:
            async with asyncio.timeout(TRY_S):
                return await rehearse(dialogue, key, words, state, now.timestamp(), asyncio.to_thread)
        except RefusedError:
            raise
        except Exception as error:  # whatever error a project causes; the citizen would get an operator
            log.exception("rehearsal of a draft failed")
            return Rehearsed((), hands_over="robot_failed", failures=(f"{type(error).__name__}: {error}",), state=state)

    async def _make(self, project: bytes, known: Packed | None, tell: Callable[[Progress], None], more: Sequence[str],
                    ) -> tuple[Outcome, bytes]:
        learnt = [each for each in (self.taught(project), known, *reversed(self._taught.values())) if each is not None]
        files = {"draft.zip": project} | ({"before.zip": known.project} if known else {})
        words = ["make", "draft.zip", "--out", ".", *more, *(["--before", "before.zip"] if known else [])]
        for number, each in enumerate(learnt):
            files |= {f"{number}.zip": each.project, f"{number}.model": each.model}
            words += ["--known", f"{number}.zip", f"{number}.model"]
        async with _bench(files) as bench:
            await _run(bench, words, MAKE_S, lambda line: tell(msgspec.json.decode(line, type=Progress)))
            outcome = msgspec.json.decode(await asyncio.to_thread((bench / OUTCOME).read_bytes), type=Outcome)
            if (bench / MODEL).exists():
                model = await asyncio.to_thread((bench / MODEL).read_bytes)
                # Also after a failed story: a rehearsal shows why.
                _keep(self._taught, _key(project), Packed(project, model), _TAUGHT)
                return outcome, model
        return outcome, b""


def _key(*contents: bytes) -> str:
    return "-".join(sha256(content).hexdigest() for content in contents)


def _keep(kept: "OrderedDict[str, T]", key: str, what: T, most: int) -> None:
    kept[key] = what
    kept.move_to_end(key)
    while len(kept) > most:
        kept.popitem(last=False)


@asynccontextmanager
async def _bench(files: Mapping[str, bytes]) -> AsyncIterator[Path]:
    """A temporary folder with these files."""
    folder = await asyncio.to_thread(TemporaryDirectory, prefix="okno-")
    try:
        bench = Path(folder.name)
        for name, content in files.items():
            await asyncio.to_thread((bench / name).write_bytes, content)
        yield bench
    finally:
        folder.cleanup()


async def _run(bench: Path, words: Sequence[str], longest_s: float, said: Callable[[bytes], None]) -> None:
    """Run `okno bot …` in a folder by okno.commands.training_worker; cancellation ends it. Raises UnavailableError."""
    # -P: the folder has data, and nothing in it is imported. The environment is the hub's, with one thread for NumPy (okno/__main__.py).
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", training_worker.__name__, *words, cwd=bench, stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
    assert process.stdout is not None  # noqa: S101 - a pipe was requested
    assert process.stderr is not None  # noqa: S101
    complaints = asyncio.create_task(process.stderr.read())
    try:
        async with asyncio.timeout(longest_s):
            async for line in process.stdout:
                said(line)
            code = await process.wait()
    except TimeoutError:
        raise UnavailableError("Проект слишком сложен: на него не хватило времени.") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        told = (await complaints).decode(errors="replace")
    if code:
        log.error("training worker failed", extra={"code": code, "why": told[-2000:]})
        raise UnavailableError("Мастерская не справилась с проектом; подробности в журнале сервера.")
