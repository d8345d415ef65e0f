"""The description of the API is one that generators of clients accept."""

import json
from typing import Any

from hub.desk.server import description


def schemas(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        return [value, *(each for inner in value.values() for each in schemas(inner))]
    return [each for inner in value for each in schemas(inner)] if isinstance(value, list) else []


def test_tuples_are_lists_of_a_length() -> None:
    # IN-01: openapi-python-client knows no `items: false`
    told = [each for each in schemas(json.loads(description())) if "prefixItems" in each]
    assert told
    for each in told:
        assert each["items"] == each["prefixItems"][0]
        assert each["minItems"] == each["maxItems"] == len(each["prefixItems"])
