"""Writes openapi.json, the API's description of itself, from its routes."""

import json
import sys
from pathlib import Path

from manycast.api.app import routed


PAGE = Path(__file__).parent.parent / "openapi.json"


def text() -> str:
    return json.dumps(routed().openapi(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PAGE.write_text(text())
    sys.stdout.write(f"{PAGE}\n")
