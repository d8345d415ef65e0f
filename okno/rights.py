"""Wires what a citizen may demand of his own data, and the consents that Okno brings along."""

import tomllib
from functools import partial
from importlib.resources import files as package_files
from zoneinfo import ZoneInfo

from hub.actions import Actions
from hub.answering import Answering
from hub.consenting import Consenting, Shipped
from hub.consents import Phrasing
from hub.copying import Gathering, Titles
from hub.correcting import Correcting
from hub.deleting import Deleting
from hub.delivery import Deliveries
from hub.demands import Demands
from hub.desk.desk import Rights
from hub.erasing import Erasing
from hub.joining import Joining
from hub.lanes import Lanes
from hub.opt_outs import OptOuts
from hub.own_data import OwnData
from hub.ports import Files, Store
from hub.privacy import TABLE, WORK
from hub.production_calendar import is_worked
from hub.quarantine import Quarantine
from hub.rights import due
from hub.standings import Standings
from hub.survey_wiping import detach_withdrawn
from hub.visits import Visits
from okno.config import Config
from okno.lines import Centres


def shipped() -> Shipped:
    """The consents that come with the package, by purpose."""
    told = tomllib.loads((package_files("hub") / "data" / "consents.toml").read_text(encoding="utf8"))
    return {purpose: (Phrasing(**texts["ru"]), Phrasing(**texts["en"])) for purpose, texts in told.items()}


def rights_of(config: Config, centres: Centres, lanes: Lanes, store: Store, files: Files, actions: Actions, joining: Joining,
              opt_outs: OptOuts, erasing: Erasing, deliveries: Deliveries,
              quarantine: Quarantine, visits: Visits, standings: Standings) -> Rights:
    """Nothing of it has been started."""
    zone = ZoneInfo(config.centre.timezone)
    topics = {topic.id: topic.title for topic in config.topics}
    named = Titles(config.centre.name, zone, centres.places.title, lambda topic: topics.get(topic, ""), centres.called, config.rights.names,
                   visits.words)
    consenting = Consenting(lanes, store, shipped(), partial(detach_withdrawn, store))
    demands = Demands(lanes, store, lambda taken, days: due(taken, days, zone, is_worked),
                      lambda moment: f"{moment.astimezone(zone):%d.%m.%Y}")
    gathering = Gathering(store, files, actions.admission, consenting, opt_outs, named, quarantine.quarantined,
                          [(each.what, each.purpose, each.ground, each.term) for each in TABLE if each.ground != WORK],
                          standings.vouching.subjects)
    answering = Answering(actions, store, files, joining, demands, gathering, lanes.now)
    return Rights(consenting, demands, OwnData(lanes, demands, consenting, centres.separation, standings), answering,
                  Correcting(lanes, store, answering, demands, consenting),
                  Deleting(lanes, answering, demands, gathering, erasing, config.retention.cases(zone), deliveries.quiet))
