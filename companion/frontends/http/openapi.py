"""The OpenAPI 3.1 document, derived from the declared actions and events; it needs no running daemon."""

import inspect
from collections.abc import Iterator, Sequence
from typing import Any, Literal

from pydantic import TypeAdapter

from companion.domain import events
from companion.frontends.http.auth import OPEN
from companion.frontends.http.routes import WITH_QUERY
from companion.kernel.actions import AGREEMENT, Action, ActionInvoked, FileAnswer
from companion.kernel.bus import Event
from companion.kernel.status import Component, ComponentChanged

Json = dict[str, Any]
Key = tuple[str, Literal["validation", "serialization"]]

REF = "#/components/schemas/{model}"
OPEN_HERE: list[Json] = [{}, {"device": []}]
"""On the PC nothing is asked for; in the LAN only a paired device is answered."""

ERRORS = {
    "400": "`invalid_arguments` (details.problems names each field), `invalid_json`, `body_too_slow`, "
    "`confirmation_needed` (details.actions names what asks a person first), or another code",
    "401": "`unauthorized`, `token_expired`, `token_invalid`, `device_revoked`, `refresh_reused`, `ticket_invalid`",
    "403": "`host_not_allowed`, `origin_not_allowed`, `header_needed`, `scope_too_low`, `one_time_password_needed`",
    "404": "there is no such thing: the code names what is missing",
    "405": "`method_not_allowed`",
    "409": "it cannot be done in the present state: the code names the state",
    "413": "`body_too_large`: at most 1 MiB, at /auth/ 4 KiB",
    "415": "`wrong_media_type`",
    "429": "`too_many_tries`, `too_many_streams`: wait; `Retry-After` says how long",
    "500": "`internal_error`: a bug of ours; the log has its traceback",
    "502": "it was tried and did not work: the code says what",
    "503": "something needed is absent: the remedy says how to bring it back",
}

ABOUT = """\
The API of the companion. On 127.0.0.1 everything but the three routes marked "open" needs `Authorization: Bearer
TOKEN`; the token is in the file that `companion doctor` names. In the LAN, if the streamer opened that door, paired
phones show a cookie, which `/auth/pair` and `/auth/refresh` give; what is not a GET needs the header `X-Companion: 1`
and the page's own `Origin` besides. Every error has the form of the schema `Error`, with a stable `code`, a sentence,
and a remedy."""


def document(actions: Sequence[Action], version: str) -> Json:
    """The whole API, with every `$ref` resolved inside the document."""
    schemas = _Schemas()
    for action in actions:
        schemas.add((action.name, "validation"), TypeAdapter(action.arguments))
        if action.answer_type is not FileAnswer:
            schemas.add((action.name, "serialization"), action.answer)
    kinds = event_types()
    for kind in kinds:
        schemas.add((kind.__name__, "serialization"), TypeAdapter(kind))
    schemas.add(("status", "serialization"), TypeAdapter(list[Component]))
    schemas.build()

    paths: dict[str, Json] = {}
    for path, method, operation in [*(_derived(action, schemas) for action in actions), *_own(schemas, kinds)]:
        paths.setdefault(path, {})[method] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "FluxBoard Companion",
            "version": version,
            "description": ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "The companion's address, http://127.0.0.1:PORT"}],
        "security": [{"token": []}, {"device": []}],
        "tags": [{"name": tag} for tag in dict.fromkeys(_tags(paths))],
        "paths": paths,
        "components": {
            "schemas": {**schemas.components, "Error": _ERROR},
            "responses": {f"Error{status}": _error_response(text) for status, text in ERRORS.items()},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "device": {"type": "apiKey", "in": "cookie", "name": "__Host-companion_access"},
            },
        },
    }


def event_types() -> list[type[Event]]:
    """Every event that /ws can carry, by name."""
    found = [kind for kind in vars(events).values() if inspect.isclass(kind) and issubclass(kind, Event)]
    return sorted({*found, ActionInvoked, ComponentChanged} - {Event}, key=lambda kind: kind.__name__)


class _Schemas:
    """Collects the types that the document speaks of, and names each once."""

    def __init__(self) -> None:
        self._wanted: list[tuple[str, Literal["validation", "serialization"], TypeAdapter[Any]]] = []
        self._found: dict[Key, Json] = {}
        self.components: Json = {}

    def add(self, key: Key, adapter: TypeAdapter[Any]) -> None:
        self._wanted.append((*key, adapter))

    def build(self) -> None:
        found, common = TypeAdapter.json_schemas(self._wanted, ref_template=REF)
        self._found = {(name, mode): schema for (name, mode), schema in found.items()}
        self.components = common.get("$defs", {})

    def get(self, key: Key) -> Json:
        return self._found[key]

    def take_arguments(self, name: str) -> Json:
        """The argument object of the action `name`, which stands in its operation instead of under a name."""
        schema = self._found[name, "validation"]
        if reference := schema.get("$ref"):
            schema = self.components.pop(reference.rsplit("/", 1)[-1])
        return schema


def _derived(action: Action, schemas: _Schemas) -> tuple[str, str, Json]:
    arguments = schemas.take_arguments(action.name)
    properties: Json = arguments.get("properties", {})
    required = set(arguments.get("required", ()))
    if action.may_ask:
        properties[AGREEMENT] = _agreement(needed=action.confirm)
    if action.confirm:
        required.add(AGREEMENT)
    in_path = set(action.path_arguments)
    operation: Json = {
        "operationId": action.name,
        "summary": action.help,
        "tags": [action.name.split(".", 1)[0]],
        "x-scope": action.scope.name.lower(),
        "x-confirm": action.confirm,
        "parameters": [_parameter(name, "path", properties[name], required=True) for name in action.path_arguments],
        "responses": {**_answers(action, schemas), **_errors(action)},
    }
    rest = {name: schema for name, schema in properties.items() if name not in in_path}
    if action.http_method in WITH_QUERY:
        operation["parameters"] += [
            _parameter(name, "query", schema, required=name in required) for name, schema in rest.items()
        ]
    elif rest:
        operation["requestBody"] = _body(rest, sorted(required - in_path))
    if action.answer_type is FileAnswer:
        operation["parameters"].append(
            _parameter("Range", "header", {"type": "string", "examples": ["bytes=0-1023"]}, required=False)
        )
    if action.http_path in OPEN:
        operation["security"] = OPEN_HERE
    return action.http_path, action.http_method.lower(), operation


def _agreement(*, needed: bool) -> Json:
    if needed:
        return {"type": "boolean", "const": True, "description": "A person was asked, and agreed"}
    return {
        "type": "boolean",
        "default": False,
        "description": "A person was asked, and agreed to what it contains that asks first",
    }


def _parameter(name: str, place: str, schema: Json, *, required: bool) -> Json:
    text = {"description": schema["description"]} if "description" in schema else {}
    return {"name": name, "in": place, "required": required, **text, "schema": schema}


def _body(properties: Json, required: list[str]) -> Json:
    schema: Json = {"type": "object", "properties": properties, "additionalProperties": False}
    if required:
        schema["required"] = required
    return {"required": bool(required), "content": {"application/json": {"schema": schema}}}


def _answers(action: Action, schemas: _Schemas) -> Json:
    if action.answer_type is FileAnswer:
        return {
            "200": {"description": "The file", "content": {"*/*": {}}},
            "206": {"description": "The part that Range asked for", "content": {"*/*": {}}},
            "304": {"description": "Not changed since If-None-Match or If-Modified-Since"},
            "416": {"description": "Range is outside the file"},
        }
    if action.answer_type is type(None):
        return {"204": {"description": "Done"}}
    return {"200": _json_answer("Done", schemas.get((action.name, "serialization")))}


def _errors(action: Action) -> Json:
    statuses = set(ERRORS) - {"405"}
    if action.http_method in WITH_QUERY:
        statuses -= {"413", "415"}
    return {status: {"$ref": f"#/components/responses/Error{status}"} for status in sorted(statuses)}


def _own(schemas: _Schemas, kinds: list[type[Event]]) -> Iterator[tuple[str, str, Json]]:
    """The routes that are the server's own, not an action's."""

    def operation(name: str, summary: str, answers: Json, **more: Any) -> Json:
        refused = {status: {"$ref": f"#/components/responses/Error{status}"} for status in ("401", "403", "429")}
        return {"operationId": name, "summary": summary, "tags": ["server"], "responses": answers | refused, **more}

    health = {"type": "object", "properties": {"status": {"const": "ok"}, "version": {"type": "string"}}}
    yield (
        "/health",
        "get",
        operation("health", "Whether it runs.", {"200": _json_answer("It does", health)}, security=OPEN_HERE),
    )
    status = {
        "type": "object",
        "properties": {"version": {"type": "string"}, "components": schemas.get(("status", "serialization"))},
        "required": ["version", "components"],
    }
    answers = {"200": _json_answer("All components", status)}
    yield "/api/status", "get", operation("status", "The state of every component.", answers, security=OPEN_HERE)
    answers = {"200": _json_answer("The document", {"type": "object"})}
    yield "/api/openapi.json", "get", operation("openapi", "This description.", answers)
    pc_only = _refs("404")  # the LAN's door has no such route
    answers = {"200": {"description": "The page", "content": {"text/html": {}}}} | pc_only
    yield "/api/docs", "get", operation("docs", "This description, for people.", answers)
    link = {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}
    answers = {"200": _json_answer("A link that opens the docs page once, within a minute", link)} | pc_only
    yield "/api/docs/ticket", "post", operation("docs.ticket", "A link to the docs page for a browser.", answers)
    link = {"type": "object", "properties": {"url": {"type": "string"}}, "required": ["url"]}
    answers = {"200": _json_answer("A link that opens the dashboard once, within a minute", link)} | pc_only
    yield "/api/dashboard/ticket", "post", operation("dashboard.ticket", "A link to the dashboard.", answers)
    streams: dict[str, tuple[str, str, Json]] = {
        "/ws": (
            "events.socket",
            "Every event as one JSON message, over a WebSocket.",
            {"101": {"description": "It begins"}},
        ),
        "/api/events": (
            "events.stream",
            "The same messages as server-sent events, with a heartbeat.",
            {"200": {"description": "It begins", "content": {"text/event-stream": {}}}},
        ),
    }
    for path, (name, summary, answers) in streams.items():
        yield path, "get", operation(name, summary, answers | _refs("400", "429"), **_events(schemas, kinds))
    for path, method, name, summary, answers, more in (*_entrance(), *_pairing()):
        yield path, method, operation(name, summary, answers, **more)


def _refs(*statuses: str) -> Json:
    return {status: {"$ref": f"#/components/responses/Error{status}"} for status in statuses}


def _events(schemas: _Schemas, kinds: list[type[Event]]) -> Json:
    """What both streams take and carry."""
    since = {"type": "integer", "minimum": 0, "description": "Send what happened after the event with this id."}
    watch = {"type": "string", "description": "Topics of what is measured, with commas: such as meters,stats."}
    described = {
        kind.__name__: {
            "description": inspect.cleandoc(kind.__doc__ or ""),
            "payload": schemas.get((kind.__name__, "serialization")),
            "audience": kind.audience.name.lower(),
            "watch": kind.watch,
        }
        for kind in kinds
    }
    return {
        "description": (
            "Each message is `{id, ts, type, payload}`. Without `since`, or where that is too old or the client reads "
            "too slowly, a `Snapshot` stands for what was missed: `{me, components, states}`, the whole present state. "
            "On a WebSocket browsers pass a token as the subprotocol `bearer.TOKEN` beside `companion.events`."
        ),
        "parameters": [
            _parameter("since", "query", since, required=False),
            _parameter("watch", "query", watch, required=False),
        ],
        "x-events": described,
    }


def _entrance() -> Iterator[tuple[str, str, str, str, Json, Json]]:
    """The way in, and what a caller is told of itself."""
    text: Json = {"type": "string"}
    done: Json = {"204": {"description": "Done"}}
    bad = _refs("400", "413", "415", "429")

    def thing(**properties: Json) -> Json:
        return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}

    ticket = {"requestBody": _body({"ticket": text}, ["ticket"]), "security": []}
    answers = {"200": _json_answer("The dashboard's own token", thing(token=text))} | bad | _refs("404")
    yield "/auth/ticket", "post", "auth.ticket", "Exchange a link's ticket (on the PC).", answers, ticket
    scope = {"enum": ["view", "control", "admin"]}
    me = thing(
        name=text,
        scope=scope,
        device={"type": ["integer", "null"]},
        door={"enum": ["phone", "dashboard", "http"]},
        version=text,
        installation=text,
    )
    yield "/auth/me", "get", "auth.me", "Who asks.", {"200": _json_answer("The caller", me)}, {}
    yield "/auth/leave", "post", "auth.leave", "Forget this device.", done | _refs("400", "413", "502", "503"), {}
    step = {"requestBody": _body({"code": text}, ["code"])}
    summary = "Give a one-time password for administrative acts, for five minutes."
    yield "/auth/step_up", "post", "auth.step_up", summary, done | bad | _refs("502", "503"), step


def _pairing() -> Iterator[tuple[str, str, str, str, Json, Json]]:
    """The routes that only the LAN's door has."""
    text: Json = {"type": "string"}
    asked = {
        "type": "object",
        "properties": {"id": {"type": "integer"}, "number": text, "expires_at": {"type": "number"}},
        "required": ["id", "number", "expires_at"],
    }
    body = {"requestBody": _body({"name": text, "secret": text, "code": text}, ["name"]), "security": []}
    answers = {"201": _json_answer("The request waits for the streamer", asked)}
    answers |= _refs("400", "404", "409", "413", "415", "429")  # 404: the door on the PC has no such route
    yield "/auth/pair", "post", "auth.pair", "Ask to be let in, with the secret or the code.", answers, body
    looked = {
        "type": "object",
        "properties": {
            "state": {"enum": ["waiting", "allowed", "denied", "expired"]},
            "number": text,
            "expires_at": {"type": "number"},
            "scope": {"enum": ["view", "control", "admin", None]},
        },
        "required": ["state", "number", "expires_at", "scope"],
    }
    answers = {"200": _json_answer("Allowed: the answer sets the cookies", looked)} | _refs("404", "409", "502", "503")
    yield "/auth/pair", "get", "auth.pairing", "How far the request has come.", answers, {"security": []}
    done = {"204": {"description": "Fresh cookies"}} | _refs("400", "404", "413", "502", "503")
    yield "/auth/refresh", "post", "auth.refresh", "Get fresh cookies.", done, {"security": []}
    stream = {"requestBody": _body({"stream": {"type": "integer"}}, ["stream"])}
    summary = "Answer a heartbeat of /api/events: a comment with the stream's number, which phones alone are sent."
    answers = {"204": {"description": "It goes on"}} | _refs("400", "404", "413", "415")
    yield "/api/events/alive", "post", "events.alive", summary, answers, stream


def _json_answer(description: str, schema: Json) -> Json:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _error_response(text: str) -> Json:
    return _json_answer(text, {"$ref": REF.format(model="Error")})


def _tags(paths: dict[str, Json]) -> Iterator[str]:
    for methods in paths.values():
        for operation in methods.values():
            yield from operation["tags"]


_ERROR: Json = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "remedy", "details"],
            "properties": {
                "code": {"type": "string", "description": "Stable; programs decide by it."},
                "message": {"type": "string", "description": "A sentence for a person."},
                "remedy": {"type": "string", "description": "What to do next; may be empty."},
                "details": {"type": "object", "description": "What a program may want to know besides."},
            },
        }
    },
}
