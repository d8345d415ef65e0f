"""`okno retention`: lists or performs the daily deletion."""

from collections.abc import Sequence
from contextlib import nullcontext
from zoneinfo import ZoneInfo

from tqdm import tqdm

from hub.cases.retention import CasesOver
from hub.conversations.sequencer import ConversationSequencer
from hub.kernel.ids import RecordIds
from hub.kernel.retention_kind import Expired, RetentionPolicy
from hub.privacy.eraser import Eraser
from hub.privacy.retention import end_all
from hub.privacy.retention_kinds import retention_policies
from okno.config import Config
from okno.drivers import channel_traits
from okno.lines import Centres
from okno.serving.instance import alone
from okno.stores import beside, data_folder, now, open_words_and_store


async def retain(config: Config, *, dry_run: bool) -> None:
    """Print expired data by kind, and delete it unless it is a dry run; raises OknoError, for example while the hub runs."""
    with nullcontext() if dry_run else alone(data_folder(config)), beside(config) as (_, files, _, register):
        store = open_words_and_store(config)
        try:
            newest, _ = await store.newest()
            sequencer = ConversationSequencer(store, RecordIds(newest=newest), now, {},
                                              channel_traits({each.driver: each.settings for each in config.channels}))
            eraser = Eraser(sequencer, store, files, register)
            if not dry_run:
                await eraser.start()
            cases = config.retention.cases(ZoneInfo(config.centre.timezone))
            for kind in retention_policies(config.retention.terms(), sequencer, store, files, eraser, Centres(config).federal_policy,
                                           cases):
                await _end(kind, dry_run=dry_run)
        finally:
            await store.close()


async def _end(kind: RetentionPolicy, *, dry_run: bool) -> None:
    found = list[Expired]()
    with tqdm(unit="", desc=kind.name, disable=None) as bar:
        def told(over: Sequence[Expired]) -> None:
            found.extend(over)
            bar.update(len(over))
            for each in over:
                if each.conversation or kind.name == CasesOver.name:
                    tqdm.write(f"{each.at:%Y-%m-%d}  {each.size / 1e6:7.1f} MB  {each.name}")
        if dry_run:
            async for over in kind.over():
                told((over,))
        else:
            await end_all(kind, told)
    oldest = f", the oldest of {min(each.at for each in found):%Y-%m-%d}" if found else ""
    size = sum(each.size for each in found) / 1e6
    print(f"{len(found)} {kind.name}{oldest}, {size:.1f} MB: {'would be deleted' if dry_run else 'deleted'}")
