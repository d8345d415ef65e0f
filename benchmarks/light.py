"""How light a centre is: the hub of the demonstration with its robot, from `exec` to the first 200 of /healthz, and its memory at rest.

`--environment FOLDER` adds what an installation takes on the disk, such as /opt/okno of the package.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from statistics import median

from benchmarks.report import report, rounded
from tests.house import hub_of
from tests.peers.ports import free_ports

STARTS = 7
REST_S = 75.0
"""The robot is ready and has warmed up, and nobody has come for a minute."""
GOALS = ["start_s <= 1.0", "idle_memory_mb <= 120"]
MOST_MB = "installed_mb <= 350"


def start(folder: Path, *, rest_s: float = 0.0) -> tuple[float, dict[str, float]]:
    """Seconds until it is reached, and its memory after a while."""
    (port,) = free_ports(1)
    environment = os.environ | {"OKNO_DATA": str(folder), "OKNO_LISTEN": f"127.0.0.1:{port}"}
    begun = time.perf_counter()
    with subprocess.Popen([str(Path(sys.executable).with_name("okno")), "run"], stdout=subprocess.DEVNULL, env=environment) as process:
        while not _answers(port):
            time.sleep(0.002)
        took_s = time.perf_counter() - begun
        time.sleep(rest_s)
        memory = {"idle": _memory_mb(hub_of(process.pid), "VmRSS"), "own": _memory_mb(hub_of(process.pid), "RssAnon"),
                  "parent": _memory_mb(process.pid, "VmRSS")}
        process.terminate()
    return took_s, memory


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError):
        return False


def _memory_mb(pid: int, what: str) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(what)) / 1024


def installed_mb(environment: Path) -> float:
    """Of its site-packages, as `du` counts."""
    (folder,) = environment.glob("lib/python3.*/site-packages")
    said = subprocess.run(["du", "-sk", folder], check=True, capture_output=True, text=True).stdout
    return int(said.split()[0]) / 1024


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--environment", type=Path, metavar="FOLDER", help="an environment whose size is told, too")
    environment = options.parse_args().environment
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first_s, _ = start(folder / "data")
        took_s = median(start(folder / "data")[0] for _ in range(STARTS))
        _, memory = start(folder / "data", rest_s=REST_S)
    figures = {"start_s": rounded(took_s), "first_start_s": rounded(first_s), "idle_memory_mb": rounded(memory["idle"]),
               "idle_own_memory_mb": rounded(memory["own"]), "parent_memory_mb": rounded(memory["parent"])}
    goals = GOALS
    if environment:
        figures["installed_mb"] = rounded(installed_mb(environment))
        goals = [*GOALS, MOST_MB]
    report("light", figures, goals)


if __name__ == "__main__":
    main()
