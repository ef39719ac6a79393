"""How long whoever failed to sign in has to wait for the next try. Never for ever: a lock without an end would let a
stranger keep a person out for good.

Two counts are kept, of the account and of the network address, each with its rule; the longer wait counts. A try
during a wait is refused unread and does not count, so nobody makes a wait longer by hammering.
"""

from __future__ import annotations

from attrs import frozen

SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000


@frozen
class Rule:
    """Times in ms. The first `free` failures cost nothing; then the wait doubles from `first_ms` to `longest_ms`."""

    free: int
    first_ms: int
    longest_ms: int
    forget_ms: int  # after this long without a failure there was none


@frozen
class Failures:
    count: int = 0
    last_at: int = 0  # ms since the Unix epoch


# A stranger who guesses without a pause keeps the owner waiting for a minute at most, and has about 1,500 guesses a
# day from all addresses together: of the million most common passwords that is two years' work.
ACCOUNT = Rule(free=5, first_ms=SECOND, longest_ms=MINUTE, forget_ms=HOUR)
# An office has one address. Whoever tries many accounts from one is held for a quarter of an hour at a time.
ADDRESS = Rule(free=20, first_ms=SECOND, longest_ms=15 * MINUTE, forget_ms=HOUR)
# So many doublings make any wait the longest; more would make numbers of any size.
DOUBLINGS = 32


def wait_ms(rule: Rule, failures: Failures, now: int) -> int:
    """How long it takes until the next try is read; 0 for at once. A clock set back prolongs no wait."""
    known = remembered(rule, failures, now)
    if known.count < rule.free:
        return 0
    wait = min(rule.longest_ms, rule.first_ms << min(known.count - rule.free, DOUBLINGS))
    return max(0, min(known.last_at, now) + wait - now)


def failed(rule: Rule, failures: Failures, now: int) -> Failures:
    """With one more, as of now."""
    known = remembered(rule, failures, now)
    return Failures(known.count + 1, now)


def remembered(rule: Rule, failures: Failures, now: int) -> Failures:
    return failures if now - failures.last_at < rule.forget_ms else Failures()
