"""The server keeps its contract: whatever is sent, no fault of its own and no undeclared answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import schemathesis
from live import REPOSITORY, Server
from schemathesis.checks import CHECKS
from schemathesis.config import SchemathesisConfig

from kukla import Client

NAMES = ("docs", "vectors")

# What a schema cannot say, such as that exactly one of two parts is needed, is refused though it
# is in the contract's form.
LEFT_OUT = ("positive_data_acceptance",)

# Left as they are drawn: they would take away what the other operations are tested on.
DESTRUCTIVE = ("delete_collection",)

# Requests are drawn at random from the contract, valid and not. The coverage phase besides has
# thousands of almost equal filters; `schemathesis run openapi.json --url URL` runs it by hand.
contract = schemathesis.openapi.from_dict(
    json.loads((REPOSITORY / "openapi.json").read_text(encoding="utf-8")),
    config=SchemathesisConfig.from_dict({"phases": {"coverage": {"enabled": False}}}),
)


@pytest.fixture(scope="module")
def populated() -> Iterator[Server]:
    """A server with a collection of each kind, and a point in each."""
    # Many writes wait until words are searched; let that be soon.
    settings = {"KUKLA__ENGINE__TEXT_LAG_MS": "10"}
    with Server(settings) as server, Client(server.url) as client:
        client.create_collection("docs")
        client.create_collection("vectors", model=None, dimensions=3)
        client.upsert("docs", [{"id": "0", "text": "The cat sat.", "payload": {"a": 1}}])
        client.upsert("vectors", [{"id": "0", "vector": [1, 2, 3], "payload": {"a": 1}}])
        yield server


@contract.parametrize()
@hypothesis.settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
)
def test_an_operation_answers_as_declared(case: Any, populated: Server) -> None:
    name = case.operation.definition.raw.get("operationId")
    parameters = case.path_parameters
    if name not in DESTRUCTIVE and "collection" in parameters:
        # Every other drawn name becomes one that exists, so that more than 404 is seen.
        drawn = sum(str(parameters["collection"]).encode())
        if drawn % 4 != 3:
            parameters["collection"] = NAMES[drawn % 2]
    checks = [check for check in CHECKS.get_all() if check.__name__ not in LEFT_OUT]
    response = case.call(base_url=populated.url)
    assert response.status_code < 500, response.text
    case.validate_response(response, checks=checks)
