"""GOST R 34.10-2012 by OpenSSL's engine of it: keys, certificates and the commands that the hub signs and verifies by."""

import os
import subprocess
from functools import cache
from pathlib import Path

from tests.peers.debian import unpacked

PACKAGE = "libengine-gost-openssl"


@cache
def engines() -> Path:
    """The folder with the engine, for the machine's own openssl."""
    return next(unpacked("gost-engine", PACKAGE).rglob("gost.so")).parent


def openssl(*arguments: str, data: bytes = b"") -> bytes:
    done = subprocess.run(["openssl", *arguments], input=data, capture_output=True, env=os.environ | {"OPENSSL_ENGINES": str(engines())}, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


class Owner:
    """Of a key: an information system, or ЕСИА itself."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.key, self.certificate, self.public = (str(folder / f"{name}.{kind}") for kind in ("key", "crt", "pub"))
        openssl("genpkey", "-engine", "gost", "-algorithm", "gost2012_256", "-pkeyopt", "paramset:A", "-out", self.key)
        openssl("req", "-engine", "gost", "-x509", "-new", "-key", self.key, "-md_gost12_256", "-subj", f"/CN={name}", "-days", "30",
                "-out", self.certificate)
        Path(self.public).write_bytes(openssl("x509", "-engine", "gost", "-in", self.certificate, "-pubkey", "-noout"))

    @property
    def fingerprint(self) -> str:
        """client_certificate_hash: of the certificate in DER."""
        der = openssl("x509", "-in", self.certificate, "-outform", "DER")
        return openssl("dgst", "-engine", "gost", "-md_gost12_256", "-r", data=der).decode().split()[0].upper()

    def signs(self, data: bytes) -> bytes:
        return openssl("dgst", "-engine", "gost", "-md_gost12_256", "-sign", self.key, data=data)

    def commands(self, api: str, trusted: str) -> tuple[list[str], list[str]]:
        """What the hub's configuration has as `sign` and `verify`; `trusted` is ЕСИА's public key."""
        run = ["/usr/bin/env", f"OPENSSL_ENGINES={engines()}", "openssl"]
        cms = ["cms", "-sign", "-engine", "gost", "-signer", self.certificate, "-inkey", self.key, "-md", "md_gost12_256", "-binary", "-outform", "DER"]
        bare = ["dgst", "-engine", "gost", "-md_gost12_256", "-sign", self.key]
        return [*run, *(bare if api == "v2" else cms)], [*run, "dgst", "-engine", "gost", "-md_gost12_256", "-verify", trusted, "-signature", "{signature}"]


def signed_bare(data: bytes, signature: Path, public: str) -> bool:
    """Whether a bare signature in a file is good."""
    return _good("dgst", "-engine", "gost", "-md_gost12_256", "-verify", public, "-signature", str(signature), data=data)


def signed_cms(content: Path, cms: bytes, certificate: str) -> bool:
    """Whether a detached CMS over a file is the owner's of the certificate."""
    return _good("cms", "-verify", "-engine", "gost", "-inform", "DER", "-content", str(content), "-binary", "-CAfile", certificate, "-purpose", "any",
                 data=cms)


def _good(*arguments: str, data: bytes) -> bool:
    return subprocess.run(["openssl", *arguments], input=data, capture_output=True, env=os.environ | {"OPENSSL_ENGINES": str(engines())},
                          check=False).returncode == 0
