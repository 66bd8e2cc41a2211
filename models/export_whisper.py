"""Exports a trained Whisper as a CTranslate2 folder that WhisperX loads.

python -m models.export_whisper whisper.pt FOLDER
"""

# mypy: allow-untyped-calls
# torch and transformers leave some of their calls without types.
from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import ctranslate2
import torch
from transformers import (
    PreTrainedTokenizerFast,
    WhisperFeatureExtractor,
    WhisperForConditionalGeneration,
)

from models import tokenizer
from models.whisper_network import UNKNOWN_TOKEN_SCORE, configuration, load

if TYPE_CHECKING:
    from models.whisper_network import Network


def export(network: Network, folder: Path) -> None:
    """Write a network as an int8 CTranslate2 folder, in place of one that is there."""
    with tempfile.TemporaryDirectory() as scratch:
        hugging_face = Path(scratch)
        _save_hugging_face(network, hugging_face)
        converter = ctranslate2.converters.TransformersConverter(
            str(hugging_face), copy_files=["preprocessor_config.json"]
        )
        converter.convert(str(folder), quantization="int8", force=True)
    shutil.copy(tokenizer.source(), folder)


def _save_hugging_face(network: Network, folder: Path) -> None:
    model = WhisperForConditionalGeneration(
        configuration(network.shape.width, tokenizer.VOCABULARY_SIZE, tokenizer.END_OF_TEXT)
    )
    model.model.encoder.load_state_dict(network.encoder.state_dict())
    weights = network.decoder.state_dict()
    del weights["embed_tokens.weight"]
    model.model.decoder.load_state_dict(weights, strict=False)
    model.model.decoder.embed_tokens.weight.data.copy_(_embeddings(network))
    model.tie_weights()
    _describe_generation(model)
    model.save_pretrained(folder)
    plain = folder / "tokens.json"
    tokenizer.write_without_timestamps(plain)
    end = "<|endoftext|>"
    PreTrainedTokenizerFast(
        tokenizer_file=str(plain), bos_token=end, eos_token=end, unk_token=end
    ).save_pretrained(folder)
    WhisperFeatureExtractor(feature_size=80).save_pretrained(folder)


@torch.no_grad()
def _embeddings(network: Network) -> torch.Tensor:
    """Spread the trained rows over Whisper's vocabulary."""
    rows = torch.zeros(tokenizer.VOCABULARY_SIZE, network.shape.width)
    rows[:, 0] = UNKNOWN_TOKEN_SCORE  # times the decoder's constant channel
    rows[torch.tensor(network.shape.tokens)] = network.token_embedding
    rows[tokenizer.FIRST_TIMESTAMP :] = network.timestamps()
    return rows


def _describe_generation(model: WhisperForConditionalGeneration) -> None:
    generation = model.generation_config
    # Else saving derives it from the model's configuration again, and the language ids are lost.
    generation._from_model_config = False  # noqa: SLF001  # there is no public switch
    described = {
        "alignment_heads": [[1, head] for head in range(model.config.decoder_attention_heads)],
        "lang_to_id": tokenizer.language_ids(),
        "task_to_id": {"transcribe": tokenizer.TRANSCRIBE, "translate": tokenizer.TRANSLATE},
        "is_multilingual": True,
        "no_timestamps_token_id": tokenizer.NO_TIMESTAMPS,
        "suppress_tokens": [],
        "begin_suppress_tokens": [tokenizer.SPACE, tokenizer.END_OF_TEXT],
        "max_length": 448,
    }
    for name, value in described.items():  # its own update() leaves unknown names out
        setattr(generation, name, value)


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    export(load(options.checkpoint), options.folder)


if __name__ == "__main__":
    _main()
