"""An update while people talk: hubs of an older build and of this one side by side, each leading once (SL-01)."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.house import OKNO, knowledge_alone, people
from tests.journeys.crowd import TOGETHER_S, Crowd, callers
from tests.journeys.street import Street
from tests.journeys.test_kill import seed
from tests.peers.cluster import cluster_in
from tests.peers.mongo import Replicas, replicas

ROOT = Path(__file__).parent.parent.parent
BUILDS = 200
"""Commits within which an older build is looked for."""
SINCE = "outlasting", "okno/serving/leadership.py"
"""What a build says, and where: one before it hangs up on whoever asks it while it ends."""


@pytest.fixture
def servers() -> Iterator[Replicas]:
    with replicas() as running:
        yield running


def older_build(folder: Path) -> Path:
    """The oldest of the last builds: where the history is not at hand, this one."""
    commits = git("log", "--first-parent", f"-n{BUILDS}", "--format=%H", "-S", SINCE[0], "--", SINCE[1]).decode().split()
    if not commits:
        return ROOT
    folder.mkdir()
    subprocess.run(["tar", "-x", "-C", folder], input=git("archive", commits[-1]), check=True)
    return folder


def program_of(folder: Path) -> tuple[str, ...]:
    return sys.executable, "-c", f"import sys; sys.path.insert(0, {str(folder)!r}); from okno.commands.cli import main; sys.exit(main())"


def git(*words: str) -> bytes:
    return subprocess.run(["git", "-C", ROOT, *words], capture_output=True, check=False).stdout


async def test_two_builds_side_by_side(servers: Replicas, tmp_path: Path) -> None:
    build = older_build(tmp_path / "old")
    old, config = program_of(build), knowledge_alone(tmp_path, build)  # a centre is updated with the configuration that it has
    async with cluster_in(tmp_path, servers, 2, program=old, config=config) as cluster, people(cluster) as present, asyncio.timeout(TOGETHER_S):
        async def update(street: Street) -> None:
            async with callers(cluster) as answers:
                for program in (None, old, None):  # also back, as where an update is taken back
                    for hub in cluster.hubs:
                        await street.more(20)
                        assert await asyncio.to_thread(hub.stop) == 0
                        await cluster.leader()
                        hub.program = program or (OKNO,)
                        await cluster.begin_hub(hub)
            assert set(answers.all) == {200}
        assert not await Crowd(cluster, present, Random(seed()), 8, 2).live(update)
