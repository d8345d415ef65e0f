"""The three centres of docker/nats/, one a level, each a deployment of its own with the demonstration's content, linked by real servers."""

import re
from importlib.resources import files
from pathlib import Path

import msgspec

from tests.deployments import in_toml
from tests.house import knowledge_alone
from tests.peers.nats import Federation

FEDERAL, REGIONAL, MUNICIPAL = "001", "077", "501"
LEVELS = {FEDERAL: "federal", REGIONAL: "regional", MUNICIPAL: "municipal"}
HERE = {"000": FEDERAL, "001": REGIONAL, "077": MUNICIPAL}
"""What the centres of the demonstration's registry are called here."""


def settled(folder: Path, code: str, servers: Federation, reports_to: str = "") -> Path:
    """The configuration file of a centre; `reports_to` adds up its figures."""
    folder.mkdir()
    demo = files("okno.demo").joinpath("registry.toml").read_text("utf8")
    (folder / "centres.toml").write_text(re.sub(r'(?m)^id = "(000|001|077)"$', lambda found: f'id = "{HERE[found[1]]}"', demo), "utf8")
    config = knowledge_alone(folder)
    told = config.read_text("utf8")
    for demo, own in (
        ('registry = "demo"', 'registry = "centres.toml"'),
        ('code = "001"', f'code = "{code}"'),
        ('level = "regional"', f'level = "{LEVELS[code]}"'),
        # A municipal centre hands over to its region only what has come astray (D6).
        ("[routing]", '[routing]\ncorrections = [{ sender = "municipal", receiver = "regional", reason = "misrouted" }]'),
    ):
        assert told.count(demo) == 1, demo
        told = told.replace(demo, own)
    to = f'reports_to = ["{reports_to}"]\n' if reports_to else ""
    line = in_toml(msgspec.to_builtins(servers.settings(code)))
    config.write_text(f'{told}\n[link]\nkind = "nats"\n{to}settings = {{ {line} }}\n', "utf8")
    return config
