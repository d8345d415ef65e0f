"""The Debian package and the OCI image, built of the wheel and started in roots that hold nothing else (LV-10, SE-01)."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks.light import installed_mb
from tests.deploy.compose import DOCKER
from tests.missing_programs import lacks, need, need_file
from tests.peers.debian import mirror
from tests.peers.ports import free_ports

pytestmark = pytest.mark.peers

ROOT = DOCKER.parent
BIN = Path(sys.executable).parent
PYTHON = Path("/usr/bin/python3")
"""Debian's own."""
MOST_MB = 350
PATIENCE_S = 90


def release() -> str:
    told = dict(line.split("=", 1) for line in Path("/etc/os-release").read_text("utf8").splitlines() if "=" in line)
    if told.get("ID") != "debian":
        lacks("Debian", "a machine with it")
    return told["VERSION_CODENAME"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if os.geteuid():
        lacks("root", "sudo")
    for program in ("mmdebstrap", "unshare"):
        need(program)
    return tmp_path_factory.mktemp("package")


@pytest.fixture(scope="module")
def wheel(folder: Path) -> Path:
    subprocess.run([BIN / "hatchling", "build", "--target", "wheel", "--directory", folder / "wheel"], cwd=ROOT, check=True)
    (made,) = (folder / "wheel").glob("okno-*.whl")
    return made


@pytest.fixture(scope="module")
def package(folder: Path, wheel: Path) -> Path:
    need_file(PYTHON, "python3")
    environment = os.environ | {"UV": str(BIN / "uv"), "PYTHON": str(PYTHON)}
    subprocess.run([DOCKER / "debian" / "build", wheel, folder], env=environment, check=True)
    (made,) = folder.glob("okno_*.deb")
    return made


@pytest.fixture(scope="module")
def bare(folder: Path, package: Path) -> Path:
    """Debian with the package, as `apt install ./okno.deb` leaves it."""
    root = folder / "bare"
    subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", '--aptopt=Acquire::Check-Valid-Until "false"', "--include=python3,systemd",
                    release(), root, mirror()], check=True)
    shutil.copy(package, root / "okno.deb")
    said = subprocess.run(["chroot", root, "dpkg", "--install", "/okno.deb"], check=False, capture_output=True, text=True)
    assert said.returncode == 0, said.stdout + said.stderr
    return root


def in_root(root: Path, words: Sequence[str], mounts: str = "") -> list[str]:
    """A command in a root with processes of its own, and the machine's network."""
    script = f'mount --bind "{root}" "{root}"; mount -t proc proc "{root}/proc"; mount --rbind /dev "{root}/dev"; {mounts} exec chroot "$@"'
    return ["unshare", "--mount", "--pid", "--fork", "--kill-child=KILL", "--ipc", "--uts", "--cgroup", "sh", "-ec", script, "sh", *words]


@contextmanager
def running(words: list[str], port: int, log: Path) -> Iterator[None]:
    """Until the body is over; it begins when the hub answers."""
    with log.open("wb") as out:
        process = subprocess.Popen(words, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    try:
        end = time.monotonic() + PATIENCE_S
        while True:
            assert process.poll() is None, log.read_text("utf8", "replace")[-4000:]
            assert time.monotonic() < end, log.read_text("utf8", "replace")[-4000:]
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1) as answer:
                    assert answer.status == 200
                    break
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.1)
        yield
    finally:
        process.kill()
        process.wait()


def test_what_is_installed_is_no_larger_than_promised(bare: Path) -> None:
    assert installed_mb(bare / "opt/okno") <= MOST_MB


def test_nothing_remembers_where_it_was_built(bare: Path, folder: Path) -> None:
    found = subprocess.run(["grep", "-rlF", "-e", "/tmp/tmp.", "-e", str(folder), bare / "opt/okno/bin", bare / "opt/okno/pyvenv.cfg"],
                           check=False, capture_output=True, text=True)
    assert found.stdout == ""


def test_the_account_and_the_configuration_are_as_the_unit_wants_them(bare: Path) -> None:
    said = subprocess.run(["chroot", bare, "stat", "-c", "%U:%G %a", "/etc/okno", "/etc/okno/centre.toml", "/opt/okno"], check=True,
                          capture_output=True, text=True).stdout.split("\n")
    assert said[:3] == ["root:okno 750", "root:okno 640", "root:root 755"]
    listed = subprocess.run(["chroot", bare, "dpkg-query", "--show", "--showformat=${Conffiles}", "okno"], check=True, capture_output=True, text=True).stdout
    assert "/etc/okno/centre.toml" in listed
    assert (bare / "etc/systemd/system/multi-user.target.wants/okno.service").is_symlink()


def test_it_says_its_version_and_checks_its_configuration(bare: Path) -> None:
    said = subprocess.run(in_root(bare, [str(bare), "/usr/bin/okno", "--version"]), check=True, capture_output=True, text=True).stdout
    assert said.startswith("okno ")
    words = ["--userspec=okno:okno", str(bare), "okno", "check", "--config", "/etc/okno/centre.toml"]
    assert "✓ store" in subprocess.run(in_root(bare, words), check=True, capture_output=True, text=True).stdout
    assert list((bare / "var/lib/okno").iterdir()), "the shell works on the folder of the service"


def test_what_root_writes_the_hub_can_read(bare: Path, tmp_path: Path) -> None:
    """`okno init` replaces the configuration that nobody has changed, and keys belong to the hub."""
    root = tmp_path / "root"
    subprocess.run(["cp", "--archive", bare, root], check=True)
    said = subprocess.run(in_root(root, [str(root), "okno", "init", "/etc/okno", "--yes"]), check=False, capture_output=True, text=True)
    assert said.returncode == 0, said.stdout + said.stderr
    subprocess.run(in_root(root, [str(root), "okno", "keys", "new", "--config", "/etc/okno/centre.toml"]), check=True)
    words = ["--userspec=okno:okno", str(root), "cat", "/etc/okno/centre.toml", "/etc/okno/keys"]
    assert subprocess.run(in_root(root, words), check=False, capture_output=True, text=True).returncode == 0
    again = subprocess.run(in_root(root, [str(root), "okno", "init", "/etc/okno", "--yes"]), check=False, capture_output=True, text=True)
    assert (again.returncode, "уже есть" in again.stderr) == (1, True)


@pytest.mark.smoke
def test_it_starts_as_a_service(bare: Path, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    drop = bare / "etc/systemd/system/okno.service.d/port.conf"
    drop.parent.mkdir(parents=True)
    drop.write_text(f"[Service]\nEnvironment=OKNO_LISTEN=127.0.0.1:{port}\n", "ascii")
    mounts = f'mount -t tmpfs run "{bare}/run"; mount -t sysfs sys "{bare}/sys"; mount -t cgroup2 cgroup "{bare}/sys/fs/cgroup";'
    words = in_root(bare, [str(bare), "/usr/bin/env", "container=okno-test", "/lib/systemd/systemd", "--unit=multi-user.target"], mounts)
    with running(words, port, tmp_path / "log"):
        pass


def test_a_removed_package_leaves_what_the_centre_has_kept(bare: Path, folder: Path, package: Path) -> None:
    (bare / "var/lib/okno").mkdir(exist_ok=True)
    (bare / "var/lib/okno/kept").write_text("", "ascii")
    subprocess.run(["chroot", bare, "dpkg", "--purge", "okno"], check=True, capture_output=True)
    assert (bare / "var/lib/okno/kept").exists()
    assert not (bare / "opt/okno/bin").exists()
    assert not (bare / "etc/okno/centre.toml").exists()


@pytest.fixture(scope="module")
def image(folder: Path, package: Path) -> Path:
    made = folder / "okno.oci.tar"
    subprocess.run([DOCKER / "oci" / "build", package, made], env=os.environ | {"MIRROR": mirror(), "SUITE": release()}, check=True)
    return made


def test_the_image_is_whole_and_starts(image: Path, folder: Path, tmp_path: Path) -> None:
    layout = tmp_path / "layout"
    with tarfile.open(image) as tar:
        tar.extractall(layout, filter="data")

    def blob(of: dict[str, str]) -> Path:
        file = layout / "blobs" / of["digest"].replace(":", "/")
        with file.open("rb") as content:
            assert f"sha256:{hashlib.file_digest(content, 'sha256').hexdigest()}" == of["digest"]
        return file

    (described,) = json.loads((layout / "index.json").read_bytes())["manifests"]
    manifest = json.loads(blob(described).read_bytes())
    config = json.loads(blob(manifest["config"]).read_bytes())["config"]
    root = tmp_path / "root"
    root.mkdir()
    for layer in manifest["layers"]:
        subprocess.run(["tar", "--extract", "--gzip", "--numeric-owner", "--directory", root, "--file", blob(layer)], check=True)
    (port,) = free_ports(1)
    environment = [*config["Env"], f"OKNO_LISTEN=127.0.0.1:{port}"]
    words = [f"--userspec={config['User']}:{config['User']}", str(root), "/usr/bin/env", "-i", f"--chdir={config['WorkingDir']}", *environment,
             *config["Entrypoint"], *config["Cmd"]]
    with running(in_root(root, words), port, tmp_path / "log"):
        pass
