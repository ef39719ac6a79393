"""Whisper models of a few hundred kilobytes, made without torch: real files for the real library, and no download.

`write_random` knows nothing and says anything. `write_saying` says one sentence whatever it hears: its attention and
feed-forward layers add nothing, so the position alone decides the next token.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import tokenizers
from attrs import frozen
from ctranslate2.specs import WhisperSpec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lossy.inference.vad import Pcm

MELS = 80
AUDIO_POSITIONS = 1500  # 30 s of two frames of 10 ms each
TEXT_POSITIONS = 448

# Wide enough for random positions to be as good as orthogonal: each then points at its own token.
SAYING_WIDTH = 256
LOGIT = 30.0  # of the right token, against noise around 0: a probability of almost 1


@frozen
class Size:
    width: int
    heads: int


@frozen
class Vocabulary:
    """One token a byte, one for each printable character after a space, and Whisper's special ones."""

    tokens: tuple[str, ...]
    special: tuple[str, ...]
    merges: tuple[str, ...]

    @property
    def all(self) -> list[str]:
        return [*self.tokens, *self.special]

    def tokenizer(self) -> dict[str, Any]:
        """As the file tokenizer.json of the `tokenizers` library."""
        byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
        flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False) | {"special": True}
        first = len(self.tokens)
        return {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": [{"id": first + i, "content": name, **flags} for i, name in enumerate(self.special)],
            "normalizer": None,
            "pre_tokenizer": byte_level,
            "post_processor": None,
            "decoder": byte_level,
            "model": {
                "type": "BPE",
                "vocab": {token: i for i, token in enumerate(self.tokens)},
                "merges": self.merges,
            },
        }


def vocabulary() -> Vocabulary:
    letters = byte_letters()
    space = letters[ord(" ")]
    # faster-whisper forbids the bare space, because " -" and other sounds begin with it: words need their own.
    printable = [letters[code] for code in range(ord("!"), ord("~") + 1)]
    special = ["<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|translate|>", "<|transcribe|>"]
    special += ["<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>"]
    special += [f"<|{step * 0.02:.2f}|>" for step in range(AUDIO_POSITIONS + 1)]
    return Vocabulary(
        tokens=(*letters, *(space + letter for letter in printable)),
        special=tuple(special),
        merges=tuple(f"{space} {letter}" for letter in printable),
    )


def byte_letters() -> list[str]:
    """The printable character that byte-level BPE writes for each byte (GPT-2's `bytes_to_unicode`)."""
    printable = {*range(33, 127), *range(161, 173), *range(174, 256)}
    others = iter(range(256, 512))
    return [chr(byte) if byte in printable else chr(next(others)) for byte in range(256)]


def write_random(folder: Path, seed: int = 0) -> None:
    words = vocabulary()
    save(folder, random_weights(words, Size(width=16, heads=2), np.random.default_rng(seed)), words)


def write_saying(folder: Path, sentence: str, seed: int = 0) -> None:
    words = vocabulary()
    rng = np.random.default_rng(seed)
    spec = random_weights(words, Size(SAYING_WIDTH, heads=4), rng)
    for linear in layer_linears(spec):
        linear.weight *= 0
    script = tokenizers.Tokenizer.from_str(json.dumps(words.tokenizer())).encode(" " + sentence).ids
    script.append(words.all.index("<|endoftext|>"))

    positions = rng.normal(size=(TEXT_POSITIONS, SAYING_WIDTH))
    positions -= positions.mean(axis=1, keepdims=True)
    positions /= positions.std(axis=1, keepdims=True)  # as the layer norm leaves it
    projection = np.zeros((len(words.all), SAYING_WIDTH))
    prompt = 2  # <|startoftranscript|> <|notimestamps|>: the token after it is decided at its last position
    for place, token in enumerate(script, start=prompt - 1):
        projection[token] += positions[place] * LOGIT / SAYING_WIDTH

    spec.decoder.position_encodings.encodings = positions.astype(np.float32)
    spec.decoder.embeddings.weight = np.zeros((len(words.all), SAYING_WIDTH), np.float32)
    spec.decoder.projection.weight = projection.astype(np.float32)
    save(folder, spec, words)


def random_weights(words: Vocabulary, size: Size, rng: np.random.Generator) -> Any:
    def noise(*shape: int) -> Pcm:
        return (rng.normal(size=shape) * 0.02).astype(np.float32)

    spec = WhisperSpec(1, size.heads, 1, size.heads)
    encoder, decoder = spec.encoder, spec.decoder
    for convolution, channels in (encoder.conv1, MELS), (encoder.conv2, size.width):
        convolution.weight, convolution.bias = noise(size.width, channels, 3), np.zeros(size.width, np.float32)
    encoder.position_encodings.encodings = noise(AUDIO_POSITIONS, size.width)
    decoder.position_encodings.encodings = noise(TEXT_POSITIONS, size.width)
    decoder.embeddings.weight = decoder.projection.weight = noise(len(words.all), size.width)
    for norm in layer_norms(spec):
        norm.gamma, norm.beta = np.ones(size.width, np.float32), np.zeros(size.width, np.float32)
    for linear, (outputs, inputs) in zip(layer_linears(spec), LINEAR_SHAPES, strict=True):
        linear.weight = noise(outputs * size.width, inputs * size.width)
        linear.bias = np.zeros(outputs * size.width, np.float32)
    return spec


# Outputs and inputs of `layer_linears`, in widths: self-attention, feed-forward, and the decoder's attention to audio.
LINEAR_SHAPES = (
    *((3, 1), (1, 1), (4, 1), (1, 4)),
    *((3, 1), (1, 1), (4, 1), (1, 4)),
    *((1, 1), (2, 1), (1, 1)),
)


def layer_linears(spec: Any) -> Iterator[Any]:
    for part in (spec.encoder, spec.decoder):
        layer = part.layer[0]
        yield from (*layer.self_attention.linear, layer.ffn.linear_0, layer.ffn.linear_1)
    yield from spec.decoder.layer[0].attention.linear


def layer_norms(spec: Any) -> Iterator[Any]:
    for part in (spec.encoder, spec.decoder):
        layer = part.layer[0]
        yield from (part.layer_norm, layer.self_attention.layer_norm, layer.ffn.layer_norm)
    yield spec.decoder.layer[0].attention.layer_norm


def save(folder: Path, spec: Any, words: Vocabulary) -> None:
    spec.config.suppress_ids = spec.config.suppress_ids_begin = []
    spec.config.lang_ids = [words.all.index("<|en|>")]
    spec.config.alignment_heads = [(0, 0)]
    spec.register_vocabulary(words.all)
    spec.validate()
    folder.mkdir()
    spec.save(str(folder))
    (folder / "tokenizer.json").write_text(json.dumps(words.tokenizer()))
    extractor = {"feature_size": MELS, "sampling_rate": 16_000, "hop_length": 160, "chunk_length": 30, "n_fft": 400}
    (folder / "preprocessor_config.json").write_text(json.dumps(extractor))
