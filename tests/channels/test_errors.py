from __future__ import annotations

from typing import Any

import pytest

from lossy.channels import errors
from lossy.channels.errors import DETAILS, RESERVED, Code, Refusal

PROTOCOL = """unauthenticated token_expired forbidden not_found invalid gap conflict context_taken rate_limited
too_large unsupported_version audio_not_accepted unavailable internal"""


def test_8_the_codes_are_the_ones_of_the_protocol() -> None:
    assert [code.value for code in Code] == PROTOCOL.split()


@pytest.mark.parametrize(
    ("refusal", "code", "details"),
    [
        (errors.invalid("notes.3.text", "It is empty."), "invalid", {"path": "notes.3.text"}),
        (errors.gap(4), "gap", {"expected": 4}),
        (errors.rate_limited(250), "rate_limited", {"retry_after_ms": 250}),
        (errors.unavailable("D6"), "unavailable", {"capability": "D6"}),
        (errors.internal("i-1"), "internal", {"id": "i-1"}),
        (errors.not_found(), "not_found", {}),
    ],
)
def test_8_a_response_has_code_message_reason_and_the_details_of_its_code(
    refusal: Refusal, code: str, details: dict[str, Any]
) -> None:
    assert refusal.as_response() == {"code": code, "message": str(refusal), "reason": code, **details}


@pytest.mark.parametrize(
    ("refusal", "code", "reason"),
    [
        (errors.unmatched_topic(), Code.NOT_FOUND, "unmatched topic"),
        (errors.too_many_channels(100), Code.CONFLICT, "too many channels joined"),
        (errors.join_crashed("i-1"), Code.INTERNAL, "join crashed"),
    ],
)
def test_2_9_our_code_stands_beside_the_reason_of_phoenix(refusal: Refusal, code: Code, reason: str) -> None:
    response = refusal.as_response()
    assert (response["code"], response["reason"]) == (code, reason)


@pytest.mark.parametrize("code", DETAILS)
def test_details_are_neither_missing_nor_more_than_the_code_has(code: Code) -> None:
    wanted = dict.fromkeys(DETAILS[code], 1)
    assert Refusal(code, "no", wanted).details == wanted
    for details in ({}, {**wanted, "more": 1}):
        with pytest.raises(ValueError, match="details"):
            Refusal(code, "no", details)


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_details_cannot_hide_what_every_response_has(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        Refusal(Code.CONFLICT, "no", {name: 1})


def test_details_are_a_copy() -> None:
    details = {"version": 3}
    refusal = Refusal(Code.CONFLICT, "Somebody was faster.", details)
    details.clear()
    assert refusal.as_response()["version"] == 3
