"""JSON within an HTML page."""

import json

_HARMLESS = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def inline_json(value: object) -> str:
    """No text in it can end the element that holds it."""
    return json.dumps(value, ensure_ascii=False).translate(_HARMLESS)
