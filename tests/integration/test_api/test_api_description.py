"""The description of the API is valid, complete and true, and its pages need no internet."""

import re
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from app.api.openapi import TAGS
from app.main import create_app
from app.settings import Settings

CHINESE = re.compile(r"[\u4e00-\u9fff]")
ENGLISH = re.compile(r"[A-Za-z]{3}")


@pytest.fixture(scope="module")
def described() -> FastAPI:
    return create_app(Settings(database_url="sqlite://", _env_file=None), console=False)  # type: ignore[call-arg]


@pytest.fixture(scope="module")
def document(described: FastAPI) -> dict[str, Any]:
    return described.openapi()


def operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method} {path}", operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    validate(document)


def test_every_operation_has_a_summary_and_a_description_in_both_languages(
    document: dict[str, Any],
) -> None:
    tags = {tag["name"] for tag in TAGS}
    assert all(CHINESE.search(tag) for tag in tags)
    for name, operation in operations(document):
        for text in (operation["summary"], operation["description"]):
            assert CHINESE.search(text), name
            assert ENGLISH.search(text), name
        assert set(operation["tags"]) <= tags, name
    ids = [operation["operationId"] for _, operation in operations(document)]
    assert len(ids) == len(set(ids)) > 30


def test_every_example_is_what_the_schema_says(document: dict[str, Any]) -> None:
    checked = 0
    for name, operation in operations(document):
        bodies = [
            content
            for status, answer in operation["responses"].items()
            for content in answer.get("content", {}).values()
        ]
        assert any("example" in content for content in bodies), name
        for content in bodies:
            if "example" in content:
                schema = {**content["schema"], "components": document["components"]}
                Draft202012Validator(schema).validate(content["example"])
                checked += 1
        if "application/json" in operation.get("requestBody", {}).get("content", {}):
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            resolved = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
            for example in resolved["examples"]:
                Draft202012Validator({**schema, "components": document["components"]}).validate(example)
                checked += 1
    assert checked > 60


def test_every_error_is_described_as_a_problem_document(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        for status, answer in operation["responses"].items():
            if status >= "400":
                assert list(answer["content"]) == ["application/problem+json"], f"{name} {status}"
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_every_list_can_be_paged(document: dict[str, Any]) -> None:
    paged = [
        {parameter["name"] for parameter in operation["parameters"]}
        for _, operation in operations(document)
        if "Link" in operation["responses"].get("200", {}).get("headers", {})
    ]
    assert len(paged) > 15
    assert all({"limit", "offset"} <= names for names in paged)


def test_the_pages_of_the_description_need_no_internet(described: FastAPI) -> None:
    client = TestClient(described)
    assert client.get("/", follow_redirects=False).headers["location"] == "/docs"
    page = client.get("/docs").text
    assets = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(assets) >= 3
    for asset in assets:
        assert not asset.startswith(("http:", "https:", "//")), asset
        assert client.get(asset).status_code == 200, asset
    assert client.get("/openapi.json").json() == described.openapi()
