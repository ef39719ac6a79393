"""Every error a client can be answered with, and the one shape they all have."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Code(StrEnum):
    UNAUTHENTICATED = "unauthenticated"
    TOKEN_EXPIRED = "token_expired"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    INVALID = "invalid"
    GAP = "gap"
    CONFLICT = "conflict"
    CONTEXT_TAKEN = "context_taken"
    RATE_LIMITED = "rate_limited"
    TOO_LARGE = "too_large"
    UNSUPPORTED_VERSION = "unsupported_version"
    AUDIO_NOT_ACCEPTED = "audio_not_accepted"
    UNAVAILABLE = "unavailable"
    INTERNAL = "internal"


# The details a client relies on: with these codes exactly these, with the others whatever helps.
DETAILS: Mapping[Code, frozenset[str]] = {
    Code.INVALID: frozenset({"path"}),
    Code.GAP: frozenset({"expected"}),
    Code.RATE_LIMITED: frozenset({"retry_after_ms"}),
    Code.UNAVAILABLE: frozenset({"capability"}),
    Code.INTERNAL: frozenset({"id"}),
}

# A response has the details beside these.
RESERVED = frozenset({"code", "message", "reason"})


class Refusal(Exception):
    """The answer to a request is an error. ValueError where the details are not the ones of the code.

    `reason` is what Phoenix's own clients look at; it is the code, except where Phoenix has a sentence of its own.
    """

    def __init__(
        self, code: Code, message: str, details: Mapping[str, Any] | None = None, *, reason: str | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = dict(details or {})
        self.reason = reason or code.value
        self._check_details()

    def as_response(self) -> dict[str, Any]:
        """The response of a reply whose status is `error`."""
        return {"code": self.code.value, "message": self.message, "reason": self.reason, **self.details}

    def _check_details(self) -> None:
        names = self.details.keys()
        if names & RESERVED:
            raise ValueError(f"details cannot be named {sorted(names & RESERVED)}")
        if self.code in DETAILS and names != DETAILS[self.code]:
            raise ValueError(f"{self.code} has the details {sorted(DETAILS[self.code])}, not {sorted(names)}")


def invalid(path: str, message: str) -> Refusal:
    """`path` leads to the field, as in `notes.3.text`."""
    return Refusal(Code.INVALID, message, {"path": path})


def gap(expected: int) -> Refusal:
    return Refusal(Code.GAP, "An earlier event has not arrived.", {"expected": expected})


def rate_limited(retry_after_ms: int) -> Refusal:
    return Refusal(Code.RATE_LIMITED, "Too many requests.", {"retry_after_ms": retry_after_ms})


def held_elsewhere(retry_after_ms: int) -> Refusal:
    """Another server has what was asked for. `retry_after_ms` is a guess: it may be given up earlier, or kept."""
    message = "Another server has this session, with another device on it."
    return Refusal(Code.RATE_LIMITED, message, {"retry_after_ms": retry_after_ms})


def forbidden(message: str = "Your role does not allow that.") -> Refusal:
    """For somebody who knows that it is there."""
    return Refusal(Code.FORBIDDEN, message)


def unsupported_version(supported: Sequence[int]) -> Refusal:
    return Refusal(
        Code.UNSUPPORTED_VERSION, "This server does not speak that version here.", {"supported_versions": supported}
    )


def not_found() -> Refusal:
    """Also for what belongs to somebody else: the answer must not tell the two apart."""
    return Refusal(Code.NOT_FOUND, "There is no such thing.")


def unavailable(capability: str) -> Refusal:
    """`capability` is the letter and number of the product's list, as in `D6`."""
    return Refusal(Code.UNAVAILABLE, "This server does not offer that.", {"capability": capability})


def internal(incident: str) -> Refusal:
    """Our fault. The logs say more under the same incident; the client learns nothing else."""
    return Refusal(Code.INTERNAL, "Something went wrong here.", {"id": incident})


def context_taken(by: Mapping[str, Any] | None) -> Refusal:
    """`by` is who has the microphone: the tab and what is known of it; None where that is not known, or nobody has."""
    message = "Another tab has the microphone." if by else "This tab does not have the microphone; claim it first."
    return Refusal(Code.CONTEXT_TAKEN, message, {"by": None if by is None else dict(by)})


def session_ended() -> Refusal:
    return Refusal(Code.CONFLICT, "This session does not go on. Join another and send it there.")


def unmatched_topic() -> Refusal:
    return Refusal(Code.NOT_FOUND, "This topic is not joined or does not exist.", reason="unmatched topic")


def too_many_channels(limit: int) -> Refusal:
    return Refusal(
        Code.CONFLICT,
        "This socket has all the channels it may have.",
        {"limit": limit},
        reason="too many channels joined",
    )


def join_crashed(incident: str) -> Refusal:
    refusal = internal(incident)
    return Refusal(refusal.code, refusal.message, refusal.details, reason="join crashed")
