import ast
import json
from pathlib import Path

import manycast.client


ROOT = Path(__file__).parent.parent.parent
FOR_BROWSERS_AND_NODES = {
    "admit_publisher",
    "log_in",
    "log_out",
    "read_entrance",
    "read_session",
    "set_up",
    "report_node",
    "read_health",
    "read_readiness",
    "read_metrics",
}
"""Others speak these: nodes, orchestrators, monitoring."""


def _asked_for() -> set[tuple[str, str]]:
    """Method and path of every request in the client's source."""
    found = set()
    for path in Path(manycast.client.__path__[0]).glob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
                words = [a.value for a in call.args if isinstance(a, ast.Constant)]
                if call.func.attr == "pages":
                    words.insert(0, "GET")
                if call.func.attr in {"ask", "send", "pages", "stream"} and len(words) == 2:
                    found.add((str(words[0]), f"/api/v1{words[1]}"))
    return found


def test_every_operation_of_the_api_has_its_method() -> None:
    paths = json.loads((ROOT / "openapi.json").read_text())["paths"]
    operations = {
        (method.upper(), path): operation["operationId"]
        for path, methods in paths.items()
        for method, operation in methods.items()
    }
    asked = _asked_for()
    assert asked <= operations.keys()
    unasked = {name for where, name in operations.items() if where not in asked}
    assert unasked <= FOR_BROWSERS_AND_NODES | {"read_recording_file"}
