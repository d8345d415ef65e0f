"""Sites of the federal centre share their load in the ladder itself, and each centre has its own thresholds (RT-12, RT-03, LV-01, D9)."""

import random
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from hub.conversations.transfer_route import ToLine, TransferHop, TransferReason
from hub.organisation.overload_thresholds import OverloadThresholds
from okno.config import load
from okno.faults.config_error import ConfigError
from okno.lines import Centres
from routing.ladder import Ladder
from tests.routing.test_ladder import CITY, FEDERAL, GENERAL, LARGE, NOW, REGISTRY, TERRITORIAL, goes, waits

SITES = {"moscow": "msk", "moscow-2": "msk", "kazan": "kzn"}
LINES = dict.fromkeys(SITES, FEDERAL) | {"city": CITY}
NOW_S = NOW.timestamp()


def country(sites: dict[str, str] | None = None) -> Ladder:
    """Ten operators at each site; twenty wait in Moscow."""
    made = Ladder(LINES, REGISTRY, sites=SITES if sites is None else sites)
    for queue in LINES:
        made.staffed(queue, 10, 0, NOW_S)
    made.staffed("kazan", 0, 10, NOW_S)
    for number in range(20):
        made.joined(100 + number, "moscow", NOW_S)
    return made


def test_a_general_question_waits_at_the_site_that_answers_sooner() -> None:
    # RT-12, RT-03, FD-05
    made = country()
    assert goes(made.elsewhere(waits("moscow"), GENERAL, NOW, {})) == ("kazan", "000", "site_balancing")
    assert goes(made.elsewhere(waits("moscow", LARGE), GENERAL, NOW, {})) == ("kazan", "000", "site_balancing")
    assert made.elsewhere(waits("kazan"), GENERAL, NOW, {}) is None
    been = (TransferHop("000", "000", TransferReason.SITE_BALANCING, NOW),)
    assert not isinstance(made.elsewhere(waits("moscow", passed=been), GENERAL, NOW, {}), ToLine)  # once
    assert goes(made.elsewhere(waits("moscow", LARGE), TERRITORIAL, NOW, {}))[:2] == ("city", "077")  # the matrix goes first
    assert not isinstance(country({}).elsewhere(waits("moscow"), GENERAL, NOW, {}), ToLine)


def test_what_waits_at_a_lost_site_goes_on_at_the_other() -> None:
    # LV-01: nobody is signed in at one, and later at the other
    made = country()
    made.staffed("moscow", 0, 0, NOW_S)
    assert goes(made.elsewhere(waits("moscow"), GENERAL, NOW, {}))[0] == "kazan"
    made.staffed("moscow", 10, 0, NOW_S)
    made.staffed("kazan", 0, 0, NOW_S)
    assert not isinstance(made.elsewhere(waits("moscow"), GENERAL, NOW, {}), ToLine)


def test_balanced_sites_have_a_shorter_longest_wait() -> None:
    # RT-03: seeded; three of four arrive in Moscow, operators are ten and ten
    def longest(sites: dict[str, str]) -> float:
        chance, made, worst, at_s = random.Random(7), Ladder(LINES, REGISTRY, sites=sites), 0.0, NOW_S
        ends: dict[str, list[float]] = {"moscow": [], "kazan": []}
        for number in range(400):
            at_s += chance.expovariate(1 / 20)
            for queue, busy in ends.items():
                busy[:] = [each for each in busy if each > at_s]
                made.staffed(queue, min(10, len(busy)), max(0, 10 - len(busy)), at_s)
            home = "moscow" if chance.random() < 0.75 else "kazan"
            now = NOW + timedelta(seconds=at_s - NOW_S)
            head = waits(home)
            step = made.elsewhere(replace(head, id=number), GENERAL, now, {})
            queue = step.queue if isinstance(step, ToLine) else home
            busy = sorted(ends[queue])
            starts = max(at_s, busy[-10]) if len(busy) >= 10 else at_s
            made.joined(number, queue, at_s)
            if starts == at_s:
                made.served(number, at_s)
            worst = max(worst, starts - at_s)
            ends[queue].append(starts + chance.expovariate(1 / 250))
        return worst
    assert longest(SITES) < 0.7 * longest({})


def test_thresholds_of_a_centre_are_a_setting(tmp_path: Path) -> None:
    # RT-12, D9: the same load is an overload of one centre and none of another
    content = """centre = { code = "077", name = "Центр", level = "federal" }
queues = [{ id = "general", title = "Общие", site = "msk" }, { id = "kazan", title = "Казань", site = "kzn" }]
topics = [{ id = "other", title = "Другое" }]
routing = { overload = { "077" = { wait_on_s = 90, wait_off_s = 60 } } }
"""
    path = tmp_path / "okno.toml"
    path.write_text(content, encoding="utf8")
    config = load(path, {})
    assert config.routing.overload["077"] == OverloadThresholds(wait_on_s=90, wait_off_s=60)
    assert Centres(config).ladder is not None
    for wrong in ('"078" = { wait_on_s = 90 }', '"077" = { wait_on_s = 5 }'):
        path.write_text(content.replace('"077" = { wait_on_s = 90, wait_off_s = 60 }', wrong), encoding="utf8")
        with pytest.raises(ConfigError):
            Centres(load(path, {}))
    patient = Ladder({"city": CITY, "federal": FEDERAL}, REGISTRY, overload={"077": OverloadThresholds(wait_on_s=900, occupancy_on=1)})
    usual = Ladder({"city": CITY, "federal": FEDERAL}, REGISTRY)
    for made in (patient, usual):
        made.staffed("city", 10, 0, NOW_S)
        made.staffed("federal", 0, 10, NOW_S)
        for number in range(10):
            made.joined(number, "city", NOW_S)
    assert goes(usual.elsewhere(waits("city", LARGE), GENERAL, NOW, {})) == ("federal", "000", "general_overload")
    assert patient.elsewhere(waits("city", LARGE), GENERAL, NOW, {}) is None
