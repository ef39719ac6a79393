"""A Whisper for tests on the real ONNX contract: it says one of a few texts, by how loud the loudest moment is.

The front end, the loop of the decoder and the tokenizer are the library's own; what is made here are weights. It tests
that a model is loaded, run and heard, and nothing of how well.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import ArrayLike, DTypeLike

WIDTH = 8
# Fewer than a real one has: its weights are one row for each, and every text here is short.
TEXT_POSITIONS = 64
MELS, FRAMES = 80, 3000
# The front end's loudest value is (log10(power) + 4) / 4: so much lower for each 12 dB that the sound is quieter.
PER_12_DB = 0.3
SURE = 10.0
SPECIAL = (
    *("<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|translate|>", "<|transcribe|>", "<|startoflm|>"),
    *("<|startofprev|>", "<|nospeech|>", "<|notimestamps|>"),
    *(f"<|{n * 0.02:.2f}|>" for n in range(1501)),
)


def write_whisper(folder: Path, texts: Sequence[str], loudest: float) -> None:
    """`texts` from the loudest down, a step of 12 dB each; the first is said from a value of `loudest` up."""
    (folder / "onnx").mkdir(parents=True, exist_ok=True)
    for name, content in _configuration().items():
        (folder / name).write_text(json.dumps(content), encoding="utf-8")
    _save(folder, "encoder_model", _encoder())
    _save(folder, "decoder_model_merged", _decoder(texts, loudest))


def _bytes_as_letters() -> dict[str, int]:
    """GPT-2's alphabet: each byte as a letter that can be seen."""
    seen = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [byte for byte in range(256) if byte not in seen]
    return {chr(byte): byte for byte in seen} | {chr(256 + n): byte for n, byte in enumerate(hidden)}


IDS = {text: 256 + n for n, text in enumerate(SPECIAL)}
END, START, UNTIMED = IDS["<|endoftext|>"], IDS["<|startoftranscript|>"], IDS["<|notimestamps|>"]
VOCABULARY = 256 + len(SPECIAL)


def _configuration() -> dict[str, Any]:
    ends = {"bos_token_id": END, "eos_token_id": END, "pad_token_id": END, "decoder_start_token_id": START}
    layers = {f"{part}_{what}": 1 for part in ("encoder", "decoder") for what in ("layers", "attention_heads")}
    marks = dict.fromkeys(("bos_token", "eos_token", "unk_token", "pad_token"), "<|endoftext|>")
    plain = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    added = [{"id": id, "content": text, "special": not text[2].isdigit(), **plain} for text, id in IDS.items()]
    level = {"type": "ByteLevel", "trim_offsets": True, "use_regex": True}
    bpe: dict[str, Any] = {
        "type": "BPE",
        "dropout": None,
        "unk_token": "<|endoftext|>",
        "fuse_unk": False,
        "byte_fallback": False,
    }
    bpe |= {"continuing_subword_prefix": "", "end_of_word_suffix": "", "merges": []}
    return {
        "config.json": {
            "model_type": "whisper",
            "architectures": ["WhisperForConditionalGeneration"],
            "is_encoder_decoder": True,
            "d_model": WIDTH,
            "num_hidden_layers": 1,
            "vocab_size": VOCABULARY,
            "num_mel_bins": MELS,
            "max_source_positions": FRAMES // 2,
            "max_target_positions": TEXT_POSITIONS,
            **layers,
            **ends,
        },
        "generation_config.json": {
            **ends,
            "max_length": TEXT_POSITIONS,
            "is_multilingual": False,
            "no_timestamps_token_id": UNTIMED,
            "return_timestamps": False,
            "suppress_tokens": [],
            "max_initial_timestamp_index": 50,
        },
        "preprocessor_config.json": {
            "feature_extractor_type": "WhisperFeatureExtractor",
            "processor_class": "WhisperProcessor",
            "chunk_length": 30,
            "feature_size": MELS,
            "hop_length": 160,
            "n_fft": 400,
            "n_samples": 480_000,
            "nb_max_frames": FRAMES,
            "padding_side": "right",
            "padding_value": 0.0,
            "return_attention_mask": False,
            "sampling_rate": 16_000,
        },
        "tokenizer_config.json": {
            "tokenizer_class": "WhisperTokenizer",
            "processor_class": "WhisperProcessor",
            "model_max_length": 1024,
            "clean_up_tokenization_spaces": False,
            **marks,
        },
        "tokenizer.json": {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": added,
            "normalizer": None,
            "pre_tokenizer": {**level, "add_prefix_space": False},
            "post_processor": None,
            "decoder": {**level, "add_prefix_space": True},
            "model": {**bpe, "vocab": _bytes_as_letters() | {"<|endoftext|>": END}},
        },
    }


def _encoder() -> onnx.GraphProto:
    """The loudest value of the mel, at every position."""
    nodes = [
        helper.make_node("ReduceMax", ["input_features", "axes"], ["loudest"], keepdims=1),
        helper.make_node("Expand", ["loudest", "shape"], ["last_hidden_state"]),
    ]
    weights = [_weight("axes", [1, 2], np.int64), _weight("shape", [1, FRAMES // 2, WIDTH], np.int64)]
    inputs = [helper.make_tensor_value_info("input_features", TensorProto.FLOAT, ["b", MELS, FRAMES])]
    outputs = [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["b", FRAMES // 2, WIDTH])]
    return helper.make_graph(nodes, "encoder", inputs, outputs, weights)


def _decoder(texts: Sequence[str], loudest: float) -> onnx.GraphProto:
    """At each position the next letter of the text that the loudness names; the caches only count."""
    node = helper.make_node
    count = len(texts)
    nodes = [
        node("Gather", ["embedding", "input_ids"], ["embedded"]),
        node("Unsqueeze", ["embedded", "axis_1"], ["keys"]),
        node("Concat", ["past_key_values.0.decoder.key", "keys"], ["present.0.decoder.key"], axis=2),
        node("Concat", ["past_key_values.0.decoder.value", "keys"], ["present.0.decoder.value"], axis=2),
        node("Unsqueeze", ["encoder_hidden_states", "axis_1"], ["heard"]),
        node("Identity", ["heard"], ["present.0.encoder.key"]),
        node("Identity", ["heard"], ["present.0.encoder.value"]),
        node("Shape", ["past_key_values.0.decoder.key"], ["past_shape"]),
        node("Gather", ["past_shape", "two"], ["past"]),
        node("Shape", ["input_ids"], ["ids_shape"]),
        node("Gather", ["ids_shape", "one"], ["ids"]),
        node("Add", ["past", "ids"], ["end"]),
        node("Range", ["past", "end", "one"], ["positions"]),
        node("ReduceMean", ["encoder_hidden_states"], ["level"], keepdims=0),
        node("Sub", ["loudest", "level"], ["below"]),
        node("Div", ["below", "step"], ["steps"]),
        node("Ceil", ["steps"], ["rounded"]),
        node("Clip", ["rounded", "first", "last"], ["bounded"]),
        node("Cast", ["bounded"], ["which"], to=TensorProto.INT64),
        node("Gather", ["scripts", "which"], ["script"]),
        node("Gather", ["script", "positions"], ["said"]),
        node("Unsqueeze", ["said", "axis_0"], ["batched"]),
        # The library always gives this input, and the runtime refuses one that is not there.
        node("Cast", ["use_cache_branch"], ["branch"], to=TensorProto.FLOAT),
        node("ReduceSum", ["branch"], ["branches"], keepdims=0),
        node("Mul", ["branches", "zero"], ["nothing"]),
        node("Add", ["batched", "nothing"], ["logits"]),
    ]
    weights = [
        _weight("embedding", np.random.default_rng(0).normal(size=(VOCABULARY, WIDTH)), np.float32),
        _weight("axis_0", [0], np.int64),
        _weight("axis_1", [1], np.int64),
        _weight("one", 1, np.int64),
        _weight("two", 2, np.int64),
        _weight("loudest", loudest, np.float32),
        _weight("step", PER_12_DB, np.float32),
        _weight("first", 0, np.float32),
        _weight("last", count - 1, np.float32),
        _weight("zero", 0, np.float32),
        _weight("scripts", np.stack([_script(text) for text in texts]), np.float32),
    ]
    value = helper.make_tensor_value_info
    cache = [(part, kind) for part in ("decoder", "encoder") for kind in ("key", "value")]
    inputs = [
        value("input_ids", TensorProto.INT64, ["b", "t"]),
        value("encoder_hidden_states", TensorProto.FLOAT, ["b", "s", WIDTH]),
        *(value(f"past_key_values.0.{p}.{k}", TensorProto.FLOAT, ["b", 1, f"past_{p}", WIDTH]) for p, k in cache),
        value("use_cache_branch", TensorProto.BOOL, [1]),
    ]
    outputs = [
        value("logits", TensorProto.FLOAT, ["b", "t", VOCABULARY]),
        *(value(f"present.0.{p}.{k}", TensorProto.FLOAT, ["b", 1, f"present_{p}", WIDTH]) for p, k in cache),
    ]
    return helper.make_graph(nodes, "decoder", inputs, outputs, weights)


def _script(text: str) -> np.ndarray[Any, np.dtype[np.float32]]:
    """At position p the letter p - 1: the first position is the prompt's other token."""
    letters = [*f" {text}".encode(), END]
    script = np.zeros((TEXT_POSITIONS, VOCABULARY), np.float32)
    for position in range(TEXT_POSITIONS):
        script[position, letters[min(max(position - 1, 0), len(letters) - 1)]] = SURE
    return script


def _weight(name: str, values: ArrayLike, kind: DTypeLike) -> onnx.TensorProto:
    return numpy_helper.from_array(np.asarray(values, dtype=kind), name)


def _save(folder: Path, name: str, graph: onnx.GraphProto) -> None:
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, str(folder / "onnx" / f"{name}.onnx"))
