"""The API for people: one page made here, from the OpenAPI document, without a script or an outside request."""

import base64
import hashlib
import html
import json
from collections.abc import Iterable
from typing import Any

Json = dict[str, Any]

STYLE = """
:root { color-scheme: light dark; --ground: #f6f7f9; --card: #fff; --text: #1d2430; --soft: #566072; --line: #dfe3ea;
  --accent: #5b3df5; --code: #eef0f5; --get: #0a7d4f; --post: #1f5fd1; --patch: #9a6200; --delete: #c22f3d; }
@media (prefers-color-scheme: dark) { :root { --ground: #12151b; --card: #1a1f28; --text: #e6e9ef; --soft: #9aa5b8;
  --line: #2b323f; --accent: #a594ff; --code: #232a36; --get: #4cc790; --post: #7fb0ff; --patch: #e3b25c;
  --delete: #ff8a92; } }
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0; background: var(--ground); color: var(--text); font: 15px/1.55 system-ui, "Segoe UI", sans-serif; }
code, pre, .path, .type { font-family: ui-monospace, "Cascadia Mono", Consolas, "DejaVu Sans Mono", monospace; }
code, pre { background: var(--code); border-radius: 4px; font-size: 13px; }
code { padding: .1em .35em; overflow-wrap: anywhere; }
pre { padding: .8rem 1rem; overflow-x: auto; margin: .6rem 0; }
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; }
.layout { display: grid; grid-template-columns: 17rem minmax(0, 1fr); min-height: 100vh; }
nav { position: sticky; top: 0; align-self: start; height: 100vh; overflow-y: auto; padding: 1.4rem 1.2rem;
  border-right: 1px solid var(--line); background: var(--card); font-size: 14px; }
nav h1 { font-size: 1.05rem; margin: 0; }
nav .version { color: var(--soft); margin: 0 0 1.2rem; font-size: 13px; }
nav h2 { font-size: .75rem; letter-spacing: .06em; text-transform: uppercase; color: var(--soft);
  margin: 1.1rem 0 .2rem; }
nav ul { list-style: none; margin: 0; padding: 0; }
nav li { padding: .12rem 0; }
main { padding: 2rem 2.4rem 5rem; max-width: 62rem; width: 100%; }
main h2 { margin: 2.6rem 0 .8rem; font-size: 1.35rem; }
main h2:first-child { margin-top: 0; }
article { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1rem 1.2rem;
  margin: 0 0 1rem; }
article h3 { margin: 0; font-size: 1rem; display: flex; gap: .6rem; align-items: baseline; flex-wrap: wrap; }
article h4 { margin: 1rem 0 .2rem; font-size: .8rem; color: var(--soft); font-weight: 600; }
article > p { margin: .4rem 0 0; }
.method { font-weight: 700; font-size: .78rem; min-width: 3.6rem; }
.GET { color: var(--get); } .POST { color: var(--post); } .PATCH, .PUT { color: var(--patch); }
.DELETE { color: var(--delete); }
.path { font-size: .95rem; overflow-wrap: anywhere; font-weight: 600; }
.badge { font-size: .72rem; font-weight: 500; border: 1px solid var(--line); border-radius: 99px;
  padding: .05rem .55rem; color: var(--soft); }
.table { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th { text-align: left; font-weight: 600; color: var(--soft); font-size: .8rem; }
th, td { padding: .35rem .8rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
tr:last-child td { border-bottom: 0; }
td:first-child { white-space: nowrap; }
.type { font-size: 13px; color: var(--soft); }
.needed { color: var(--delete); }
@media (max-width: 52rem) { .layout { display: block; } main { padding: 1.2rem; }
  nav { position: static; height: auto; border-right: 0; border-bottom: 1px solid var(--line); } }
"""

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    f"style-src 'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'"
)

EXAMPLE = 'curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:3123/api/clips'


def render(document: Json) -> str:
    """The page for an OpenAPI `document`."""
    info = document["info"]
    groups = _by_tag(document["paths"])
    schemas: Json = document["components"]["schemas"]
    events: Json = document["paths"]["/ws"]["get"]["x-events"]
    body = "".join(
        [
            _start(info),
            *(_group(tag, operations, document) for tag, operations in groups.items()),
            '<h2 id="all-events">Events</h2>',
            *(_event(name, event) for name, event in events.items()),
            '<h2 id="all-errors">Errors</h2>',
            _errors(document["components"]["responses"]),
            '<h2 id="all-schemas">Schemas</h2>',
            *(_schema(name, schema) for name, schema in sorted(schemas.items())),
        ]
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_text(info['title'])} API</title><style>{STYLE}</style></head>"
        f'<body><div class="layout">{_nav(info, groups)}<main>{body}</main></div></body></html>'
    )


def _by_tag(paths: Json) -> dict[str, list[tuple[str, str, Json]]]:
    groups: dict[str, list[tuple[str, str, Json]]] = {}
    for path, methods in paths.items():
        for method, operation in methods.items():
            groups.setdefault(operation["tags"][0], []).append((path, method.upper(), operation))
    return groups


def _nav(info: Json, groups: dict[str, list[tuple[str, str, Json]]]) -> str:
    parts = [f"<nav><h1>{_text(info['title'])}</h1>", f'<p class="version">API {_text(info["version"])}</p>']
    for tag, operations in groups.items():
        links = (
            f'<li><a href="#{_text(o["operationId"])}">{_text(o["operationId"])}</a></li>' for _, _, o in operations
        )
        parts.append(f"<h2>{_text(tag)}</h2><ul>{''.join(links)}</ul>")
    more = "".join(f'<li><a href="#all-{name}">{name.title()}</a></li>' for name in ("events", "errors", "schemas"))
    return "".join([*parts, f"<h2>more</h2><ul>{more}</ul></nav>"])


def _start(info: Json) -> str:
    return f"<h2>{_text(info['title'])}</h2><p>{_prose(info['description'])}</p><pre>{_text(EXAMPLE)}</pre>"


def _group(tag: str, operations: list[tuple[str, str, Json]], document: Json) -> str:
    cards = (_operation(path, method, operation, document) for path, method, operation in operations)
    return f"<h2>{_text(tag)}</h2>{''.join(cards)}"


def _operation(path: str, method: str, operation: Json, document: Json) -> str:
    badges = [operation["operationId"]]
    if (security := operation.get("security")) is not None and (not security or {} in security):
        badges.append("open")
    elif "x-scope" in operation:
        badges.append(f"scope {operation['x-scope']}")
    if operation.get("x-confirm"):
        badges.append("asks first")
    shown = "".join(f'<span class="badge">{_text(badge)}</span>' for badge in badges)
    parts = [
        f'<article id="{_text(operation["operationId"])}"><h3><span class="method {method}">{method}</span>',
        f'<span class="path">{_text(path)}</span>{shown}</h3><p>{_prose(operation["summary"])}</p>',
    ]
    if text := operation.get("description"):
        parts.append(f"<p>{_prose(text)}</p>")
    parts.append(_arguments(operation))
    answers = operation["responses"].items()
    parts.extend(_answer(status, answer) for status, answer in answers if "$ref" not in answer)
    return "".join([*parts, "</article>"])


def _arguments(operation: Json) -> str:
    rows = [(p["name"], p["in"], p["required"], p["schema"]) for p in operation.get("parameters", [])]
    content = operation.get("requestBody", {}).get("content", {})
    if schema := content.get("application/json", {}).get("schema"):
        needed = schema.get("required", [])
        rows += [(name, "body", name in needed, value) for name, value in schema["properties"].items()]
    if not rows:
        return ""
    return "<h4>Arguments</h4>" + _table(
        ("name", "in", "type", "meaning"),
        (
            (_name(name, needed), place, _type(schema), _prose(schema.get("description", "")))
            for name, place, needed, schema in rows
        ),
    )


def _answer(status: str, answer: Json) -> str:
    kinds = answer.get("content", {})
    schema = kinds.get("application/json", {}).get("schema")
    if schema:
        shown = _properties(schema) if "properties" in schema else _type(schema)
    else:
        shown = "".join(f'<span class="type">{_text(kind)}</span>' for kind in kinds)
    return f"<h4>{_text(status)} · {_text(answer['description'])}</h4>{shown}"


def _event(name: str, event: Json) -> str:
    return (
        f'<article id="event-{_text(name)}"><h3><span class="path">{_text(name)}</span></h3>'
        f"<p>{_prose(event['description'])}</p><h4>payload</h4>{_type(event['payload'])}</article>"
    )


def _errors(responses: Json) -> str:
    rows = ((f"<b>{_text(name.removeprefix('Error'))}</b>", _prose(r["description"])) for name, r in responses.items())
    return f"<article>{_table(('status', 'codes'), rows)}</article>"


def _schema(name: str, schema: Json) -> str:
    text = f"<p>{_prose(schema['description'])}</p>" if schema.get("description") else ""
    shape = _properties(schema) if "properties" in schema else f"<p>{_type(schema)}</p>"
    return f'<article id="schema-{_text(name)}"><h3><span class="path">{_text(name)}</span></h3>{text}{shape}</article>'


def _properties(schema: Json) -> str:
    needed = schema.get("required", [])
    rows = (
        (_name(name, name in needed), _type(value), _prose(value.get("description", "")))
        for name, value in schema["properties"].items()
    )
    return _table(("field", "type", "meaning"), rows)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """`head` is text, `rows` are HTML; a column without any content is left out."""
    columns = [(title, *cells) for title, *cells in zip(head, *rows, strict=True) if any(cells)]
    titles = "".join(f"<th>{_text(title)}</th>" for title, *_ in columns)
    lines = "".join(
        f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>"
        for row in zip(*(cells for _, *cells in columns), strict=True)
    )
    return f'<div class="table"><table><thead><tr>{titles}</tr></thead><tbody>{lines}</tbody></table></div>'


def _name(name: str, needed: bool) -> str:
    star = '<span class="needed" title="required">&nbsp;*</span>' if needed else ""
    return f"<code>{_text(name)}</code>{star}"


def _type(schema: Json) -> str:
    default = f" = {_text(json.dumps(schema['default']))}" if "default" in schema else ""
    return f'<span class="type">{_shape(schema)}{default}</span>'


def _shape(schema: Json) -> str:
    """A schema's type in one line, with links to those that have a name."""
    if reference := schema.get("$ref"):
        name = _text(reference.rsplit("/", 1)[-1])
        return f'<a href="#schema-{name}">{name}</a>'
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return " or ".join(_shape(choice) for choice in schema[key])
    if "const" in schema:
        return _text(json.dumps(schema["const"]))
    if "enum" in schema:
        return " or ".join(_text(json.dumps(value)) for value in schema["enum"])
    kind = str(schema.get("type", "any"))
    if kind == "array":
        return f"list of {_shape(schema.get('items', {}))}{_bounds(schema)}"
    return f"{_text(str(schema.get('format', kind)))}{_bounds(schema)}"


def _bounds(schema: Json) -> str:
    signs = {"exclusiveMinimum": "&gt; ", "minimum": "≥ ", "exclusiveMaximum": "&lt; ", "maximum": "≤ "}
    signs |= {"minLength": "length ≥ ", "maxLength": "length ≤ ", "minItems": "items ≥ ", "maxItems": "items ≤ "}
    signs |= {"pattern": "like "}
    found = [f"{sign}{_text(str(schema[key]))}" for key, sign in signs.items() if key in schema]
    return f" ({', '.join(found)})" if found else ""


def _prose(text: str) -> str:
    """Text with `code` in backticks."""
    pieces = _text(text).split("`")
    return "".join(f"<code>{piece}</code>" if index % 2 else piece for index, piece in enumerate(pieces))


def _text(text: str) -> str:
    return html.escape(text)
