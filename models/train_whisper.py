"""Trains a small Whisper for English and Spanish on espeak-ng speech.

    python -m models.train_whisper --out whisper.pt [--steps N] [--lines N] [--width N]

The embedded model came from a curriculum like this one. CPU only.
"""

# mypy: allow-untyped-calls
# torch and transformers leave some of their calls without types.
from __future__ import annotations

import argparse
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # spinning threads crawl on a shared core

import torch
from torch import nn

from models import sentences, speech, tokenizer
from models.whisper_batches import IGNORED, Batch, Mixer, Stage
from models.whisper_network import Network, save, shape_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch import Tensor

ONE_SENTENCE: Final = Stage(32, 600, 1, 0.0, 0.5)
FEW_SENTENCES: Final = Stage(16, 1_300, 4, 0.25, 0.3)
WHOLE_WINDOWS: Final = Stage(8, 3_000, 9, 0.35, 0.15)
_REFINING_SHARE: Final = 0.4


@dataclass(frozen=True)
class Step:
    """What to train on next, and how fast."""

    stage: Stage
    learning_rate: float


def curriculum(steps: int) -> Iterator[Step]:
    """Plan the training: first a sentence at a time, then more, then 30 s; then all again, slower.

    The first part learns to listen and to attend; without it, whole windows teach nothing for
    hours. The second keeps the short windows among the long ones, since VAD makes both.
    """
    refining = round(steps * _REFINING_SHARE)
    learning = steps - refining
    for step in range(learning):
        done = step / learning
        stage = ONE_SENTENCE if done < 0.3 else FEW_SENTENCES if done < 0.55 else WHOLE_WINDOWS
        falling = 1.0 if done < 0.5 else _cosine((done - 0.5) / 0.5)
        yield Step(stage, 2e-3 * min(1, (step + 1) / 100) * falling)
    for step in range(refining):
        done = step / refining
        stage = FEW_SENTENCES if step % 3 == 0 and done < 0.9 else WHOLE_WINDOWS
        yield Step(stage, 1.2e-3 * min(1, (step + 1) / 30) * _cosine(done))


def train(utterances: Sequence[speech.Utterance], steps: int, width: int, seed: int = 0) -> Network:
    """Train a network.

    Args:
        utterances: what to learn from, in both languages.
        steps: how many batches.
        width: of the model, a multiple of 32.
        seed: of the weights and of the batches.
    """
    torch.manual_seed(seed)
    texts = [utterance.line.text for utterance in utterances]
    words = tokenizer.load()
    encoded = [tokenizer.encode(words, text) for text in texts]
    shape = shape_for(texts, encoded, width)
    network, mixer = Network(shape), Mixer(utterances, shape, seed)
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, betas=(0.9, 0.98), weight_decay=0.01)
    for number, step in enumerate(curriculum(steps), start=1):
        for group in optimizer.param_groups:
            group["lr"] = step.learning_rate
        loss, share = _losses(network, mixer.batch(step.stage), step.stage)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        network.keep_bias_channel()
        if number % 25 == 0 or number == steps:
            print(f"step {number}: loss {loss.item():.3f}, tokens right {share:.1%}", flush=True)
    return network


def _losses(network: Network, batch: Batch, stage: Stage) -> tuple[Tensor, float]:
    """Give the loss of a batch, and the share of its tokens that came out right."""
    letters, scores = network(batch.mel, batch.tokens)
    decoding = nn.functional.cross_entropy(
        scores.flatten(0, 1), batch.answers.flatten(), ignore_index=IGNORED
    )
    spelling = nn.functional.ctc_loss(
        letters.log_softmax(-1).transpose(0, 1),
        torch.tensor([letter for window in batch.letters for letter in window], dtype=torch.long),
        torch.full((len(batch.letters),), letters.shape[1]),
        torch.tensor([len(window) for window in batch.letters]),
        zero_infinity=True,
    )
    counted = batch.answers != IGNORED
    share = (scores.argmax(-1) == batch.answers)[counted].float().mean().item()
    return decoding + stage.letters_weight * spelling, share


def _cosine(done: float) -> float:
    return 0.5 * (1 + math.cos(math.pi * done)) + 0.005


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="the checkpoint to write")
    parser.add_argument("--steps", type=int, default=4_000)
    parser.add_argument("--lines", type=int, default=6_000)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    utterances = speech.synthesize(sentences.training(options.lines), options.threads)
    save(train(utterances, options.steps, options.width), options.out)


if __name__ == "__main__":
    _main()
