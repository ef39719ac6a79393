"""A small chart with one of everything that an export has to keep."""

DOOR = """
name: door
version: 2
why: Nobody is locked in.
initial: shut
hears: {a hand: {push: with some force}, later J1: {slam: the wind}}
effects: {sessions.effects: {ring: the bell}, sessions.work: {greet: with words}}
invariants: {counted: each push once}
migrations: {1: {states: {closed: shut, ajar: null}, data: begin_to_count}}
states:
  shut:
    why: It is cold outside.
    exit: [{ring: {times: 2}}]
    after: {delay: night, restore: remaining, do: [count]}
    events:
      push: [{if: unlocked, to: open, do: [count], why: It gives way.}, {do: [ring]}]
    ignores: {slam: It is shut.}
  open:
    why: Somebody is about to walk through.
    initial: wide
    events: {slam: shut, done.wide: was}
    states:
      wide: {why: Two may pass., during: {greet: {whom: all}}, events: {push: {to: narrow, internal: false}}}
      narrow: {why: One may pass., entry: [count]}
      was: {type: shallow, default: wide, why: It stood so.}
"""
