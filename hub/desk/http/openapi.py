"""Generates the OpenAPI 3.1 description from the signatures of the handlers."""

import re
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from types import UnionType
from typing import Any, cast

import msgspec

from hub.desk.http.endpoint import BODY_LIMIT, Endpoint
from hub.desk.http.forms import ErrorOut

REF = "#/components/schemas/{name}"


def describe(endpoints: Sequence[Endpoint], frames: Mapping[str, Any]) -> dict[str, Any]:
    """The whole description. Frames of the live socket are schemas under the names of their unions, for the desk's types."""
    types: list[Any] = [ErrorOut, *frames.values()]
    for each in endpoints:
        types += [hint for hint in (*each.inputs().values(), each.hints["return"]) if _is_struct(hint)]
    schemas, components = msgspec.json.schema_components(types, ref_template=REF)
    components |= dict(zip(frames, schemas[1:], strict=False))
    paths: dict[str, dict[str, Any]] = {}
    for each in endpoints:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each)
    told = {
        "openapi": "3.1.0",
        "info": {"title": "Okno", "version": version("okno"), "description":
                 "The desk of the contact hub. Sign in by POST /api/session; every change carries the session's csrf in "
                 f"X-CSRF-Token. Bodies are JSON of at most {BODY_LIMIT >> 10} KB unless told otherwise."},
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": {"session": {"type": "apiKey", "in": "cookie", "name": "okno"}}},
        "security": [{"session": []}],
    }
    return cast("dict[str, Any]", _counted(told))


def _counted(schema: Any) -> Any:  # noqa: ANN401 - any JSON
    """Tuples of one type as lists of a length: generators of clients know no `items: false`."""
    match schema:
        case {"prefixItems": [first, *_], "items": False}:
            return {key: _counted(value) for key, value in schema.items()} | {"items": first}
        case dict():
            return {key: _counted(value) for key, value in schema.items()}
        case list():
            return [_counted(value) for value in schema]
        case _:
            return schema


def _operation(what: Endpoint) -> dict[str, Any]:
    inputs = what.inputs()
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": _schema(inputs[name])} for name in re.findall(r"{(\w+)", what.path)]
    if "query" in inputs:
        parameters += [{"name": field.encode_name, "in": "query", "required": field.required, "schema": _schema(field.type)}
                       for field in msgspec.structs.fields(inputs["query"])]
    operation: dict[str, Any] = {
        "operationId": what.function.__name__,
        "summary": (what.function.__doc__ or "").strip(),
        "parameters": parameters,
        "responses": {
            str(what.status): {"description": "done", "content": _content(what.hints["return"])},
            # RFC 7644 3.12 has errors of its own.
            "4XX": {"description": "refused", "content": _content(type(None) if what.path.startswith("/scim/") else ErrorOut)},
        },
    }
    if what.needs:
        operation["description"] = f"Needs the permission {' or '.join(f'`{each}`' for each in what.needs)}."
    if "body" in inputs:
        operation["requestBody"] = {"required": True, "content": _content(inputs["body"])}
    if "content" in inputs:
        operation["requestBody"] = {"required": True, "content": _FILE}
    return operation


_FILE: dict[str, Any] = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
"""Generators of clients know this type; an answer of another one alone is left out."""


def _content(hint: Any) -> dict[str, Any]:  # noqa: ANN401 - any type of a signature
    if hint is type(None):
        return {"application/json": {"schema": {"type": "object"}}}
    if isinstance(hint, type) and not _is_struct(hint):
        return _FILE | {"*/*": {}}  # what the header says
    return {"application/json": {"schema": _schema(hint)}}


def _schema(hint: Any) -> dict[str, Any]:  # noqa: ANN401 - any type of a signature
    (schema,), _ = msgspec.json.schema_components([hint], ref_template=REF)
    return schema


def _is_struct(hint: Any) -> bool:  # noqa: ANN401 - any type of a signature
    inner = hint.__args__[0] if getattr(hint, "__origin__", None) is list or isinstance(hint, UnionType) else hint
    return isinstance(inner, type) and issubclass(inner, msgspec.Struct)
