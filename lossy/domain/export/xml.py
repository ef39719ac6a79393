"""XML as both formats of Final Cut write it."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, SubElement, indent, tostring

# XML 1.0 has no way to write these.
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def written(root: Element) -> str:
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE {root.tag}>\n{tostring(root, encoding="unicode")}\n'


def add(parent: Element, tag: str, text: str | int | None = None, /, **attributes: str) -> Element:
    child = SubElement(parent, tag, {name: plain(value) for name, value in attributes.items()})
    child.text = None if text is None else plain(str(text))
    return child


def plain(text: str) -> str:
    """What a parser gives back as it is: a line break is a line feed, and what cannot be written is shown as such."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", lines)
