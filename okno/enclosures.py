"""Files of conversations that are at other centres: both ends of the line, and who hears of what (0091)."""

from functools import partial
from typing import NamedTuple

from channels.uploads import kept
from hub import enclosures
from hub.desk.live import Live
from hub.fetching import Fetching
from hub.handing import Handing
from hub.lanes import Lanes
from hub.ports import Files, Link, Store
from hub.quarantine import Quarantine
from hub.serving import Serving
from hub.uploads import Quarantined
from okno.config import Config
from okno.lines import Centres


class Enclosures(NamedTuple):
    fetching: Fetching
    serving: Serving


def enclosures_of(config: Config, lanes: Lanes, store: Store, files: Files, quarantine: Quarantine, link: Link | None,
                  centres: Centres) -> Enclosures:
    code = config.centre.code
    fetching = Fetching(lanes, store, files, quarantine, code, link, keep=partial(kept, files), limit=config.link.file_limit)
    return Enclosures(fetching, Serving(lanes, store, files, quarantine, code, link, level=centres.level, title=centres.called))


def introduce_enclosures(its: Enclosures, lanes: Lanes, quarantine: Quarantine, handing: Handing, live: Live) -> None:
    def checked(held: Quarantined) -> None:
        live.checked(held)
        its.fetching.checked(held)
        its.serving.checked(held)
    quarantine.on_change = checked
    lanes.listeners.append(its.fetching.committed)
    for kind, told in enclosures.KINDS.items():
        handing.others[kind] = its.fetching.hear if told in enclosures.ANSWERS else its.serving.hear
