"""Stories from YAML and back. What is wrong is said with its path: `there is no tab 'secnd' @ $.steps[2].speak.tab`."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, ClassVar, Literal, get_args, get_origin

import attrs
import yaml
from attrs import evolve
from cattrs import BaseValidationError, ClassValidationError, Converter, transform_error
from cattrs.errors import AttributeValidationNote
from cattrs.gen import make_dict_unstructure_fn
from cattrs.v import format_exception

from lossy.sim.script.recordings import missing_recordings
from lossy.sim.script.steps import DEEDS, Expect, Repeat, Speak, Step, Together, Wait, name_of
from lossy.sim.script.story import Story, StoryError, check
from lossy.sim.script.units import Lasts, Place, read_lasts, read_place, write_lasts, write_place

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

# Fifty times the longest of ours.
MOST_BYTES = 200_000

KINDS: Mapping[str, type] = {name_of(kind): kind for kind in (*DEEDS, Wait, Expect, Together, Repeat)}


def load_story(path: Path) -> Story:
    """Raises StoryError, which names the file."""
    try:
        story = read_story(path.read_bytes())
        if faults := [*missing_recordings(story, path.parent)]:
            raise StoryError(*faults)
        return evolve(story, steps=_from_folder(story.steps, path.parent))
    except OSError as error:
        raise StoryError(f"{path}: {error.strerror}") from error
    except StoryError as error:
        raise StoryError(*(f"{path}: {fault}" for fault in error.args)) from None


def read_story(written: bytes | str) -> Story:
    """Raises StoryError."""
    if len(written) > MOST_BYTES:
        raise StoryError(f"{len(written)} bytes: {MOST_BYTES} at most")
    try:
        content = yaml.load(written, _Loader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise StoryError(f"not YAML: {error}") from error
    try:
        story = _converter.structure(_mapping(content), Story)
    except (BaseValidationError, ValueError) as error:
        raise StoryError(*transform_error(error, format_exception=_reason)) from error
    if faults := check(story):
        raise StoryError(*faults)
    return story


def _from_folder(steps: tuple[Step, ...], folder: Path) -> tuple[Step, ...]:
    """With its recordings found whatever folder it is played in."""
    found: list[Step] = []
    for step in steps:
        if isinstance(step, Together | Repeat):
            found.append(evolve(step, steps=_from_folder(step.steps, folder)))
        elif isinstance(step, Speak) and step.wav is not None:
            found.append(evolve(step, wav=str(folder / step.wav)))
        else:
            found.append(step)
    return tuple(found)


def write_story(story: Story) -> str:
    """YAML that reads as the same story."""
    return yaml.safe_dump(_converter.unstructure(story), sort_keys=False, allow_unicode=True, width=110)


def write_step(step: Step) -> str:
    """In one line."""
    written = _write_step(step)
    if isinstance(written, str):
        return written
    return yaml.safe_dump(written, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10_000).strip()


class _Loader(yaml.CSafeLoader):
    """Only `true` and `false` are booleans, a place in the film is no number of base sixty, and a key stands once."""

    yaml_implicit_resolvers: ClassVar[Any] = {  # type: ignore[misc]
        first: [(tag, regexp) for tag, regexp in resolvers if tag.rpartition(":")[2] in ("null", "merge")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = Counter(key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode))
        twice = [key for key, count in keys.items() if count > 1]
        if twice:
            raise yaml.constructor.ConstructorError(None, None, f"{twice[0]!r} stands twice", node.start_mark)
        return super().construct_mapping(node, deep)


for _tag, _pattern, _first in (
    ("bool", r"true|false", "tf"),
    ("int", r"-?(?:0|[1-9]\d*)", "-0123456789"),
    ("float", r"-?\d+\.\d+", "-0123456789"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), [*_first])


# -- steps --------------------------------------------------------------------------------------------------------


def _read_step(written: Any, _: Any) -> Any:
    """`{speak: {words: …}}`; one that needs one fact may be written `{open: first}`, one that needs none `deploy`."""
    if isinstance(written, str):
        written = {written: {}}
    if not isinstance(written, dict) or len(written) != 1:
        raise ValueError(f"a step is one word for what happens, and what is to be known of it, not {written!r}")
    ((name, facts),) = written.items()
    kind = KINDS.get(name)
    if kind is None:
        raise ValueError(f"there is no step {name!r}; there are {', '.join(KINDS)}")
    if not isinstance(facts, dict):
        facts = {field.name: facts for field in attrs.fields(kind)[:1]}
    try:
        return _converter.structure(facts, kind)
    except BaseValidationError as error:
        error.add_note(AttributeValidationNote(f"step {name}", name, kind))
        raise ClassValidationError("a step", [error], kind) from error


def _write_step(step: Any) -> Any:
    name, kind = name_of(type(step)), type(step)
    facts = _WRITE_FACTS[kind](step)
    if [*facts] == [field.name for field in attrs.fields(kind)[:1]]:
        only: Any = next(iter(facts.values()), {})
        facts = facts if isinstance(only, dict | list) else only
    return {name: facts} if facts else name


# -- values -------------------------------------------------------------------------------------------------------


def _mapping(value: Any) -> Any:
    if not isinstance(value, dict):
        raise ValueError(f"expected a mapping, not {value!r}")
    return value


def _reason(error: BaseException, kind: type | None) -> str:
    match error:
        case AttributeError():  # cattrs asked it for its keys
            return "expected a mapping"
        case KeyError():
            return f"{error.args[0]} is missing"
        case ValueError() | TypeError():  # mostly our own words
            return str(error)
        case _:
            return format_exception(error, kind)


def _exactly(value: Any, kind: type) -> Any:
    """Instead of cattrs' own conversion, which takes "12" for the integer 12."""
    if type(value) is not kind:
        raise ValueError(f"expected {kind.__name__}, not {value!r}")
    return value


def _number(value: Any, _: type) -> float:
    if type(value) not in (int, float):
        raise ValueError(f"expected a number, not {value!r}")
    return float(value)


def _one_of(value: Any, kind: Any) -> Any:
    if value not in get_args(kind):
        raise ValueError(f"expected one of {', '.join(get_args(kind))}, not {value!r}")
    return value


def _list(value: Any, kind: Any) -> Any:
    if not isinstance(value, list):
        raise ValueError(f"expected a list, not {value!r}")  # a string would be a list of letters
    of, _ = get_args(kind)
    return tuple(_converter.structure(value, list[of]))  # type: ignore[valid-type]


def _is_literal(kind: Any) -> bool:
    return get_origin(kind) is Literal


def _is_tuple(kind: Any) -> bool:
    return get_origin(kind) is tuple


def _is_steps(kind: Any) -> bool:
    return _is_tuple(kind) and get_args(kind)[0] == Step


def _is_names(kind: Any) -> bool:
    return _is_tuple(kind) and get_args(kind)[0] is str


def _write_shortly(kind: type) -> Callable[[Any], dict[str, Any]]:
    """What is as it would be anyway is left out."""
    write: Callable[[Any], dict[str, Any]] = make_dict_unstructure_fn(kind, _converter, _cattrs_omit_if_default=True)
    return write


_converter = Converter(forbid_extra_keys=True)
_converter.register_structure_hook(str, _exactly)
_converter.register_structure_hook(int, _exactly)
_converter.register_structure_hook(bool, _exactly)
_converter.register_structure_hook(float, _number)
_converter.register_structure_hook(Lasts, lambda value, _: read_lasts(value))
_converter.register_structure_hook(Place, lambda value, _: read_place(value))
_converter.register_structure_hook_func(_is_literal, _one_of)
_converter.register_structure_hook_func(_is_tuple, _list)
_converter.register_structure_hook_func(lambda kind: kind == Step, _read_step)

_converter.register_unstructure_hook(Lasts, write_lasts)
_converter.register_unstructure_hook(Place, write_place)
_converter.register_unstructure_hook_func(_is_names, lambda names: [*names])
_converter.register_unstructure_hook_func(_is_steps, lambda steps: [*map(_write_step, steps)])
_converter.register_unstructure_hook_factory(attrs.has, _write_shortly)
_WRITE_FACTS = {kind: _write_shortly(kind) for kind in KINDS.values()}
