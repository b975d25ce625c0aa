"""The OpenAPI document and the docs page, which both follow from the declared actions."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from companion.frontends.http.docs_page import render
from companion.frontends.http.openapi import document, event_types
from companion.kernel.actions import declared
from tests.frontends.shelf import Doors, Shelf, serving


@pytest.fixture(scope="module")
def api() -> dict[str, Any]:
    return document(declared(Shelf), "1.2.3")


@pytest.fixture
async def doors(tmp_path: Path) -> AsyncIterator[Doors]:
    async with serving(tmp_path) as found:
        yield found


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def test_it_is_valid(api: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(api).validate()


def test_it_is_valid_without_any_action() -> None:
    OpenAPIV31SpecValidator(document([], "1")).validate()


def test_every_reference_leads_somewhere(api: dict[str, Any]) -> None:
    found = set(references(api))
    assert "#/components/schemas/Thing" in found
    for reference in found:
        target: Any = api
        for part in reference.removeprefix("#/").split("/"):
            target = target[part]
    text = json.dumps(api)
    assert "$defs" not in text
    assert not [name for name in api["components"]["schemas"] if "Arguments" in name]


def test_every_action_is_there_as_it_was_declared(api: dict[str, Any]) -> None:
    for action in declared(Shelf):
        operation = api["paths"][action.http_path][action.http_method.lower()]
        assert operation["operationId"] == action.name
        assert operation["summary"] == action.help
        assert operation["x-scope"] == action.scope.name.lower()
        assert operation["x-confirm"] is action.confirm
        assert operation["tags"] == [action.name.split(".")[0]]
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
        named = {p["name"] for p in operation["parameters"] if p["in"] != "header"} | set(body.get("properties", {}))
        agreement = {"confirmed"} if action.may_ask else set()
        assert named == set(action.arguments.model_fields) | agreement


def test_arguments_stand_where_the_server_reads_them(api: dict[str, Any]) -> None:
    listing = api["paths"]["/api/items"]["get"]
    assert [(p["name"], p["in"], p["required"]) for p in listing["parameters"]] == [
        ("kind", "query", False),
        ("tags", "query", False),
        ("limit", "query", False),
    ]
    assert listing["parameters"][0]["description"] == "Only things of this kind."
    assert listing["parameters"][2]["schema"]["maximum"] == 10000
    edit = api["paths"]["/api/items/{id}"]["patch"]
    assert [(p["name"], p["in"], p["required"]) for p in edit["parameters"]] == [("id", "path", True)]
    schema = edit["requestBody"]["content"]["application/json"]["schema"]
    assert set(schema["properties"]) == {"title", "tags"}
    assert schema["additionalProperties"] is False
    put = api["paths"]["/api/items"]["post"]["requestBody"]
    assert put["required"] is True
    assert put["content"]["application/json"]["schema"]["required"] == ["title"]


def test_answers_errors_and_the_token_are_described(api: dict[str, Any]) -> None:
    listing = api["paths"]["/api/items"]["get"]["responses"]
    assert listing["200"]["content"]["application/json"]["schema"] == {
        "type": "array",
        "items": {"$ref": "#/components/schemas/Thing"},
    }
    assert {"400", "401", "403", "404", "409", "500", "502", "503"} <= set(listing)
    assert "204" in api["paths"]["/api/items/{id}"]["delete"]["responses"]
    assert {"200", "206", "304", "416"} <= set(api["paths"]["/api/items/{id}/file"]["get"]["responses"])
    assert api["security"] == [{"token": []}, {"device": []}]
    of_own = [(p, o) for p, methods in api["paths"].items() for o in methods.values() if "security" in o]
    entrance = ["/auth/pair", "/auth/pair", "/auth/refresh", "/auth/ticket"]
    assert sorted(path for path, operation in of_own if operation["security"] == []) == entrance
    on_the_pc = {path: operation for path, operation in of_own if operation["security"]}
    assert set(on_the_pc) == {"/api/obs/status", "/api/status", "/health"}
    for operation in on_the_pc.values():
        assert operation["security"] == [{}, {"device": []}]
        assert "401" in operation["responses"], "in the LAN they are not open"


def test_every_event_is_described(api: dict[str, Any]) -> None:
    described = api["paths"]["/ws"]["get"]["x-events"]
    names = {kind.__name__ for kind in event_types()}
    assert set(described) == names
    assert {"ClipSaved", "ReplayStateChanged", "ComponentChanged", "ActionInvoked"} <= names
    assert described["ClipSaved"]["description"].startswith("A clip is on disk")


async def test_the_server_serves_the_same_document(doors: Doors, api: dict[str, Any]) -> None:
    url = f"{doors.url}/api/openapi.json"
    async with aiohttp.ClientSession(headers=doors.auth) as session, session.get(url) as response:
        assert await response.json() == api


async def test_answers_fit_the_document(doors: Doors, api: dict[str, Any]) -> None:
    async with aiohttp.ClientSession(doors.url, headers=doors.auth) as session:
        async with session.post("/api/items", json={"title": "x"}):
            pass
        for path, template in (
            ("/health", "/health"),
            ("/api/status", "/api/status"),
            ("/api/items", "/api/items"),
            ("/api/items/1", "/api/items/{id}"),
        ):
            async with session.get(path) as response:
                body = await response.json()
            answer = api["paths"][template]["get"]["responses"]["200"]
            schema = answer["content"]["application/json"]["schema"]
            OAS31Validator({**schema, "components": api["components"]}).validate(body)
        async with session.get("/api/items/9") as response:
            error = {"$ref": "#/components/schemas/Error", "components": api["components"]}
            OAS31Validator(error).validate(await response.json())


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            elif name == "href":
                self.links.append(value or "")
            elif name in ("src", "srcset", "style", "onclick", "onload"):
                self.loads.append(value or "")


def test_the_page_is_whole_and_loads_nothing(api: dict[str, Any]) -> None:
    page = _Page()
    page.feed(render(api))
    assert len(page.ids) == len(set(page.ids))
    assert {link for link in page.links if link.removeprefix("#") not in page.ids} == set()
    assert page.loads == []
    assert not {"script", "link", "img", "iframe", "form"} & set(page.tags)
    for action in declared(Shelf):
        assert action.name in page.ids


def test_the_page_escapes_what_it_shows(api: dict[str, Any]) -> None:
    nasty = json.loads(json.dumps(api).replace("Throw a thing away.", "<script>alert(1)</script>"))
    assert "<script" not in render(nasty)


@pytest.mark.real
async def test_a_browser_opens_it_by_its_ticket_and_styles_it(doors: Doors, tmp_path: Path) -> None:
    async with (
        aiohttp.ClientSession(doors.url, headers=doors.auth) as http,
        http.post("/api/docs/ticket") as response,
    ):
        path = (await response.json())["path"]
    options = webdriver.ChromeOptions()
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1280,900", profile):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})

    def browse() -> tuple[str, str, str, list[dict[str, Any]]]:
        driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
        try:
            driver.get(doors.url + path)
            display = driver.execute_script("return getComputedStyle(document.querySelector('.layout')).display")
            driver.refresh()
            return driver.current_url, driver.title, str(display), driver.get_log("browser")  # type: ignore[no-untyped-call]
        finally:
            driver.quit()

    url, title, display, log = await asyncio.to_thread(browse)
    assert url == f"{doors.url}/api/docs"
    assert title == "FluxBoard Companion API"
    assert display == "grid"
    assert [entry for entry in log if not re.search("favicon", entry["message"])] == []
