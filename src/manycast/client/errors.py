"""What can go wrong with a request, by whose fault it is."""

from manycast.schema.values import ProblemDetails


class RefusedError(Exception):
    """The control role answered, and refused; ``problem`` says why, ``str`` in one sentence."""

    def __init__(self, problem: ProblemDetails) -> None:
        fields = [one for one in problem.errors or () if one.detail not in problem.detail]
        told = [problem.detail, *(f"{one.pointer}: {one.detail}" for one in fields)]
        super().__init__(" ".join(told))
        self.problem = problem

    @property
    def status(self) -> int:
        return self.problem.status

    @property
    def name(self) -> str:
        """What programs tell refusals apart by, such as ``not-found``."""
        return self.problem.type.rpartition(":")[2]


class UnreachableError(Exception):
    """Nothing that understands this API answered; the message names the place and what happened there."""
