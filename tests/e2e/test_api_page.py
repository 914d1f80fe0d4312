import asyncio
import re
from pathlib import Path

import pytest
from tests.api.serving import serving
from tests.runtime.store.people import api_key, person

from manycast.control.permissions import ALLOWED, Role
from manycast.runtime.store.store import Store
from manycast.settings.state import StateSettings


pytestmark = pytest.mark.e2e
PAGE = Path(__file__).parent.parent.parent / "docs" / "how-to" / "api.md"


async def test_the_examples_for_python_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Store(StateSettings(), tmp_path)
    with store.record() as db:
        api_key(db, person(db, "anna"), "mck_test", *ALLOWED[Role.ADMIN])
    store.close()
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
    async with serving(tmp_path) as url:
        names: dict[str, object] = {"url": url, "token": "mck_test"}
        for block in blocks:
            code = compile(block, str(PAGE), "exec")
            await asyncio.to_thread(exec, code, names)
    said = capsys.readouterr().out
    assert "talks Talks" in said
    assert "snapshot" in said
