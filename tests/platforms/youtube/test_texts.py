from hypothesis import given, strategies as st

from manycast.platforms.values import Listing
from manycast.platforms.youtube import texts


@given(st.text(), st.text(max_size=6000), st.lists(st.text(max_size=60), max_size=40))
def test_whatever_people_write_youtube_can_take(
    title: str, description: str, tags: list[str]
) -> None:
    listing = Listing(title=title, description=description, tags=tuple(tags))
    assert 1 <= len(texts.title_of(listing)) <= 100
    assert len(texts.description_of(listing).encode()) <= 5000
    kept = texts.tags_of(tags)
    assert sum(len(tag) + (2 if " " in tag else 0) for tag in kept) + max(0, len(kept) - 1) <= 500
    assert all(kept)
    taken = (texts.title_of(listing), texts.description_of(listing), *kept)
    assert not any(set("<>") & set(text) for text in taken)


def test_what_fits_stays_as_it_is_and_nothing_is_said_of_it() -> None:
    listing = Listing(title="Hello", description="Yes", tags=("one", "two words"))
    assert not texts.lost(listing)
    assert texts.title_of(listing) == "Hello"
    assert texts.tags_of(listing.tags) == ("one", "two words")
    assert texts.title_of(Listing()) == texts.UNTITLED


def test_what_does_not_fit_is_told() -> None:
    listing = Listing(title="x" * 101, description="<b>", tags=("t" * 501,))
    assert len(texts.lost(listing)) == 3
