"""A designers' project whose own code stands still in the event loop as soon as it hears a certain word."""

from importlib.resources import files
from pathlib import Path

from bots.project.project import read_project
from bots.russian import Russian
from bots.understanding.model_codec import dump
from bots.understanding.training import train
from okno.robot import MODEL
from tests.robot.drafts import CONFIG, DOMAIN, NLU, RULES

SLEEPS, CLIMBS = "усни пожалуйста крепко", "замри пожалуйста навсегда"
"""What the code hears before it sleeps, or asks for a pattern that holds the GIL for longer than the universe stands."""
HOURS = "часы работы"
"""What any citizen asks; it is answered by OPEN."""
OPEN = "Открыто с девяти до шести."
ACTIONS = """
import re
import time

from rasa_sdk import Action


class Stall(Action):
    def name(self):
        return "action_stall"

    def run(self, dispatcher, tracker, domain):
        if "замри" in tracker.latest_message["text"]:
            re.fullmatch(r"(a+)+b", "a" * 64)
        time.sleep(3600)
"""
STALL = """  - intent: stall
    examples: |
      - усни пожалуйста крепко
      - замри пожалуйста навсегда
      - усни крепко
      - замри навсегда
"""
RULE = """  - rule: stands still
    steps:
      - intent: stall
      - action: action_stall
"""


def poisonous(folder: Path, russian: Russian) -> str:
    """Make the project in a folder; gives the part of a configuration that has it speak."""
    project = {
        "domain.yml": DOMAIN.replace("ask_fee]", "ask_fee, stall]") + "actions: [action_stall]\n", "data/nlu.yml": NLU + STALL,
        "data/rules.yml": RULES.replace("stories:\n", RULE + "stories:\n"), "config.yml": CONFIG, "actions.py": ACTIONS}
    for name, content in project.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, "utf8")
    (folder / MODEL).parent.mkdir()
    (folder / MODEL).write_bytes(dump(train(read_project(folder).examples, russian)))
    return f'[robot]\nproject = "{folder}"\nown_code = "{folder}"\n'


def centre(folder: Path, robot: str, *, stall_s: int = 3, more: str = "") -> Path:
    """The configuration of a centre in which that project speaks."""
    demo = files("okno.demo").joinpath("okno.toml").read_text("utf8")
    start = demo.index("[robot]")
    end = demo.find("\n[", start + 1)
    config = folder / "centre.toml"
    config.write_text(f"{demo[:start]}{robot}{demo[end:]}\n[watchdog]\nstall_s = {stall_s}\n{more}", "utf8")
    return config


CHARSET = "mac-stall"
"""A charset whose codec stands still over whatever it decodes."""
CODEC = """
import codecs
import re


def decode(content, errors="strict"):
    if len(content) > 1:
        re.fullmatch(r"(a+)+b", "a" * 64)
    return codecs.latin_1_decode(content, errors)


codecs.register(lambda name: codecs.CodecInfo(codecs.latin_1_encode, decode, name=name) if name == "mac_stall" else None)
"""


def codec_in(folder: Path) -> dict[str, str]:
    """Install that codec for Python; gives the environment of a process that has it."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(CODEC, "utf8")
    return {"PYTHONPATH": str(folder)}


def unreadable_letter(key: str) -> bytes:
    head = f"From: maria@home.example\r\nTo: ask@centre.example\r\nMessage-ID: <{key}>\r\nContent-Type: text/plain; charset={CHARSET}\r\n"
    return head.encode() + b"Content-Transfer-Encoding: 8bit\r\n\r\n\xef\xe0\xf1\xef\xee\xf0\xf2\r\n"
