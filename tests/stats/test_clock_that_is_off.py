"""A machine whose clock is off is told so, and not to sign in again or to change its policy."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from stats import refusal
from stats.errors import CredentialsRejected
from stats.skew import ClockOff
from tests.stats.conftest import Answer, Open
from tests.stats.test_refusals import CALLS, FOR_NAMES, refused

EARLIER = (
    "Signature expired: 20260302T115000Z is now earlier than 20260302T115500Z (20260302T120000Z - "
    "5 min.)"
)
LATER = (
    "Signature not yet current: 20260302T121000Z is still later than 20260302T120500Z "
    "(20260302T120000Z + 5 min.)"
)


@pytest.mark.parametrize("operation", [name for name in CALLS if name not in FOR_NAMES])
@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("InvalidSignatureException", EARLIER),
        ("InvalidSignatureException", LATER),
        ("RequestTimeTooSkewed", "The difference between the request time and now is too large."),
    ],
)
def test_the_clock_is_named_whatever_is_asked(
    opened: Open, operation: str, code: str, said: str
) -> None:
    def turned_away(answer: Answer) -> None:
        answer.status, answer.body = 403, {"message": said}
        answer.headers["x-amzn-ErrorType"] = code

    caught = refused(lambda: CALLS[operation](opened(alter=turned_away).client))
    assert type(caught) is ClockOff
    assert caught.exit_code == 3
    assert caught.what.startswith(f"AWS turned {operation} away, by its clock: {said[:20]}")
    assert "Set the clock of this machine" in caught.todo


def test_it_is_told_of_what_is_asked_for_credentials() -> None:
    answer = {"Error": {"Code": "SignatureDoesNotMatch", "Message": EARLIER}}
    sts = ClientError(answer | {"ResponseMetadata": {"HTTPStatusCode": 403}}, "AssumeRole")
    caught = refusal.translated(sts, "ListFarms")
    assert type(caught) is ClockOff
    assert "AWS turned AssumeRole away" in caught.what


def test_a_signature_that_is_wrong_is_no_matter_of_time() -> None:
    answer = {"Error": {"Code": "SignatureDoesNotMatch", "Message": "The request signature we …"}}
    wrong = ClientError(answer | {"ResponseMetadata": {"HTTPStatusCode": 403}}, "ListFarms")
    assert type(refusal.translated(wrong, "ListFarms")) is CredentialsRejected
