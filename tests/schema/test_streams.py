from manycast.model.fleet import RenditionReport
from manycast.schema.streams import Rendition


def test_a_rendition_is_shown_as_it_was_reported() -> None:
    assert set(Rendition.model_fields) == set(RenditionReport.__dataclass_fields__)
