"""No code of the product evaluates text, runs a shell, unpickles what comes from outside, or guards anything by chance that can be foretold.

SE-02; ASVS 5.0 1.2.5, 1.3.2, 1.5.2, 6.5.3.
"""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("bots", "channels", "hub", "okno", "routing", "storage")
FORBIDDEN = {"eval", "exec", "compile", "__import__", "os.system", "os.popen", "asyncio.create_subprocess_shell", "subprocess.getoutput",
             "subprocess.getstatusoutput", "pickle.load", "pickle.loads", "marshal.load", "marshal.loads", "shelve.open", "yaml.load",
             "yaml.unsafe_load", "yaml.full_load"}
SANDBOX = ("hub/kernel/sandbox.py", "pickle.loads")
"""In the process that does the work: the hub itself has sent what it reads there."""


def forbidden(source: str) -> set[str]:
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    shells = {"shell=" for call in calls for told in call.keywords
              if told.arg == "shell" and not (isinstance(told.value, ast.Constant) and told.value.value is False)}
    pickles = {"allow_pickle=" for call in calls for told in call.keywords
               if told.arg == "allow_pickle" and not (isinstance(told.value, ast.Constant) and told.value.value is False)}
    return {ast.unparse(call.func) for call in calls} & FORBIDDEN | shells | pickles


def sources(*packages: str) -> dict[str, str]:
    files = [file for package in packages for file in (ROOT / package).rglob("*.py") if "node_modules" not in file.parts]
    return {str(file.relative_to(ROOT)): file.read_text("utf8") for file in files}


def test_no_text_is_run() -> None:
    told = sources(*PACKAGES)
    assert len(told) > 300
    assert {(file, name) for file, source in told.items() for name in forbidden(source)} == {SANDBOX}


def test_secrets_are_from_the_systems_source() -> None:
    """`random` is for the dialogues, the forecasts, the simulation, the jitter of retries and draws that are repeated from a seed alone."""
    told = sources("channels", "hub", "okno", "storage")
    found = {file for file, source in told.items() for node in ast.walk(ast.parse(source))
             if (isinstance(node, ast.ImportFrom) and node.module == "random")
             or (isinstance(node, ast.Import) and "random" in {each.name for each in node.names})}
    assert {file for file in found if not file.startswith("okno/demo/")} == {
        "okno/commands/simulate.py", "hub/kernel/retry.py", "hub/training/exam.py", "hub/workforce/mixed_floor.py"}
    assert "import secrets" in told["hub/access/second_factor.py"]


@pytest.mark.parametrize("line", ["eval(x)", "asyncio.create_subprocess_shell(x)", "subprocess.run(x, shell=True)", "pickle.loads(x)", "np.load(x, allow_pickle=y)",
                                  "yaml.load(x)"])
def test_the_test_finds_it(line: str) -> None:
    assert forbidden(line)
