"""The table of operations as an OpenAPI description. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, get_type_hints

import attrs

from lossy.channels import told
from lossy.channels.errors import Code
from lossy.channels.operations import OPERATIONS, Media, Who
from lossy.channels.schema import classes_of, name_of, of_class, reference

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lossy.channels.operations import Operation

AT = "#/components/schemas/"
COOKIE: dict[str, list[str]] = {"cookie": []}
BEARER: dict[str, list[str]] = {"bearer": []}
SCHEMES = {
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": "lossy_session",
        "description": "Of the web app. What changes anything needs an Origin of this server beside it.",
    },
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "The token of a device."},
}
HEAD = "Notes, videos, settings and devices, as the channels have them. Errors have one shape, with codes of one list."


def openapi(operations: Mapping[str, Operation] = OPERATIONS) -> dict[str, Any]:
    paths: dict[str, dict[str, Any]] = {}
    for row in operations.values():
        paths.setdefault(row.path, {})[row.method.lower()] = _operation(row)
    kinds = [kind for row in operations.values() for kind in (row.reply, row.body) if attrs.has(kind)]
    classes = {each.__name__: each for kind in (*kinds, told.Error) for each in classes_of(kind)}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Lossy", "version": "1", "description": HEAD},
        "paths": paths,
        "components": {
            "schemas": {name: of_class(classes[name], AT) for name in sorted(classes)},
            "responses": {"Error": {"description": f"One of {', '.join(Code)}.", "content": _json(told.Error)}},
            "securitySchemes": SCHEMES,
        },
    }


def _operation(row: Operation) -> dict[str, Any]:
    asked: dict[str, Any] = {
        "operationId": row.name,
        "summary": row.about,
        "tags": [row.path.split("/")[2].partition(".")[0]],
        "security": _security(row),
        "parameters": [*_ids(row.path), *_query(row.query)],
        "responses": {str(row.status): _answer(row), "default": {"$ref": "#/components/responses/Error"}},
        "x-limit": {"per_minute": row.limit.per_minute, "burst": row.limit.burst},
    }
    if row.body is not None:
        asked["requestBody"] = {"required": True, "content": _content(row.body)}
    return asked


def _security(row: Operation) -> list[dict[str, list[str]]]:
    if row.who is Who.ANYBODY:
        return []
    return [COOKIE, BEARER] if row.bearer else [COOKIE]


def _ids(path: str) -> Iterator[dict[str, Any]]:
    for name in re.findall(r"{(\w+)}", path):
        schema = {"type": "string", "format": "uuid"} if name.endswith("_id") else {"type": "string", "minLength": 1}
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _query(kind: Any) -> Iterator[dict[str, Any]]:
    if kind is None:
        return
    hints = get_type_hints(kind, include_extras=True)
    for each in attrs.fields(kind):
        required = each.default is attrs.NOTHING
        schema = _without_null(reference(hints[each.name], AT))
        about = {"description": each.metadata["about"]}
        yield {"name": name_of(each), "in": "query", "required": required, "schema": schema, **about}


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A query has no null: what may be None is left out."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    return kinds[0] if len(kinds) == 1 else schema


def _answer(row: Operation) -> dict[str, Any]:
    described = {"description": row.about}
    return described if row.reply is None else {**described, "content": _content(row.reply)}


def _content(kind: Any) -> dict[str, Any]:
    if isinstance(kind, Media):
        return {media: {} if media.endswith("json") else {"schema": {"type": "string"}} for media in kind.types}
    return _json(kind)


def _json(kind: Any) -> dict[str, Any]:
    return {"application/json": {"schema": reference(kind, AT)}}
