"""A real Rasa 3.6.21, which needs Python 3.10: installed once below .make/, trained without TensorFlow's models, started on a free port."""

import asyncio
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from aiohttp import web

from bots.dialogue.actions import ActionFailedError, ActionRefusedError, Actions
from tests.peers.ports import free_ports

VERSION = "3.6.21"
HOME = Path(__file__).parents[2] / ".make" / f"rasa-{VERSION}"
CONFIG = Path(__file__).parents[2] / "bots" / "projects" / "centre" / "config.yml"
"""The recipe without TensorFlow's models."""
QUIET = {"RASA_TELEMETRY_ENABLED": "false", "SQLALCHEMY_SILENCE_UBER_WARNING": "1", "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONWARNINGS": "ignore",
         "SANIC_HOST": "127.0.0.1"}
PATIENCE_S = 300.0


class NoPythonError(Exception):
    """There is no Python 3.10 on this machine."""


def python310() -> Path:
    """Raises NoPythonError."""
    homes = sorted((Path.home() / ".pyenv" / "versions").glob("3.10.*/bin/python3.10"))
    found = shutil.which("python3.10")
    if not (found or homes):
        raise NoPythonError("no python3.10 on the PATH, none below ~/.pyenv/versions")
    return homes[-1] if homes else Path(str(found))


def installed() -> Path:
    """The folder with Rasa's commands; some 2.5 GB, and minutes the first time."""
    if not (HOME / "ready").exists():
        uv, python = str(Path(sys.executable).with_name("uv")), HOME / "bin" / "python"
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", str(python310()), str(HOME)], check=True)
        subprocess.run([uv, "pip", "install", "--quiet", "--python", str(python), f"rasa=={VERSION}"], check=True)
        (HOME / "ready").touch()
    return HOME / "bin"


def starter() -> Path:
    """The project that `rasa init` makes."""
    installed()
    (folder,) = HOME.glob("lib/python3.10/site-packages/rasa/cli/initial_project")
    return folder


def copied(project: Path, target: Path, config: Path | None = None) -> Path:
    """A project, with another recipe if one is given."""
    shutil.copytree(project, target, ignore=shutil.ignore_patterns("__pycache__", ".rasa"))
    if config is not None:
        shutil.copy(config, target / "config.yml")
    return target


def trained(project: Path) -> Path:
    """A model of a project; what was trained once is kept."""
    content = b"".join(str(path.relative_to(project)).encode() + path.read_bytes() for path in sorted(project.rglob("*.yml")))
    model = HOME / "models" / f"{hashlib.sha256(content).hexdigest()[:16]}.tar.gz"
    if not model.exists():
        domain = "domain" if (project / "domain").is_dir() else "domain.yml"
        done = subprocess.run([str(installed() / "rasa"), "train", "--domain", domain, "--data", "data", "--out", str(model.parent),
                               "--fixed-model-name", model.name.removesuffix(".tar.gz")],
                              cwd=project, env=os.environ | QUIET, capture_output=True, text=True, check=False)
        assert model.exists(), done.stdout[-4000:] + done.stderr[-4000:]
    return model


class Rasa:
    """A running server."""

    def __init__(self, url: str, http: aiohttp.ClientSession, process: int) -> None:
        self.url, self.process, self._http = url, process, http

    async def say(self, sender: str, words: str) -> list[dict[str, Any]]:
        async with self._http.post(f"{self.url}/webhooks/rest/webhook", json={"sender": sender, "message": words}) as answer:
            lines: list[dict[str, Any]] = await answer.json()
            return lines

    async def slots(self, sender: str) -> dict[str, Any]:
        async with self._http.get(f"{self.url}/conversations/{sender}/tracker") as answer:
            slots: dict[str, Any] = (await answer.json())["slots"]
            return slots


@asynccontextmanager
async def serving(model: Path, folder: Path, action_server: str = "") -> AsyncIterator[Rasa]:
    """A server of a model, until it is left; `folder` is for its files."""
    (port,) = free_ports(1)
    (folder / "credentials.yml").write_text("rest:\n")
    (folder / "endpoints.yml").write_text(f"action_endpoint:\n  url: {action_server}\n" if action_server else "")
    command = [str(installed() / "rasa"), "run", "--enable-api", "--interface", "127.0.0.1", "--port", str(port), "--model", str(model),
               "--credentials", "credentials.yml", "--endpoints", "endpoints.yml"]
    with (folder / "rasa.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(*command, cwd=folder, env=os.environ | QUIET, stdout=log, stderr=log)
        try:
            async with aiohttp.ClientSession() as http:
                await _ready(http, f"http://127.0.0.1:{port}", process, folder / "rasa.log")
                yield Rasa(f"http://127.0.0.1:{port}", http, process.pid)
        finally:
            with suppress(ProcessLookupError):
                process.terminate()
            await process.wait()


async def _ready(http: aiohttp.ClientSession, url: str, process: asyncio.subprocess.Process, log: Path) -> None:
    """It says nothing when it is: it answers."""
    async with asyncio.timeout(PATIENCE_S):
        while process.returncode is None:
            with suppress(aiohttp.ClientError):
                async with http.get(f"{url}/status") as status:
                    if status.status == 200:
                        return
            await asyncio.sleep(0.2)  # a process of somebody else's can only be asked again
    raise AssertionError(log.read_text()[-4000:])


@asynccontextmanager
async def acting(actions: Actions, port: int = 0) -> AsyncIterator[str]:
    """An action server that runs these, by rasa-sdk's protocol, on any free port: its address."""
    async def webhook(request: web.Request) -> web.Response:
        call: Mapping[str, Any] = await request.json()
        name = str(call["next_action"])
        try:
            answer = await actions.run(name, call)
        except ActionRefusedError:
            return web.json_response({"error": "refused", "action_name": name}, status=400)
        except ActionFailedError as error:
            return web.json_response({"error": str(error), "action_name": name}, status=500)
        return web.Response(body=msgspec.json.encode(answer), content_type="application/json")

    application = web.Application(client_max_size=16 << 20)
    application.router.add_post("/webhook", webhook)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/webhook"
    finally:
        await runner.cleanup()
