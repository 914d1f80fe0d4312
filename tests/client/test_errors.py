from manycast.client.errors import RefusedError
from manycast.schema.values import FieldProblem, ProblemDetails


def test_a_refusal_says_which_field_is_wrong() -> None:
    problem = ProblemDetails(
        type="urn:manycast:problem:invalid",
        title="Unprocessable Content",
        status=422,
        detail="The request cannot be understood.",
        errors=[FieldProblem(pointer="#/name", detail="Too long.")],
    )
    error = RefusedError(problem)
    assert str(error) == "The request cannot be understood. #/name: Too long."
    assert (error.status, error.name) == (422, "invalid")


def test_what_the_whole_says_already_is_not_said_again() -> None:
    problem = ProblemDetails(
        type="urn:manycast:problem:taken",
        title="Conflict",
        status=409,
        detail="There is a channel of this name.",
        errors=[FieldProblem(pointer="#/name", detail="There is a channel of this name.")],
    )
    assert str(RefusedError(problem)) == "There is a channel of this name."
