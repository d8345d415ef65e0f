"""Programs out of Debian's packages, unpacked once into a cache. Nothing is installed, and no root rights are needed."""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

from tests.missing_programs import need

SUITE = "forky"


def unpacked(name: str, packages: str) -> Path:
    """The folder `name` with the files of packages, parted by commas, and of those that they need; whoever comes first fills it."""
    cache = Path(os.environ.get("OKNO_PEERS") or Path.home() / ".cache" / "okno")
    root = cache / name
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not root.exists():
            _unpack(root, packages)
    return root


def _unpack(root: Path, packages: str) -> None:
    need("mmdebstrap")
    draft = root.with_suffix(".part")
    shutil.rmtree(draft, ignore_errors=True)
    # The machine's clock may be ahead of the mirror's release file.
    subprocess.run(["mmdebstrap", "--quiet", "--variant=extract", '--aptopt=Acquire::Check-Valid-Until "false"', f"--include={packages}",
                    SUITE, str(draft), mirror()], check=True, stderr=subprocess.PIPE, text=True)
    draft.rename(root)


def mirror() -> str:
    """Where this machine gets its packages from."""
    said = subprocess.run(["apt-get", "indextargets", "--format", "$(SITE) $(ORIGIN) $(COMPONENT)", "Created-By: Packages"],
                          check=True, capture_output=True, text=True).stdout
    sites = [site for site, origin, component in (line.split(" ") for line in said.splitlines()) if (origin, component) == ("Debian", "main")]
    assert sites, "apt knows no Debian"
    return next((site for site in sites if not site.rstrip("/").endswith("security")), sites[0])
