import json
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from manycast.cli.__main__ import main


PLAYLIST = """#EXTM3U
#EXT-X-VERSION:10
#EXT-X-TARGETDURATION:2
#EXT-X-MAP:URI="i1.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.000Z
#EXTINF:2.000,
s1.m4s
#EXTINF:2.000,
s2.m4s
#EXT-X-ENDLIST
"""


class Files(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    directory: str

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """A stream that has ended, as files."""
    (tmp_path / "index.m3u8").write_text(PLAYLIST)
    for name in ("i1.mp4", "s1.m4s", "s2.m4s"):
        (tmp_path / name).write_bytes(b"x" * 1000)
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), lambda *given: Files(*given, directory=str(tmp_path))
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/index.m3u8"
    server.shutdown()
    server.server_close()
    thread.join()


def test_json_is_one_object_and_the_report_one_file(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "report.html"
    given = ["load", url, "--viewers", "3", "--seconds", "20", "--json", "--report", str(report)]
    assert main(given) == 0
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert err == ""
    assert (found["viewers"], found["joined"], found["segments"]) == (3, 3, 6)
    assert found["errors"] == 0
    assert "<svg" in report.read_text()


def test_a_table_is_for_people(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["load", url, "--viewers", "1", "--seconds", "20"]) == 0
    assert "behind_live_s" in capsys.readouterr().out


def test_nobody_who_could_watch_is_a_failure(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    missing = url.replace("index", "nothing")
    assert main(["load", missing, "--viewers", "1", "--seconds", "0.2"]) == 1
    assert "no viewer could watch" in capsys.readouterr().err


@pytest.mark.parametrize(
    "given",
    [
        ["http://a/b", "--viewers", "0", "--seconds", "1"],
        ["http://a/b", "--viewers", "1", "--seconds", "-1"],
        ["http://a/b", "--viewers", "1", "--seconds", "inf"],
        ["http://a/b", "--viewers", "1"],
    ],
)
def test_a_command_that_makes_no_sense_is_bad_usage(given: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["load", *given])


@pytest.mark.parametrize(
    ("url", "said"), [("demo", "give a URL like"), ("http://a:99999/b", "Port out of range")]
)
def test_an_address_that_is_none_is_bad_usage(
    url: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["load", url, "--viewers", "1", "--seconds", "1"]) == 2
    assert said in capsys.readouterr().err


def test_a_report_that_cannot_be_written_is_a_failure_that_says_so(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = str(tmp_path / "none" / "report.html")
    assert main(["load", url, "--viewers", "1", "--seconds", "20", "--report", nowhere]) == 1
    assert "the report cannot be written" in capsys.readouterr().err
