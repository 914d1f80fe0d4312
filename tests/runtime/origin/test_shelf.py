import asyncio
from pathlib import Path

import pytest
from tests.runtime.test_recorder import segment

from manycast.runtime.origin.shelf import Shelf, Wanted, examine, wanted
from manycast.runtime.recorder import Recording


TAKE = "20260102T030405.678901Z"
LATER = "20260102T040405.000000Z"


def tape(root: Path, channel: str = "live", take: str = TAKE, segments: int = 3) -> Recording:
    recording = Recording(root / channel / take, 2)
    for number in range(segments):
        recording.add(segment(number))
    return recording


def test_a_recording_is_what_its_playlist_lists(tmp_path: Path) -> None:
    recording = tape(tmp_path)
    found = examine(recording.folder)
    assert found is not None
    assert (found.channel, found.take, found.complete) == ("live", TAKE, False)
    assert (found.duration_ms, found.files) == (6000, ("video-0.mp4",))
    assert found.size_bytes == recording.size_bytes == 4 + 3 * 101
    assert found.started_ms == 1_767_323_045_678
    recording.add(segment(3, init=b"other"))
    recording.close()
    found = examine(recording.folder)
    assert found is not None
    assert (found.complete, found.files) == (True, ("video-0.mp4", "video-1.mp4"))
    assert found.size_bytes == recording.size_bytes
    assert found.duration_ms == recording.duration_ms


def test_all_of_them_are_found_the_oldest_first_and_nothing_else(tmp_path: Path) -> None:
    for channel, take in (("b", LATER), ("a", TAKE), ("b", TAKE)):
        tape(tmp_path, channel, take).close()
    (tmp_path / "a" / "notes").mkdir()
    (tmp_path / "a" / LATER).mkdir()
    (tmp_path / "Not-A-Name" / TAKE).mkdir(parents=True)
    shelf = Shelf(tmp_path)
    shelf.load()
    assert [(one.channel, one.take) for one in shelf.reports] == [
        ("a", TAKE),
        ("b", TAKE),
        ("b", LATER),
    ]


def test_one_that_lists_files_of_others_is_none(tmp_path: Path) -> None:
    recording = tape(tmp_path)
    recording.close()
    folder = recording.folder
    playlist = folder / "index.m3u8"
    playlist.write_text(playlist.read_text().replace("video-0.mp4", "../secret.mp4"))
    (folder.parent / "secret.mp4").write_bytes(b"x" * 1000)
    assert examine(folder) is None


async def test_what_changed_is_told_and_the_rest_is_the_same_object(tmp_path: Path) -> None:
    shelf, changes = Shelf(tmp_path), []
    shelf.changed = lambda: changes.append(len(shelf.reports))
    recording = tape(tmp_path)
    await shelf.look(recording.folder)
    first = shelf.reports
    assert shelf.reports is first
    assert shelf.is_written(Wanted("live", TAKE))
    recording.close()
    await shelf.look(recording.folder)
    assert not shelf.is_written(Wanted("live", TAKE))
    assert shelf.reports != first
    assert await shelf.remove(Wanted("live", TAKE))
    assert not await shelf.remove(Wanted("live", TAKE))
    assert (changes, shelf.reports) == ([1, 1, 0, 0], ())
    assert not recording.folder.exists()


@pytest.mark.parametrize(
    "names",
    [
        (),
        ("live",),
        ("live", ".."),
        ("..", TAKE),
        ("live", TAKE, "../../channels.json"),
        ("live", TAKE, "index.m3u8", "x"),
        ("live", TAKE, "index.m3u8.part"),
        ("live", TAKE, "video-0.mp4\n"),
        ("live", f"{TAKE}/..", "index.m3u8"),
        ("live", TAKE.replace("0", "\u0660"), "index.m3u8"),
        ("LIVE", TAKE, "index.m3u8"),
    ],
)
def test_no_name_leads_elsewhere(names: tuple[str, ...]) -> None:
    assert wanted(*names) is None


async def test_an_eye_is_kept_on_the_disk(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "not" / "yet")
    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(shelf.watch_disk())
        while shelf.free_bytes is None:  # noqa: ASYNC110  nobody is told
            await asyncio.sleep(0.01)
        watching.cancel()
    assert shelf.free_bytes > 0


@pytest.mark.parametrize("take", ["99999999T999999.999999Z", TAKE])
def test_a_folder_that_means_nothing_is_left_alone(tmp_path: Path, take: str) -> None:
    folder = tmp_path / "live" / take
    folder.mkdir(parents=True)
    (folder / "video-0.mp4").write_bytes(b"x")
    (folder / "index.m3u8").write_text("#EXTINF:two,\n#EXT-X-BYTERANGE:1@0\nvideo-0.mp4\n")
    shelf = Shelf(tmp_path)
    shelf.load()
    assert shelf.reports == ()


def test_a_damaged_recording_is_none(tmp_path: Path) -> None:
    recording = tape(tmp_path)
    recording.close()
    (recording.folder / "video-0.mp4").unlink()
    assert examine(recording.folder) is None
