import pytest

from manycast.hls.names import init_name, parse_name, part_name, segment_name


@pytest.mark.parametrize(
    ("name", "kind"), [(part_name, "part"), (segment_name, "segment"), (init_name, "init")]
)
def test_every_name_reads_back(name, kind: str) -> None:
    assert parse_name(name(17_000_000_123)) == (kind, 17_000_000_123)


@pytest.mark.parametrize(
    "name",
    [
        "p.m4s",
        "p1.mp4",
        "i1.m4s",
        "p-1.m4s",
        "p1.m4s/",
        "x1.m4s",
        "p\u0661.m4s",
        f"p{'9' * 5000}.m4s",
    ],
)
def test_other_names_are_none_of_ours(name: str) -> None:
    assert parse_name(name) is None
