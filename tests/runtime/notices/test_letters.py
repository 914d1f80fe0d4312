from tests.runtime.store.test_rules import rule

from manycast.control.events import StreamLive
from manycast.control.notice import notice_of
from manycast.runtime.notices.letters import letter
from manycast.settings.control import ControlSettings
from manycast.settings.tree import Settings


LIVE = notice_of(StreamLive(at_ms=0, channel="live", since_ms=0, origin="o"))
PUBLIC = Settings(
    control=ControlSettings(
        public_url="https://control.example.org/", public_edge_url="https://example.org"
    )
)


def test_the_usual_words_leave_out_what_the_settings_do_not_say() -> None:
    assert LIVE is not None
    told = letter(Settings(), LIVE)
    assert (told.title, told.text) == ("live is live", "On the air since 1970-01-01 00:00 UTC.")
    assert told.data == {"channel": "live", "started_at": "1970-01-01T00:00:00.000+00:00"}


def test_links_lead_to_the_dashboard_and_to_the_page_to_watch() -> None:
    assert LIVE is not None
    told = letter(PUBLIC, LIVE, rule("rul_1", title="{channel}!", text="{watch} {link}"))
    assert told.title == "live!"
    assert told.text == "https://example.org/watch/live https://control.example.org/streams/live"
    assert told.rule_id == "rul_1"


def test_a_channel_is_called_by_its_title_where_it_has_one() -> None:
    assert LIVE is not None
    assert letter(Settings(), LIVE, None, "Evening show").title == "Evening show is live"
