"""A weekday of the whole country on the virtual clock: 270,000 calls, the real router, ladder and overflow; wall seconds."""

import gc
import sys
from random import Random
from time import perf_counter

from tqdm import tqdm

from benchmarks.report import report, rounded
from okno.__main__ import COLLECTOR
from routing.demand import HOUR_S, HOURS, WEEKDAY_CALLS, calls_of, country
from routing.nation import FOUND, Nation
from routing.service_level import total
from routing.simulate import Simulation

GOALS = ["wall_s <= 60", "federal_share >= 0.98", "regional_share >= 0.98", "municipal_share >= 0.98",
         "federal_mean_s <= 8", "regional_mean_s <= 8", "municipal_mean_s <= 8"]


def main() -> None:
    gc.set_threshold(*COLLECTOR)
    start = perf_counter()
    nation = Nation.of(country(), WEEKDAY_CALLS)
    simulation = Simulation(nation.staffing(FOUND), nation.places)
    staffed_s = perf_counter() - start
    calls = calls_of(nation.by_hour, nation.behaviour, Random(1))
    simulation.run(tqdm(calls, total=WEEKDAY_CALLS, unit="call", file=sys.stderr), HOURS * HOUR_S)
    wall_s = perf_counter() - start
    everything = total(list(simulation.observed.values()))
    figures = {"wall_s": rounded(wall_s), "staffing_s": rounded(staffed_s), "calls": everything.offered,
               "calls_per_s": rounded(everything.offered / wall_s), "centres": len(nation.loads(0))}
    for level, seen in simulation.observed.items():
        figures |= {f"{level}_share": round(seen.share, 4), f"{level}_mean_s": rounded(seen.mean_wait_s)}
    report("simulate", figures, GOALS)


if __name__ == "__main__":
    main()
