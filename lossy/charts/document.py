"""A chart file as it is written: its form, and nothing of its meaning."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, ClassVar, Literal, NewType, TypeVar, get_args, get_origin

import cattrs
import yaml
from attrs import field, frozen
from cattrs.gen import make_dict_structure_fn, override

from lossy.charts.model import Action, ChartError

T = TypeVar("T")
Ignored = NewType("Ignored", dict[str, str])  # event -> why nothing is made of it; a list for what needs no words


@frozen
class Go:
    """A transition: where to, under which guard, doing what. `to: x` or just `x` for short."""

    to: tuple[str, ...] = ()
    guard: str | None = None  # written `if`
    do: tuple[Action, ...] = ()
    internal: bool = False
    why: str = ""


@frozen
class After(Go):
    """A timer that runs while its state is active. `delay` names an entry of data["delays"]."""

    delay: str = field(kw_only=True)
    restore: Literal["absolute", "remaining", "restart"] = field(default="absolute", kw_only=True)


@frozen
class StateDoc:
    type: Literal["parallel", "final", "shallow", "deep"] | None = None
    why: str = ""
    initial: str | None = None
    default: str | None = None
    entry: tuple[Action, ...] = ()
    exit: tuple[Action, ...] = ()
    during: Action | None = None
    after: After | None = None
    always: tuple[Go, ...] = ()
    events: dict[str, tuple[Go, ...]] = field(factory=dict)
    ignores: Ignored = field(factory=lambda: Ignored({}))
    states: dict[str, StateDoc] = field(factory=dict)


@frozen
class MigrationDoc:
    states: dict[str, str | None] = field(factory=dict)
    data: str | None = None


@frozen
class ChartDoc:
    name: str
    initial: str
    states: dict[str, StateDoc]
    version: int = 1
    why: str = ""
    hears: dict[str, dict[str, str]] = field(factory=dict)  # who sends -> event from outside -> in words
    effects: dict[str, dict[str, str]] = field(factory=dict)  # who performs -> effect or work -> in words
    invariants: dict[str, str] = field(factory=dict)
    migrations: dict[int, MigrationDoc] = field(factory=dict)


def parse(text: str) -> ChartDoc:
    """Raises ChartError with the path of every fault of form."""
    try:
        return _converter.structure(_mapping(yaml.load(text, _Loader)), ChartDoc)
    except yaml.YAMLError as error:
        raise ChartError(f"not YAML: {error}") from None
    except (cattrs.BaseValidationError, ChartError) as error:
        faults = cattrs.transform_error(error, format_exception=_explain)
        raise ChartError(*map(_worded, faults)) from None


GROUPS = {
    "hears": "events are grouped by who sends them: `hears: {web.voice: {%s: …}}`",
    "effects": "effects are grouped by who performs them: `effects: {sessions.effects: {%s: …}}`",
}
_UNGROUPED = re.compile(r"expected a mapping @ \$\.(hears|effects)\['(.*)'\]")


def _worded(fault: str) -> str:
    """In the words of the format: cattrs says where by the name of the attribute, and knows nothing of groups."""
    if found := _UNGROUPED.fullmatch(fault):
        key, name = found.groups()
        return f"{GROUPS[key] % name} @ $.{key}[{name!r}]"
    return re.sub(r"\.guard$", ".if", fault)


class _Loader(yaml.CSafeLoader):
    """YAML without its surprises: only `true` and `false` are booleans, and a key stands once.

    The parser is libyaml's: tests read charts by the thousand, and the one in Python takes six times as long.
    """

    yaml_implicit_resolvers: ClassVar[Any] = {  # type: ignore[misc]
        first: [(tag, regexp) for tag, regexp in resolvers if tag.rpartition(":")[2] not in ("bool", "timestamp")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = Counter(key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode))
        twice = [key for key, count in keys.items() if count > 1]
        if twice:
            raise yaml.constructor.ConstructorError(None, None, f"{twice[0]!r} stands twice", node.start_mark)
        return super().construct_mapping(node, deep)


_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))


# -- the short forms ----------------------------------------------------------------------------------------------


def _string(value: Any, _: type) -> str:
    if not isinstance(value, str):
        raise ChartError(f"expected a name, not {value!r}")
    return value


def _integer(value: Any, _: type) -> int:
    if type(value) is not int:
        raise ChartError(f"expected a whole number, not {value!r}")
    return value


def _flag(value: Any, _: type) -> bool:
    if not isinstance(value, bool):
        raise ChartError(f"expected true or false, not {value!r}")
    return value


def _is_choice(kind: Any) -> bool:
    return get_origin(kind) is Literal


def _one_of(value: Any, kind: Any) -> Any:
    if value not in get_args(kind):
        raise ChartError(f"expected one of {', '.join(get_args(kind))}, not {value!r}")
    return value


def _mapping(value: Any) -> Any:
    if not isinstance(value, dict):
        raise ChartError(f"expected a mapping, not {value!r}")
    return value


def _action(value: Any, _: type) -> Action:
    match value:
        case str(name):
            return Action(name)
        case dict() if len(value) == 1:
            ((name, args),) = value.items()
            if isinstance(args, dict):
                return Action(_string(name, str), args)
    raise ChartError(f"expected a name, or one name with its arguments, not {value!r}")


def _actions(value: Any, _: type) -> tuple[Action, ...]:
    return _each(value, list[Action])


def _targets(value: Any, _: type) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else _each(value, list[str])


def _go(value: Any, _: type) -> Go:
    return Go((value,)) if isinstance(value, str) else _structure_go(_mapping(value), Go)


def _gos(value: Any, _: type) -> tuple[Go, ...]:
    return _each(value, list[Go]) if isinstance(value, list) else (_go(value, Go),)


def _ignored(value: Any, _: type) -> Ignored:
    if isinstance(value, list):
        return Ignored(dict.fromkeys(_each(value, list[str]), ""))
    for event, why in _mapping(value).items():
        if why is None or (isinstance(why, str) and not why.strip()):
            raise ChartError(f"no reason is given why {event!r} is ignored: say it, or list the event: `[{event}]`")
    return Ignored(_converter.structure(value, dict[str, str]))


def _state(value: Any, _: type) -> StateDoc:
    return _structure_state({} if value is None else _mapping(value), StateDoc)


def _each(value: Any, kind: type[list[T]]) -> tuple[T, ...]:
    if not isinstance(value, list):
        raise ChartError(f"expected a list, not {value!r}")  # a string would be a list of letters
    return tuple(_converter.structure(value, kind))


def _explain(error: BaseException, expected: type | None) -> str:
    return str(error) if isinstance(error, ChartError) else cattrs.v.format_exception(error, expected)


_converter = cattrs.Converter(forbid_extra_keys=True)
_converter.register_structure_hook(str, _string)
_converter.register_structure_hook(int, _integer)
_converter.register_structure_hook(bool, _flag)
_converter.register_structure_hook_func(_is_choice, _one_of)
_converter.register_structure_hook(Action, _action)
_converter.register_structure_hook_func(lambda kind: kind == tuple[Action, ...], _actions)
_converter.register_structure_hook_func(lambda kind: kind == tuple[str, ...], _targets)
_converter.register_structure_hook_func(lambda kind: kind is Ignored, _ignored)
_converter.register_structure_hook_func(lambda kind: kind == tuple[Go, ...], _gos)
_renamed = {"guard": override(rename="if")}
_converter.register_structure_hook(After, make_dict_structure_fn(After, _converter, **_renamed))  # type: ignore[arg-type]
_structure_go = make_dict_structure_fn(Go, _converter, **_renamed)  # type: ignore[arg-type]
_converter.register_structure_hook(Go, _go)
_converter.register_structure_hook(StateDoc, _state)
_structure_state = make_dict_structure_fn(StateDoc, _converter)
