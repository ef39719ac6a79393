"""What becomes of a video that is seen again, or is to be reviewed later."""

from __future__ import annotations

from uuid import UUID

import attrs
import pytest

from lossy.domain.library import (
    PROVISIONAL,
    Entry,
    Sighting,
    Status,
    as_payload,
    first,
    queued_again,
    seen_again,
    sighting,
)
from lossy.domain.platforms.address import MAX_URL
from lossy.domain.platforms.model import Kind
from lossy.domain.timecode import Rate

ID, OWNER = UUID(int=1), UUID(int=2)
UNLISTED = "https://vimeo.com/76979871/8272103f6e"


def look(url: str = "https://vimeo.com/76979871", title: str = "cut on Vimeo", rate: Rate | None = None) -> Sighting:
    seen = sighting(url, title, rate, 90_000)
    assert seen is not None
    return seen


def known(seen: Sighting, status: Status = Status.ACTIVE) -> Entry:
    return first(seen, ID, OWNER, status)


def test_a_new_video_is_what_the_page_shows() -> None:
    page = "https://player.vimeo.com/video/76979871?h=8272103f6e&autoplay=1"
    entry = known(look(page, rate=Rate(24)))
    assert (entry.canonical_id, entry.url, entry.page_url, entry.key) == ("76979871", UNLISTED, page, "8272103f6e")
    assert (entry.title, entry.rate, entry.duration_ms, entry.kind) == ("cut", Rate(24), 90_000, Kind.EMBED)


def test_what_nobody_could_tell_is_told_later() -> None:
    entry = known(look(title=""), Status.QUEUED)
    assert (entry.title, entry.rate) == ("76979871", PROVISIONAL)
    seen = seen_again(entry, look(title="Cut", rate=Rate(24000, 1001)))
    assert (seen.title, seen.rate) == ("Cut", Rate(24000, 1001))
    assert seen_again(seen, look(title="Vimeo")) == seen, "a page that is still loading tells nothing"


@pytest.mark.parametrize("url", ["javascript:1", "https://vimeo.com/" + "1" * MAX_URL, "\u00e4" * MAX_URL])
def test_what_is_no_address_is_no_video(url: str) -> None:
    assert sighting(url) is None


def test_a_rate_stays_as_soon_as_notes_count_in_its_frames() -> None:
    entry = known(look(rate=Rate(25)))
    assert seen_again(entry, look(rate=Rate(24))).rate == Rate(24)
    assert seen_again(attrs.evolve(entry, is_noted=True), look(rate=Rate(24))).rate == Rate(25)


def test_an_address_that_needs_a_key_keeps_it() -> None:
    unlisted = known(look(UNLISTED))
    plain = seen_again(unlisted, look())
    assert (plain.url, plain.key, plain.page_url) == (UNLISTED, "8272103f6e", "https://vimeo.com/76979871")
    other = seen_again(unlisted, look("https://vimeo.com/76979871/0000000000"))
    assert (other.url, other.key) == ("https://vimeo.com/76979871/0000000000", "0000000000")
    review = "https://vimeo.com/acme/review/76979871/324c9ee8a1"
    assert seen_again(known(look()), look(review)).url == review


def test_one_that_waited_is_active_once_it_is_seen_and_an_archived_one_is_not() -> None:
    becomes = {status: seen_again(known(look(), status), look()).status for status in Status}
    assert becomes == {
        Status.QUEUED: Status.ACTIVE,
        Status.ACTIVE: Status.ACTIVE,
        Status.ARCHIVED: Status.ARCHIVED,
    }
    assert {queued_again(known(look(), status)).status for status in Status} == {Status.QUEUED}


def test_it_is_plain_on_the_wire() -> None:
    payload = as_payload(known(look(UNLISTED, rate=Rate(24000, 1001))))
    assert payload == {
        "video_id": str(ID),
        "platform": "vimeo",
        "canonical_id": "76979871",
        "kind": "watch",
        "url": UNLISTED,
        "page_url": UNLISTED,
        "title": "cut",
        "rate": "24000/1001",
        "duration_ms": 90_000,
        "status": "active",
        "same_as": None,
        "notes": 0,
        "created_at": 0,
        "last_seen_at": 0,
    }


def test_a_rate_is_assumed_until_somebody_has_seen_the_player() -> None:
    named = sighting("https://vimeo.com/76979871")
    assert named is not None
    queued = known(named, Status.QUEUED)
    assert queued.is_rate_assumed
    assert attrs.evolve(queued, is_noted=True).is_rate_assumed, "somebody typed a note, and saw no film"
    assert not seen_again(queued, look(rate=Rate(25))).is_rate_assumed
    assert not attrs.evolve(known(named), is_noted=True).is_rate_assumed
    assert not known(attrs.evolve(named, rate=Rate(24))).is_rate_assumed
