"""Reads the network back out of a CTranslate2 int8 folder, so that it can be trained on.

The auxiliary letters are not in such a folder: their output layer starts anew.
"""

# mypy: allow-untyped-calls
# torch and transformers leave some of their calls without types.
from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

import numpy as np
import torch

from models import tokenizer
from models.whisper_network import Network, Shape

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from torch import Tensor

_BINARY_VERSION: Final = 6
_TYPES: Final = ("<f4", "i1", "<i2", "<i4", "<f2")
"""CTranslate2's number of each type; bfloat16, which numpy lacks, would be the sixth."""
_SCALE: Final = "_scale"
_UNTRAINED: Final = -20.0
"""A row whose first channel lies below this was written by the export for an unused token."""
_NORMS: Final = {"gamma": "weight", "beta": "bias"}


class NotImportable(Exception):
    """The folder holds no CTranslate2 Whisper of this shape; the message says what differs."""


def import_whisper(folder: Path, shape: Shape) -> Network:
    """Build a network with the weights of an exported one.

    Args:
        folder: what `export_whisper` wrote.
        shape: of the network to build; its tokens may be others than those exported. The width
            must be the same.

    Raises:
        NotImportable: see there.
    """
    weights = _dequantised(_variables(_Reader((folder / "model.bin").read_bytes())))
    network = Network(shape)
    if weights["encoder/layer_norm/gamma"].shape != (shape.width,):
        raise NotImportable(f"{folder} is not of width {shape.width}")
    rows = weights["decoder/embeddings/weight"]
    network.encoder.load_state_dict(dict(_stack(weights, "encoder")), strict=False)
    network.decoder.load_state_dict(dict(_stack(weights, "decoder")), strict=False)
    with torch.no_grad():
        known = rows[torch.tensor(shape.tokens)]
        trained = known[:, 0] > _UNTRAINED
        network.token_embedding[trained] = known[trained]
        _recover_timestamps(network, rows[tokenizer.FIRST_TIMESTAMP :])
    network.keep_bias_channel()
    return network


class _Reader:
    """Walks through the bytes of a model file."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def number(self, kind: str) -> int:
        value: int = struct.unpack_from(kind, self._data, self._at)[0]
        self._at += struct.calcsize(kind)
        return value

    def string(self) -> str:
        return self.bytes(self.number("<H"))[:-1].decode()

    def bytes(self, count: int) -> bytes:
        self._at += count
        return self._data[self._at - count : self._at]


def _variables(reader: _Reader) -> dict[str, Tensor]:
    """Read what `ctranslate2.specs.ModelSpec` writes: variables, then second names of some."""
    version, specification, revision = reader.number("<I"), reader.string(), reader.number("<I")
    if (version, specification, revision) != (_BINARY_VERSION, "WhisperSpec", 3):
        raise NotImportable(f"binary version {version} of {specification} revision {revision}")
    found = {}
    for _ in range(reader.number("<I")):
        name = reader.string()
        sizes = [reader.number("<I") for _ in range(reader.number("<B"))]
        kind = _TYPES[reader.number("<B")]
        values = np.frombuffer(reader.bytes(reader.number("<I")), kind).reshape(sizes)
        found[name] = torch.from_numpy(values.astype(np.float32))
    for _ in range(reader.number("<I")):
        second, first = reader.string(), reader.string()
        for ending in ("", _SCALE):
            if f"{first}{ending}" in found:
                found[f"{second}{ending}"] = found[f"{first}{ending}"]
    return found


def _dequantised(variables: dict[str, Tensor]) -> dict[str, Tensor]:
    """Multiply int8 weights out; each row has a scale of its own."""
    weights = {}
    for name, value in variables.items():
        scale = variables.get(f"{name}{_SCALE}")
        if scale is not None:
            weights[name] = value / scale.view(-1, *[1] * (value.dim() - 1))
        elif not name.endswith(_SCALE):
            weights[name] = value
    return weights


def _stack(weights: dict[str, Tensor], side: str) -> Iterator[tuple[str, Tensor]]:
    """Name the weights of the encoder or the decoder as transformers does."""
    for name, value in weights.items():
        owner, *path, kind = name.split("/")
        if owner != side or not path:
            continue
        first, *path = path
        if first.startswith("conv"):
            yield f"{first}.{kind}", value
        elif first == "layer_norm":
            yield f"layer_norm.{_NORMS[kind]}", value
        elif first == "position_encodings":
            yield "embed_positions.weight", value
        elif first.startswith("layer_"):
            layer = f"layers.{first.removeprefix('layer_')}"
            for part, tensor in _layer(path, kind, value):
                yield f"{layer}.{part}", tensor


def _layer(path: list[str], kind: str, value: Tensor) -> Iterator[tuple[str, Tensor]]:
    """Name one variable of a layer; query, key and value lie in it one upon the other."""
    block, part = path
    names = {"self_attention": "self_attn", "attention": "encoder_attn"}
    if part == "layer_norm":
        norm = f"{names[block]}_layer_norm" if block in names else "final_layer_norm"
        yield f"{norm}.{_NORMS[kind]}", value
    elif block == "ffn":
        yield f"fc{1 + int(part[-1])}.{kind}", value
    else:
        projections = {
            ("self_attention", "linear_0"): ("q_proj", "k_proj", "v_proj"),
            ("attention", "linear_0"): ("q_proj",),
            ("attention", "linear_1"): ("k_proj", "v_proj"),
        }.get((block, part), ("out_proj",))
        for projection, tensor in zip(projections, value.chunk(len(projections)), strict=True):
            # Whisper's keys have no bias: the exported one is zero.
            if (projection, kind) != ("k_proj", "bias"):
                yield f"{names[block]}.{projection}.{kind}", tensor


def _recover_timestamps(network: Network, rows: Tensor) -> None:
    """Find the map of sinusoids that gives these rows best."""
    known = torch.cat([network.timestamp_sinusoids(), torch.ones(len(rows), 1)], dim=1)
    solution = torch.linalg.lstsq(known, rows, driver="gelsd").solution
    network.timestamp_map.weight.copy_(solution[:-1].T)
    network.timestamp_offset.copy_(solution[-1:])
