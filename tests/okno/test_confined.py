"""The hub as its container runs it: as a user without any rights, on a root that nobody writes to (SE-01)."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from tests.house import House, people
from tests.missing_programs import lacks, need

pytestmark = pytest.mark.peers

ROOM = r"""
set -e
data=$1 scratch=$2; shift 2
mount --make-rprivate /
mount -o bind "$data" "$data"
mount -t tmpfs -o size=64m,mode=1777 tmpfs "$scratch"
while read -r _ _ _ _ point _; do
    case $point in "$data"|"$scratch"|/proc*|/sys*|/dev*) ;; *) mount -o remount,bind,ro "$point" ;; esac
done </proc/self/mountinfo
exec unshare --user --map-user=10001 --map-group=10001 "$@"
"""
"""What `docker run --read-only --tmpfs /tmp --cap-drop ALL` does."""


class Confined(House):
    """A hub in a room of its own."""

    def command(self, *words: str) -> list[str]:
        scratch = self.folder / "scratch"
        scratch.mkdir(exist_ok=True)
        return ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", ROOM, "sh", str(self.data), str(scratch), *super().command(*words)]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Confined]:
    if subprocess.run([need("unshare"), "--user", "--map-root-user", "--mount", "true"], capture_output=True, check=False).returncode:
        lacks("a user namespace", "kernel.unprivileged_userns_clone = 1, and no chroot")
    centre = Confined(tmp_path, environment={"TMPDIR": str(tmp_path / "scratch")})
    centre.data.mkdir(mode=0o700)
    try:
        yield centre.start()
    finally:
        centre.kill()
        print(centre.log.read_text("utf8")[-4000:])


def status(house: House) -> dict[str, list[str]]:
    lines = Path(f"/proc/{house.pid}/status").read_text("utf8").splitlines()
    return {name: value.split() for name, _, value in (line.partition(":") for line in lines)}


# SE-01: nothing but the folder of the data is written to, and no right is needed.
async def test_a_day_in_a_container(house: Confined) -> None:
    assert set(status(house)["CapEff"]) == {"0000000000000000"}
    mounts = [line.split() for line in Path(f"/proc/{house.pid}/mountinfo").read_text("utf8").splitlines()]
    assert [set(fields[5].split(",")) & {"ro", "rw"} for fields in mounts if fields[4] == "/"] == [{"ro"}]
    async with people(house) as present:
        await present.admin()
        citizen = await present.citizen()
        await citizen.tell("Как поменять паспорт?")
        await citizen.line.hear("message", author="bot")
        form = aiohttp.FormData()
        form.add_field("file", b"%PDF-1.4 a page", filename="page.pdf")
        async with present.http.post(f"{house.base}/chat/files?token={citizen.token}", data=form) as answer:
            assert answer.status == 200, await answer.text()
    assert house.stop() == 0
    assert house.complaints() == []
    house.start()
    assert house.stop() == 0
