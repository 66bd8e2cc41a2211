"""Trains a small Wav2Vec2 that finds the words of a known text, in English and Spanish.

    python -m models.train_aligner --out FOLDER [--steps N] [--lines N] [--width N] [--layers N]

Writes a folder for `whisperx.load_align_model(language, "cpu", model_name=FOLDER)`. CPU only.
"""

# mypy: allow-untyped-calls
# torch and transformers leave some of their calls without types.
from __future__ import annotations

import argparse
import json
import math
import os
import random
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # spinning threads crawl on a shared core

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import (
    Wav2Vec2Config,
    Wav2Vec2CTCTokenizer,
    Wav2Vec2FeatureExtractor,
    Wav2Vec2ForCTC,
    Wav2Vec2Processor,
)

from models import sentences, speech
from models.aligner_labels import BLANK, HOP, IDS, SYMBOLS, frames_of, label
from models.speech import SAMPLE_RATE, Utterance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_FIRST_KERNEL: Final = 160
_SECONDS_IN_A_BATCH: Final = 32
_LEARNING_RATE: Final = 2e-3


def varied(lines: Sequence[sentences.Line], count: int, seed: int) -> list[sentences.Line]:
    """Make texts that no grammar would: the aligner must follow whatever Whisper writes.

    Words in any order, two sentences joined by a comma, other punctuation or none.
    """
    chance = random.Random(seed)
    words = {
        language: sorted(
            {w for x in lines if x.language == language for w in sentences.words(x.text)}
        )
        for language in sentences.LANGUAGES
    }
    made = []
    for _ in range(count):
        line, kind = chance.choice(lines), chance.random()
        if kind < 0.6:
            text = " ".join(chance.choices(words[line.language], k=chance.randint(1, 8))) + "."
        elif kind < 0.8:
            other = chance.choice([x for x in lines if x.language == line.language])
            text = f"{line.text[:-1]}, {other.text.lower()}"
        else:
            frames = ("{}", "{}?", "{}!", "¿{}?", "¡{}!")
            form = chance.choice(frames if line.language == "es" else frames[:3])
            text = form.format(line.text[:-1])
        made.append(replace(line, text=text))
    return made


class Mixer:
    """Draws windows of utterances one after another, with gaps, gain and noise."""

    def __init__(self, utterances: Sequence[Utterance], seed: int) -> None:
        self._utterances = utterances
        self._chance, self._noise = random.Random(seed), np.random.default_rng(seed)

    def batch(self, seconds: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Draw windows of one length: their samples and their labels."""
        windows = [
            self._window(seconds * SAMPLE_RATE) for _ in range(_SECONDS_IN_A_BATCH // seconds)
        ]
        samples, labels = zip(*windows, strict=True)
        return torch.from_numpy(np.stack(samples)), torch.from_numpy(np.stack(labels))

    def _window(self, length: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        chance = self._chance
        samples = np.zeros(length, np.float32)
        labels = np.full(frames_of(length), BLANK, np.int64)
        # Begin in a pause, or in the middle of a word.
        at = chance.randint(0, 12_000) if chance.random() < 0.7 else -chance.randint(0, SAMPLE_RATE)
        while at < length:
            utterance = chance.choice(self._utterances)
            source, target = max(0, -at), max(0, at)
            count = min(len(utterance.samples) - source, length - target)
            if count > 0:
                heard = utterance.samples[source : source + count]
                samples[target : target + count] = heard * 10 ** chance.uniform(-0.6, 0.05)
                _place(labels, utterance, at)
            at += len(utterance.samples) + chance.randint(800, 16_000)
        samples *= 10 ** chance.uniform(-0.8, 0.1)
        if chance.random() < 0.7:
            noise = self._noise.standard_normal(length).astype(np.float32)
            samples += noise * 10 ** chance.uniform(-5, -2.3)
        return samples, labels


def _place(labels: NDArray[np.int64], utterance: Utterance, at: int) -> None:
    """Write an utterance's labels where it begins; that may lie before the window."""
    frame = at // HOP
    room = frames_of(len(utterance.samples)) + len(utterance.line.text)
    own = label(utterance.words, room, shift=(at - frame * HOP) / SAMPLE_RATE)
    low, high = max(0, frame), min(len(labels), frame + room)
    if high > low:
        part = own[low - frame : high - frame]
        labels[low:high] = np.where(part != BLANK, part, labels[low:high])


def build(width: int, layers: int) -> Wav2Vec2ForCTC:
    """Make an untrained network whose first filters already divide sound by its pitch."""
    network = Wav2Vec2ForCTC(
        Wav2Vec2Config(
            vocab_size=len(SYMBOLS),
            pad_token_id=BLANK,
            bos_token_id=None,
            eos_token_id=None,
            hidden_size=width,
            num_hidden_layers=layers,
            num_attention_heads=4,
            intermediate_size=3 * width,
            # 50 frames a second, each of 400 samples: the least that WhisperX hands over.
            conv_dim=(width, width),
            conv_kernel=(_FIRST_KERNEL, 7),
            conv_stride=(40, 8),
            conv_bias=True,
            num_feat_extract_layers=2,
            feat_extract_norm="layer",
            do_stable_layer_norm=True,
            num_conv_pos_embeddings=31,
            num_conv_pos_embedding_groups=4,
            hidden_dropout=0.05,
            attention_dropout=0.0,
            activation_dropout=0.0,
            feat_proj_dropout=0.0,
            final_dropout=0.0,
            layerdrop=0.0,
            apply_spec_augment=False,
            mask_time_prob=0.0,
            ctc_loss_reduction="mean",
        )
    )
    first = network.get_submodule("wav2vec2.feature_extractor.conv_layers.0.conv")
    if not isinstance(first, nn.Conv1d):
        raise TypeError("Wav2Vec2 does not begin with a convolution")
    with torch.no_grad():
        first.weight.copy_(torch.from_numpy(_filter_bank(width))[:, None] * 4)
        if first.bias is not None:
            first.bias.zero_()
    return network


def _filter_bank(count: int) -> NDArray[np.float32]:
    """Give sines and cosines at mel-spaced pitches from 80 to 7,500 Hz, windowed, of norm 1."""
    low, high = (2_595 * math.log10(1 + pitch / 700) for pitch in (80, 7_500))
    pitches = 700 * (10 ** (np.linspace(low, high, count // 2) / 2_595) - 1)
    phase = 2 * np.pi * pitches[:, None] * np.arange(_FIRST_KERNEL)[None] / SAMPLE_RATE
    filters = np.concatenate([np.cos(phase), np.sin(phase)]) * np.hanning(_FIRST_KERNEL)[None]
    return np.asarray(filters / np.linalg.norm(filters, axis=1, keepdims=True), np.float32)


def train(
    utterances: Sequence[Utterance], steps: int, width: int, layers: int, seed: int = 5
) -> Wav2Vec2ForCTC:
    """Train a network on so many batches of half a minute."""
    torch.manual_seed(seed)
    chance, mixer = random.Random(seed), Mixer(utterances, seed)
    network = build(width, layers)
    network.train()
    optimizer = torch.optim.AdamW(network.parameters(), betas=(0.9, 0.98), weight_decay=0.01)
    weights = torch.ones(len(SYMBOLS))
    weights[BLANK] = 0.5  # most frames are blank: let the letters count
    for step in range(steps):
        done = step / steps
        falling = 1 if done < 0.3 else 0.5 * (1 + math.cos(math.pi * (done - 0.3) / 0.7)) + 0.01
        for group in optimizer.param_groups:
            group["lr"] = _LEARNING_RATE * min(1, (step + 1) / 100) * falling
        samples, labels = mixer.batch(chance.choice((2, 3, 4) if done < 0.5 else (2, 4, 8, 16)))
        scores = network(samples).logits
        loss = nn.functional.cross_entropy(scores.flatten(0, 1), labels.flatten(), weight=weights)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        if (step + 1) % 50 == 0 or step + 1 == steps:
            print(f"step {step + 1}: loss {loss.item():.3f}", flush=True)
    network.eval()
    return network


def save(network: Wav2Vec2ForCTC, folder: Path) -> None:
    """Write the folder, with weights in half precision (they load as float32)."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        vocabulary = Path(scratch) / "vocab.json"
        vocabulary.write_text(json.dumps(IDS, ensure_ascii=False))
        tokenizer = Wav2Vec2CTCTokenizer(
            str(vocabulary),
            unk_token="<unk>",  # noqa: S106  # tokens of text
            pad_token="<pad>",  # noqa: S106
            bos_token=None,
            eos_token=None,
            word_delimiter_token="|",  # noqa: S106
            do_lower_case=True,
        )
    features = Wav2Vec2FeatureExtractor(
        feature_size=1,
        sampling_rate=SAMPLE_RATE,
        padding_value=0.0,
        do_normalize=False,
        return_attention_mask=False,
    )
    Wav2Vec2Processor(feature_extractor=features, tokenizer=tokenizer).save_pretrained(folder)
    network.save_pretrained(folder, safe_serialization=True)
    weights = folder / "model.safetensors"
    halves = {name: tensor.half().contiguous() for name, tensor in load_file(weights).items()}
    save_file(halves, weights, metadata={"format": "pt"})
    weights.chmod(0o644)  # it is written for its owner alone


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="the folder to write")
    parser.add_argument("--steps", type=int, default=1_800)
    parser.add_argument("--lines", type=int, default=6_000)
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    lines = sentences.training(options.lines)
    lines += varied(lines, options.lines // 2, seed=5)
    utterances = speech.synthesize(lines, options.threads)
    save(train(utterances, options.steps, options.width, options.layers), options.out)


if __name__ == "__main__":
    _main()
