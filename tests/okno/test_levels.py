"""Who stands above whom, by the registry alone, whoever has whose lines."""

from importlib.resources import files
from itertools import product
from pathlib import Path

from msgspec.structs import replace

from okno.config import load
from okno.lines import Centres

FEDERAL, REGION, REPUBLIC, CITY = CODES = ("000", "001", "016", "077")


def test_the_country_stands_above_all_and_a_region_above_its_own_cities(tmp_path: Path) -> None:
    # KB-06, MC-01, SE-01
    (place := tmp_path / "centres.toml").write_bytes((files("okno.demo") / "registry.toml").read_bytes())
    config = load(None, {})
    for hub in (REGION, REPUBLIC):
        centres = Centres(replace(config, registry=str(place), centre=replace(config.centre, code=hub)))
        assert {pair for pair in product(CODES, repeat=2) if centres.over(*pair)} == {
            (FEDERAL, REGION), (FEDERAL, REPUBLIC), (FEDERAL, CITY), (REGION, CITY)}
        assert not centres.over(FEDERAL, "999")
        assert centres.below(REGION) == {REGION, CITY}


def test_without_a_registry_nobody_stands_above_anybody() -> None:
    # SE-01
    centres = Centres(replace(load(None, {}), registry=""))
    assert not any(centres.over(*pair) for pair in product(CODES, repeat=2))
