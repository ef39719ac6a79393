"""The style sheet of a drawing. It follows the reader's light or dark scheme, also inside `<img>`.

Colours are written out twice instead of named: not every renderer of SVG knows variables.
"""

from __future__ import annotations

LIGHT = {
    "paper": "#faf9f6",
    "raised": "#ffffff",
    "ink": "#1c1b19",
    "quiet": "#6b6862",
    "border": "#c9c4b9",
    "arrow": "#8a847a",
    "chip": "#efece5",
    "guard": "#24658a",
    "accent": "#c8371f",
    "live": "#fdf1ee",
    "added": "#1f7a45",
    "changed": "#8f5d00",
    "removed": "#b3261e",
}
DARK = {
    "paper": "#171613",
    "raised": "#201e1b",
    "ink": "#efece6",
    "quiet": "#9a958c",
    "border": "#4d4841",
    "arrow": "#8a847a",
    "chip": "#322e2a",
    "guard": "#86bcdc",
    "accent": "#ff6a4d",
    "live": "#33201b",
    "added": "#6fcf97",
    "changed": "#e0ae4f",
    "removed": "#ff8a80",
}

FORM = """
text{font:400 11px Inter,"Helvetica Neue",Arial,"Liberation Sans",sans-serif}
.title{font-size:14px;font-weight:600}.region{font-size:12px;font-weight:600}.event,.timer{font-weight:500}
.line,.rule,.dashed,.ring,.clock{fill:none}.line{stroke-width:1.25}.ring{stroke-width:1.5}.clock{stroke-linecap:round}
.dashed{stroke-dasharray:4 4}.pseudo rect{stroke-dasharray:3 3}.compound>.box,.parallel>.box{fill-opacity:.5}
.is-active>.box,.is-active>.line{stroke-width:1.75}.is-active>.box{fill-opacity:1}
.is-removed>text{text-decoration:line-through}.is-removed>.box,.is-removed>.line{stroke-dasharray:5 3}
"""
COLOURS = """
.paper,.pseudo rect,.pseudo circle{fill:%(paper)s}.box{fill:%(raised)s}.chip{fill:%(chip)s}
text,.dot{fill:%(ink)s}.ring{stroke:%(ink)s}.region,.action,.key,.pseudo text{fill:%(quiet)s}.guard{fill:%(guard)s}
.box,.rule,.dashed{stroke:%(border)s}.line,.pseudo rect,.pseudo circle{stroke:%(arrow)s}.head{fill:%(arrow)s}
.clock{stroke:%(quiet)s}
"""
# A mark colours the border and the title of a state, a line and its head, and what a label begins with.
MARK = """.is-{mark}>.box,.is-{mark}>.line{{stroke:{colour}}}
.is-{mark}>.head,.is-{mark}>text:first-of-type{{fill:{colour}}}
"""
MARKED = {"added": "added", "removed": "removed", "changed": "changed", "active": "accent", "covered": "added"}


def style() -> str:
    return f"{FORM}{_coloured(LIGHT)}@media (prefers-color-scheme:dark){{{_coloured(DARK)}}}\n"


def _coloured(palette: dict[str, str]) -> str:
    marks = "".join(MARK.format(mark=mark, colour=palette[name]) for mark, name in MARKED.items())
    return f"{COLOURS % palette}{marks}.is-active>.box{{fill:{palette['live']}}}\n"
