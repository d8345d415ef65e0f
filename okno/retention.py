"""`okno retention`: what the hub deletes every day, listed or done by hand."""

from contextlib import nullcontext

from tqdm import tqdm

from hub.lanes import Lanes
from hub.numbers import Ids
from hub.retention import Retention
from okno.app import data_folder, now, open_files, open_words_and_store
from okno.config import Config
from okno.instance import alone


async def retain(config: Config, *, dry_run: bool) -> None:
    """Print each recording whose term is over, and delete it unless it is a dry run; raises OknoError, as when the hub runs."""
    with nullcontext() if dry_run else alone(data_folder(config)):
        files, store = open_files(config), open_words_and_store(config)
        try:
            newest, _ = await store.newest()
            retention = Retention(Lanes(store, Ids(newest=newest), now, {}), store, files, config.retention.recordings())
            over = await retention.due()
            for due in over if dry_run else tqdm(over, unit="recording", disable=None):
                if not dry_run:
                    await retention.delete(due)
                tqdm.write(f"{due.number}  {due.upload.attachment.size / 1e6:7.1f} MB  {due.upload.attachment.name}")
        finally:
            await store.close()
    size = sum(due.upload.attachment.size for due in over) / 1e6
    print(f"{len(over)} recordings, {size:.1f} MB: {'would be deleted' if dry_run else 'deleted'}")
