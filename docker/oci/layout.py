"""Packs a root's tar as an image in OCI layout: `layout.py ROOT.tar OUT.tar`. Equal roots are equal images.

https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
"""

import gzip
import hashlib
import io
import json
import os
import platform
import sys
import tarfile
import tempfile
from datetime import UTC, datetime
from pathlib import Path

OCI = "application/vnd.oci.image"
NAME = "okno:latest"
MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}
RUN = {
    "User": "10001", "WorkingDir": "/data", "Volumes": {"/data": {}}, "ExposedPorts": {"8080/tcp": {}}, "StopSignal": "SIGTERM",
    "Env": ["PATH=/opt/okno/bin:/usr/bin:/bin", "OKNO_DATA=/data", "OKNO_LISTEN=0.0.0.0:8080", "PYTHONUNBUFFERED=1"],
    "Entrypoint": ["/opt/okno/bin/okno"], "Cmd": ["run"]}
"""As docker/Dockerfile has it."""


def pack(root: Path, out: Path) -> None:
    made = datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "0")), UTC).isoformat()
    with tempfile.TemporaryDirectory(dir=out.parent) as folder, tarfile.open(out, "w") as image:
        layer, plain = Path(folder) / "layer", hashlib.sha256()
        with root.open("rb") as whole, layer.open("wb") as file, gzip.GzipFile("", "wb", 6, file, 0) as packed:
            while block := whole.read(1 << 20):
                plain.update(block)
                packed.write(block)
        with layer.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        config = _json({
            "created": made, "os": "linux", "architecture": MACHINES.get(platform.machine(), platform.machine()),
            "config": RUN, "rootfs": {"type": "layers", "diff_ids": [f"sha256:{plain.hexdigest()}"]}})
        manifest = _json({
            "schemaVersion": 2, "mediaType": f"{OCI}.manifest.v1+json",
            "config": {"mediaType": f"{OCI}.config.v1+json", "digest": _digest(config), "size": len(config)},
            "layers": [{"mediaType": f"{OCI}.layer.v1.tar+gzip", "digest": f"sha256:{digest}", "size": layer.stat().st_size}]})
        index = _json({"schemaVersion": 2, "mediaType": f"{OCI}.index.v1+json", "manifests": [{
            "mediaType": f"{OCI}.manifest.v1+json", "digest": _digest(manifest), "size": len(manifest),
            "annotations": {"org.opencontainers.image.ref.name": NAME.partition(":")[2]}}]})
        _add(image, "oci-layout", _json({"imageLayoutVersion": "1.0.0"}))
        _add(image, "index.json", index)
        for blob in (config, manifest):
            _add(image, f"blobs/sha256/{_digest(blob).partition(':')[2]}", blob)
        with layer.open("rb") as file:
            entry = tarfile.TarInfo(f"blobs/sha256/{digest}")
            entry.size = layer.stat().st_size
            image.addfile(entry, file)


def _json(what: object) -> bytes:
    return json.dumps(what, separators=(",", ":")).encode()


def _digest(blob: bytes) -> str:
    return f"sha256:{hashlib.sha256(blob).hexdigest()}"


def _add(image: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    image.addfile(entry, io.BytesIO(content))


if __name__ == "__main__":
    pack(Path(sys.argv[1]), Path(sys.argv[2]))
