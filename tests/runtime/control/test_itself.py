from manycast.model.fleet import NodeRole
from manycast.runtime.control.itself import Itself


def test_it_counts_its_reports_and_says_what_is_wrong() -> None:
    itself = Itself(8080, 5)
    first = itself.report("")
    second = itself.report("the database does not answer")
    assert (first.role, first.problems) == (NodeRole.CONTROL, ())
    assert second.sequence == first.sequence + 1
    assert "does not answer" in second.problems[0]
    assert first.node.endswith(":8080")
