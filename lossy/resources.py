"""Where the files that travel with the code are: in the wheel beside it, in a checkout above it."""

from pathlib import Path

_HERE = Path(__file__).parent


def folder(name: str) -> Path:
    """`sql` or `statecharts`."""
    packed = _HERE / name
    return packed if packed.is_dir() else _HERE.parent / name


def drawings() -> Path:
    """The charts' pictures, `voice.svg` and so on, laid out when the charts were written."""
    packed = _HERE / "drawings"
    return packed if packed.is_dir() else _HERE.parent / "docs" / "statecharts"
