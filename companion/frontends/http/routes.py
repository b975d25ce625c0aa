"""One route for each action: its arguments out of path, query and body, its answer into JSON or a file."""

import dataclasses
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from aiohttp import web
from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from companion.frontends.http.errors import WrongMediaType, answer_bytes
from companion.frontends.http.files import SentFile
from companion.kernel.actions import AGREEMENT, Action, Caller, FileAnswer, Registry, Scope
from companion.kernel.errors import NotFound, Refused

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

CALLER = web.RequestKey("caller", Caller)
"""Who asks, as the door's gate found it out."""
UNTIL = web.RequestKey("until", float)
"""When what let the caller in expires (Unix seconds), if it does."""
LAST = web.RequestKey("last", bool)
"""Whether the connection ends with the answer, as the door's gate decides."""
RECORDED = web.RequestKey("recorded", bool)
"""Whether an action was asked for whose outcome the registry tells of."""
BODY = web.RequestKey("body", bytes)
"""The whole body: it is there before the gate looks at the request for the last time."""
WITH_QUERY = frozenset({"GET", "DELETE"})
"""The methods whose arguments stand in the query; the others have a JSON body."""
_TRUTH = TypeAdapter(bool)


def add_routes(router: web.UrlDispatcher, registry: Registry) -> None:
    """Offer every action of `registry`; raises ValueError when two claim the same method and path."""
    taken = {(route.method, route.resource.canonical) for route in router.routes() if route.resource}
    for action in registry.all():
        if (action.http_method, action.http_path) in taken:
            raise ValueError(f"{action.http} of {action.name} is taken")
        taken.add((action.http_method, action.http_path))
        router.add_route(action.http_method, action.http_path, _handler(registry, action))
        if action.http_method == "GET":
            router.add_route("HEAD", action.http_path, _handler(registry, action))


def media_paths(registry: Registry) -> frozenset[str]:
    """Where GET answers with a file."""
    return frozenset(
        action.http_path
        for action in registry.all()
        if action.http_method == "GET" and action.answer_type is FileAnswer
    )


def _handler(registry: Registry, action: Action) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        arguments = _arguments(request, action)  # nothing waits between the gate's last look and the action
        caller = request[CALLER]
        if action.may_ask:
            caller = dataclasses.replace(caller, agreed=_take_agreement(action, arguments))
        request[RECORDED] = action.scope >= Scope.CONTROL
        return await _answer(action, await registry.invoke(action.name, arguments, caller))

    return handle


def client_name(request: web.Request) -> str:
    """How a program names itself, for the log."""
    agent = request.headers.get("User-Agent", "")
    return "".join(letter for letter in agent if letter.isprintable())[:60]


def _arguments(request: web.Request, action: Action) -> dict[str, Any]:
    """The arguments of `action` as `request` gives them, each in one place only."""
    path = dict(request.match_info)
    body = request[BODY]
    if action.http_method in WITH_QUERY:
        if body:
            raise Refused("invalid_arguments", f"{action.name} takes its arguments from the query.", "Send no body.")
        given = _from_query(request, action)
    else:
        if request.query_string:
            raise Refused("invalid_arguments", f"{action.name} takes its arguments from a JSON body.", "Send no query.")
        given = json_object(request) if body else {}
    if twice := path.keys() & given.keys():
        raise Refused("invalid_arguments", f"{action.name}: {', '.join(sorted(twice))} is part of the path already.")
    return given | path


def _take_agreement(action: Action, arguments: dict[str, Any]) -> bool:
    """Whether the request says that a person agreed; taken out of `arguments`, where it is none."""
    try:
        return _TRUTH.validate_python(arguments.pop(AGREEMENT, False))
    except ValidationError as error:
        problem = {"field": AGREEMENT, "problem": error.errors()[0]["msg"]}
        message = f"{action.name}: {AGREEMENT}: {problem['problem']}."
        raise Refused("invalid_arguments", message, "Send true or false.", problems=[problem]) from None


def _from_query(request: web.Request, action: Action) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    for key in set(request.query):
        values = request.query.getall(key)
        if key not in action.list_arguments and len(values) > 1:
            raise Refused("invalid_arguments", f"{action.name}: {key} is given more than once.")
        arguments[key] = values if key in action.list_arguments else values[0]
    return arguments


def json_object(request: web.Request) -> dict[str, Any]:
    """The JSON object in the body; raises WrongMediaType or Refused `invalid_json`."""
    if request.content_type != "application/json":
        raise WrongMediaType(
            "wrong_media_type",
            f"The body is {request.content_type}; it must be JSON.",
            "Send it with `Content-Type: application/json`.",
        )
    try:
        value = from_json(request[BODY], allow_inf_nan=False)
    except ValueError as error:
        raise Refused("invalid_json", f"The body is not valid JSON: {error}.") from None
    if not isinstance(value, dict):
        raise Refused("invalid_json", "The body must be a JSON object.", 'Send, for example, {"seconds": 30}.')
    return value


async def _answer(action: Action, result: Any) -> web.StreamResponse:
    if isinstance(result, FileAnswer):
        return await _file(result)
    if action.answer_type is type(None):
        return web.Response(status=204)
    return answer_bytes(action.answer.dump_json(result))


async def _file(answer: FileAnswer) -> web.StreamResponse:
    """The file's bytes; aiohttp answers ranges and conditions (206, 304, 412, 416) when it sends them."""
    try:
        with answer.path.open("rb"):
            pass
    except OSError as error:
        raise NotFound("file_missing", f"{answer.path.name} cannot be read: {error.strerror}.") from error
    return SentFile(
        answer.path,
        headers={
            "Content-Type": answer.media_type,
            "Content-Disposition": _disposition(answer.filename),
            "Cache-Control": "private, no-cache",
        },
        passing=answer.passing,
    )


def _disposition(filename: str) -> str:
    """To be shown, under a name without folders, quotes or control characters; in full for those who read UTF-8."""
    name = filename.replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(letter for letter in name if letter.isprintable()) or "file"
    plain = "".join(letter if letter.isascii() and letter not in '"%\\' else "_" for letter in name)
    return f"inline; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
