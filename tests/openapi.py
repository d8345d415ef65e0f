"""The API description that the desk's types are made from: `python -m tests.openapi` writes it, `--check` compares."""

import sys
from pathlib import Path

from hub.desk.http.server import description

FILE = Path(__file__).parent.parent / "hub/desk/ui/openapi.json"


def main() -> int:
    now = description() + b"\n"
    if "--check" not in sys.argv:
        FILE.write_bytes(now)
        return 0
    if FILE.read_bytes() != now:
        print(f"{FILE.name} is not what the handlers say: run `make types`", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
