from manycast.model.fleet import NodeReport
from manycast.schema.fleet import Node


def test_what_a_node_says_of_itself_is_shown() -> None:
    said = set(NodeReport.__dataclass_fields__)
    shown = set(Node.model_fields)
    assert said - shown == {"since_ms", "sequence", "recordings", "refused_keys", "revision"}
