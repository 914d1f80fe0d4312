from manycast.client.errors import RefusedError
from manycast.schema.values import FieldProblem, ProblemDetails


def test_a_refusal_says_which_field_is_wrong() -> None:
    problem = ProblemDetails(
        type="urn:manycast:problem:invalid",
        title="Unprocessable Content",
        status=422,
        detail="The request cannot be understood.",
        errors=[FieldProblem(pointer="#/name", detail="too long")],
    )
    error = RefusedError(problem)
    assert str(error) == "The request cannot be understood.; #/name: too long"
    assert (error.status, error.name) == (422, "invalid")
