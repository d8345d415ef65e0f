"""What the move leaves to be put right: lines that grew too long, the contracts, labels of links, the rooms' own lists."""

import ast
import json
import re
import subprocess
import textwrap
from pathlib import Path

ROOT = Path(__file__).parent.parent
OLD_PURE = re.compile(r'"Nouns, bots and routing do no input or output"')


def sub(path: str, *pairs: tuple[str, str]) -> None:
    file = ROOT / path
    text = file.read_text()
    for before, after in pairs:
        assert before in text, (path, before)
        text = text.replace(before, after)
    file.write_text(text)


def lines() -> None:
    sub("channels/web/hook.py", ('"""hub.monitoring.ports.Trialling: whether anybody answers at the partner\'s address, whatever he says to a request without a message."""',
                                 '"""Trialling: whether anybody answers at the partner\'s address, whatever he says to a request without a message."""'))
    sub("channels/web/proving.py", ("What is in the cookie, and that it is good once, is hub/citizens/esia_verification.py.", "The cookie is good once\n(hub/citizens/esia_verification.py)."))
    sub("hub/access/permissions.py", ("someone deactivated may nothing. About what: hub/access/authorization.py.", "someone deactivated may nothing. About what: authorization.py."))
    sub("hub/appointments/external_schedule.py", ("the system names the\nvisits that have changed", "the system names\nthe visits that have changed"))
    sub("hub/appointments/notifications.py", ("Where it is heard, the operator says it; the robot, or by_message.py, where none is there.", "Where it is heard, an operator says it; where none is there the robot, or by_message.py."))
    sub("hub/citizens/address_linking.py", ("codes are sent too often, the code is wrong or over, the\naddresses", "codes are sent too often, the code is wrong or over,\nthe addresses"))
    sub("hub/citizens/conversation_merging.py", ("Refusals are those of actions/conversation_actions.py and conversations/merge.py, and: they are not one person's.", "Refusals are those of\nactions/conversation_actions.py and conversations/merge.py, and: they are not one person's."))

    sub("hub/conversations/conversation.py", ("what is answered comes back (federation/handover_messages.py).", "what is answered comes back."))
    sub("hub/intake/message_intake.py", ("of what reactions.py answers, whoever holds\n        the conversation", "of what reactions.py answers, whoever\n        holds the conversation"))
    sub("hub/intake/reactions.py", ("`afar` tells other centres (federation/handover_sender.py).", "`afar` tells other centres."))
    sub("hub/integrations/case_submission.py", ("and `system_away`, `system_refused`, `no_such_system`: then the case is as it was.", "and `system_away`, `system_refused`, `no_such_system`: the case is as it was."))
    sub("hub/integrations/department_handover.py", ("All raise as hub.integrations.department_systems.System does: UnavailableError", "All raise as department_systems.System does: UnavailableError"))
    sub("hub/kernel/sandbox.py", ("env=os.environ | environment, start_new_session=True,\n            stdin=", "env=os.environ | environment,\n            start_new_session=True, stdin="))
    sub("hub/monitoring/wallboard.py", ("Sums of today are as in hub/reporting/interval_figures.py: level", "Sums of today are as in reporting/interval_figures.py.\n\n    level"))
    sub("hub/privacy/subject_request_answers.py", ("Refusals are those of actions/conversation_actions.py and subject_request.py, and: who he is was not proved,\nor nothing lies ready.", "Refusals are those of\nactions/conversation_actions.py and subject_request.py, and: who he is was not proved, or nothing lies ready."))
    sub("hub/reporting/running_totals.py", ("and the sums are put right by\nthe difference.", "and the sums are put\nright by the difference."))
    sub("storage/keys/ring.py", ("hub.kernel.ports.Keys. `read` gives the keys in base64, the newest last; it is asked each time, so that nobody need be told of a new one.", "hub.kernel.ports.Keys. `read` gives the keys in base64, the newest last; it is asked each time, so a new one counts at once."))
    sub("hub/citizens/verification.py", ('by whatever proof: a code (address_linking.py) or an account (esia_verification.py) (ST-04)."""',
                                         'by whatever proof (ST-04).\n\nA code: address_linking.py; an account: esia_verification.py.\n"""'))
    sub("hub/desk/access/roles.py", ("the table of roles as hub/access/permissions.py has it, and", "the table of access/permissions.py, and"))
    sub("hub/desk/sign_in/passkeys.py", ("What browsers answer is judged by hub.access.ports.Ceremony.", "What browsers answer is judged by a Ceremony."))
    sub("pyproject.toml", ("okno/{demo/**,simulation.py}", "okno/{demo/**,commands/simulate.py}"))
    sub("channels/sms/http.py", ("from hub import ports\n", "from hub.conversations.ports import Incoming, Measure, Store\nfrom hub.intake.ports import Intake\nfrom hub.kernel.ports import Files\n"), ("ports.Intake", "Intake"), ("ports.Store", "Store"), ("ports.Files", "Files"), ("ports.Incoming", "Incoming"), ("ports.Measure", "Measure"))
    text = (ROOT / "channels/sms/http.py").read_text()
    text = text.replace("hub.intake.Intake", "hub.intake.ports.Intake").replace("hub.conversations.Incoming, Measure", "hub.conversations.ports")
    text = text.replace("from hub.conversations.ports import Incoming, Measure, Store", "from hub.conversations.ports import Incoming, Measure, Store").replace("hub.conversations.Measur", "hub.conversations.ports.Measur")
    (ROOT / "channels/sms/http.py").write_text(text)


def labels() -> None:
    """[old.py](…/new.py): links are called by what they lead to."""
    for name in subprocess.check_output(["git", "ls-files", "*.md"], cwd=ROOT, text=True).split():
        file = ROOT / name
        text = file.read_text()
        after = re.sub(r"\[([\w/]+\.py)\]\(([^)\s]*?)([\w]+\.py)\)",
                       lambda m: m[0] if m[1].rpartition("/")[2] == m[3] else f"[{m[3]}]({m[2]}{m[3]})", text)
        if after != text:
            file.write_text(after)


def uses() -> None:
    """Each room names the rooms that it uses."""
    for init in sorted((ROOT / "hub").glob("*/__init__.py")):
        room = init.parent.name
        if room in {"desk", "link", "kernel"}:
            continue
        found = set()
        for file in init.parent.rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("hub."):
                    found.add(node.module.split(".")[1])
        found.discard(room)
        text = init.read_text().rstrip().removesuffix('"""').rstrip()
        named = textwrap.fill(f'Uses: {", ".join(sorted(found))}.', 120)
        init.write_text(f'{text}\n\n{named}\n"""\n')


def pure() -> None:
    """What was listed as pure says so itself."""
    table = json.loads((ROOT / "rooms/modules.json").read_text())["modules"]
    text = subprocess.check_output(["git", "show", "HEAD:pyproject.toml"], cwd=ROOT, text=True)
    listed = re.search(r'name = "Nouns, bots.*?source_modules = \[(.*?)\]', text, flags=re.S)
    assert listed
    for module in set(re.findall(r'"hub\.(\w+)"', listed[1])) - {"ports", "reasoning"}:
        file = ROOT / table[f"hub/{module}.py"]
        code = file.read_text()
        doc = ast.get_docstring(ast.parse(code), clean=False)
        assert doc, file
        if re.search(r"\bPure\b", doc):
            continue
        first = doc.split("\n")[0]
        if len(first) <= 125 and first.rstrip().endswith((".", ")")) and "\n" in doc.strip() or len(first) <= 128 and "\n" not in doc:
            code = code.replace(first, first.rstrip() + " Pure.", 1)
        else:
            code = code.replace(doc, doc.rstrip() + ("\n\nPure.\n" if "\n" not in doc else " Pure.\n" if len(doc.rstrip().split("\n")[-1]) < 130 else "\nPure.\n"), 1)
        file.write_text(code)


def contracts() -> None:
    file = ROOT / "pyproject.toml"
    text = file.read_text()
    begin = text.index('[[tool.importlinter.contracts]]\nname = "Inside the hub')
    end = text.index("[tool.deptry]")
    made = '''[[tool.importlinter.contracts]]
name = "Rooms of the hub: each may use those below it, and none beside it"
type = "layers"
containers = ["hub"]
exhaustive = true
layers = [
    "desk | link",
    "intake",
    "privacy",
    "appointments | integrations",
    "robot | quality",
    "telephony | citizens | cases",
    "actions | monitoring",
    "dispatch",
    "notifications | knowledge | reporting",
    "access | federation",
    "conversations",
    "audit | organisation",
    "kernel",
]

[[tool.importlinter.contracts]]
name = "No room goes round in a circle"
type = "acyclic_siblings"
ancestors = ["hub"]
skip_descendants = ["hub.desk"]

[[tool.importlinter.contracts]]
name = "What begins with an underscore is its package's own"
type = "private_modules"
packages_with_private_modules = ["hub"]

[[tool.importlinter.contracts]]
name = "No adapter in the hub but at the desk and on the line"
type = "forbidden"
source_modules = [
    "hub.access", "hub.actions", "hub.appointments", "hub.audit", "hub.cases", "hub.citizens", "hub.conversations", "hub.dispatch", "hub.federation",
    "hub.intake", "hub.integrations", "hub.knowledge", "hub.monitoring", "hub.notifications", "hub.organisation", "hub.privacy", "hub.quality",
    "hub.reporting", "hub.robot", "hub.telephony",
]
forbidden_modules = ["aiohttp", "sqlite3", "pymongo", "nats", "ssl"]
allow_indirect_imports = true

[[tool.importlinter.contracts]]
name = "Bots and routing do no input or output"
type = "forbidden"
source_modules = ["bots", "routing"]
forbidden_modules = ["aiohttp", "asyncio", "sqlite3", "socket", "ssl", "logging", "uvloop"]
allow_indirect_imports = true
ignore_imports = ["bots.rasa -> aiohttp"]  # the one file of bots/ that speaks HTTP, to an action server and a Rasa server

'''
    file.write_text(text[:begin] + made + text[end:])


lines()
labels()
pure()
uses()
contracts()
