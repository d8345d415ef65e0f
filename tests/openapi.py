"""The API description that the desk's types are made from: `python -m tests.openapi` writes it."""

from pathlib import Path

from hub.desk.server import description

FILE = Path(__file__).parent.parent / "hub/desk/ui/src/api/generated/openapi.json"


def main() -> None:
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_bytes(description() + b"\n")


if __name__ == "__main__":
    main()
