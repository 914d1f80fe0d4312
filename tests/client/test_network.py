import ast
import json
from pathlib import Path

import manycast.client


ROOT = Path(__file__).parent.parent.parent
FOR_NODES = {
    "admit_publisher",
    "report_node",
    "read_health",
    "read_readiness",
    "read_metrics",
    "return_from_platform",
    "take_kick_webhook",
}
"""And for those who watch over them, and for browsers that come back from a platform."""
FOR_BROWSERS = {"session", "account", "sign-on"}
"""Tags of what concerns one's own account, which API keys never open."""
BY_PATH = {"read_recording_file"}
"""Asked for by the paths that other replies hold."""


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
        (method.upper(), path): operation
        for path, methods in paths.items()
        for method, operation in methods.items()
    }
    asked = _asked_for()
    assert asked <= operations.keys()
    unasked = {
        one["operationId"]
        for where, one in operations.items()
        if where not in asked and not FOR_BROWSERS & set(one["tags"])
    }
    assert unasked <= FOR_NODES | BY_PATH
