import pytest
from pydantic import ValidationError

from manycast.schema.ingest import AdmissionRequest


@pytest.mark.parametrize("digest", ["", "a" * 63, "A" * 64, "g" * 64, "a" * 65, "a" * 64 + "\n"])
def test_a_digest_is_64_hexadecimal_digits(digest: str) -> None:
    with pytest.raises(ValidationError):
        AdmissionRequest(digest=digest)
