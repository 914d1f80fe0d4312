from typing import Annotated

import pytest
from fastapi import FastAPI
from pydantic import AfterValidator
from starlette.testclient import TestClient

from manycast.api import problems
from manycast.api.problems import Problem
from manycast.runtime.store.database import UnavailableError
from manycast.schema.values import FieldProblem, ProblemDetails, Value


def _kept(title: str) -> str:
    if title == "the moon":
        raise ValueError("nobody has that")
    return title


class Wish(Value):
    title: Annotated[str, AfterValidator(_kept)]
    tags: tuple[int, ...] = ()


def fail(error: Exception) -> None:
    raise error


@pytest.fixture
def ask() -> TestClient:
    app = FastAPI()
    problems.install(app)
    app.add_api_route("/wishes", takes, methods=["POST"])
    app.add_api_route("/gone", lambda: fail(UnavailableError("locked")))
    app.add_api_route("/broken", lambda: fail(RuntimeError("password=hunter2")))
    app.add_api_route("/mine", lambda: fail(Problem(409, "taken", "There is one.")))
    return TestClient(app, raise_server_exceptions=False)


def takes(wish: Wish) -> None:
    del wish


def test_a_problem_says_what_and_for_whom(ask: TestClient) -> None:
    reply = ask.get("/mine")
    assert reply.status_code == 409
    assert reply.json() == {
        "type": "urn:manycast:problem:taken",
        "title": "Conflict",
        "status": 409,
        "detail": "There is one.",
    }


def test_each_wrong_field_is_pointed_at_and_its_value_not_repeated(ask: TestClient) -> None:
    reply = ask.post("/wishes", json={"title": 1, "tags": [1, "secret"], "more": 2})
    details = ProblemDetails.model_validate_json(reply.content)
    assert reply.status_code == 422
    assert details.errors is not None
    assert {error.pointer for error in details.errors} == {"#/title", "#/tags/1", "#/more"}
    assert "secret" not in reply.text


def test_our_own_words_come_without_those_of_a_library(ask: TestClient) -> None:
    reply = ask.post("/wishes", json={"title": "the moon"})
    assert reply.json()["errors"] == [{"pointer": "#/title", "detail": "nobody has that"}]


def test_a_database_that_does_not_answer_is_worth_another_try(ask: TestClient) -> None:
    reply = ask.get("/gone")
    assert reply.status_code == 503
    assert int(reply.headers["retry-after"]) > 0
    assert "locked" not in reply.text


def test_our_own_mistakes_are_not_told_to_strangers(ask: TestClient) -> None:
    reply = ask.get("/broken")
    assert reply.status_code == 500
    assert reply.headers["content-type"] == problems.MEDIA_TYPE
    assert "hunter2" not in reply.text


def test_a_wrong_method_is_a_problem_that_names_the_right_ones(ask: TestClient) -> None:
    reply = ask.put("/wishes")
    assert reply.status_code == 405
    assert reply.headers["allow"] == "POST"


def test_errors_are_values_too() -> None:
    problem = Problem(422, "invalid", "no", errors=[FieldProblem(pointer="#/a", detail="no")])
    assert problem.details.errors
