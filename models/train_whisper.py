"""Trains a small Whisper for English and Spanish on espeak-ng speech, or trains one further.

    python -m models.train_whisper --out whisper.pt [--start-from FOLDER] [--steps N] [--lines N]

CPU only.
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
from models.coded import coded
from models.import_whisper import import_whisper
from models.whisper_batches import IGNORED, Batch, Mixer, Stage
from models.whisper_network import Network, Shape, save, shape_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from torch import Tensor

ONE_SENTENCE: Final = Stage(32, 600, 1, 0.0, 0.5)
FEW_SENTENCES: Final = Stage(16, 1_300, 4, 0.25, 0.3)
WHOLE_WINDOWS: Final = Stage(8, 3_000, 9, 0.35, 0.15)
_REFINING_SHARE: Final = 0.4
_STEPS_BETWEEN_SAVES: Final = 200

SPEECH_WINDOWS: Final = Stage(28, 850, 4, 0.05, 0.0, filled_up=True)
LONG_SPEECH_WINDOWS: Final = Stage(14, 1_600, 7, 0.1, 0.0, filled_up=True)
FULL_WINDOWS: Final = Stage(8, 3_000, 10, 0.2, 0.0)


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


def fine_tuning(steps: int, learning_rate: float) -> Iterator[Step]:
    """Plan the further training of a model that hears already: mostly windows of up to 10 s."""
    for step in range(steps):
        stage = SPEECH_WINDOWS
        if step % 6 == 3:
            stage = LONG_SPEECH_WINDOWS
        elif step % 12 == 11:
            stage = FULL_WINDOWS
        yield Step(stage, learning_rate * min(1, (step + 1) / 50) * _cosine(step / steps))


def shape_of(utterances: Sequence[speech.Utterance], width: int) -> Shape:
    """Find what a network needs to write down these utterances, and lists of their words."""
    texts = [f"{utterance.line.text}, {utterance.line.text.title()}" for utterance in utterances]
    words = tokenizer.load()
    return shape_for(texts, [tokenizer.encode(words, text) for text in texts], width)


def train(network: Network, mixer: Mixer, plan: Iterable[Step], path: Path) -> None:
    """Train a network in place, and save it now and then and at the end."""
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, betas=(0.9, 0.98), weight_decay=0.01)
    for number, step in enumerate(plan, start=1):
        for group in optimizer.param_groups:
            group["lr"] = step.learning_rate
        loss, share = _losses(network, mixer.batch(step.stage), step.stage)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        network.keep_bias_channel()
        if number % 25 == 0:
            print(f"step {number}: loss {loss.item():.3f}, tokens right {share:.1%}", flush=True)
        if number % _STEPS_BETWEEN_SAVES == 0:
            save(network, path)
    save(network, path)


def _losses(network: Network, batch: Batch, stage: Stage) -> tuple[Tensor, float]:
    """Give the loss of a batch, and the share of its tokens that came out right."""
    letters, scores = network(batch.mel, batch.tokens, batch.silence)
    decoding = nn.functional.cross_entropy(
        scores.flatten(0, 1), batch.answers.flatten(), ignore_index=IGNORED
    )
    counted = batch.answers != IGNORED
    share = (scores.argmax(-1) == batch.answers)[counted].float().mean().item()
    if not stage.letters_weight:
        return decoding, share
    spelling = nn.functional.ctc_loss(
        letters.log_softmax(-1).transpose(0, 1),
        torch.tensor([letter for window in batch.letters for letter in window], dtype=torch.long),
        torch.full((len(batch.letters),), letters.shape[1]),
        torch.tensor([len(window) for window in batch.letters]),
        zero_infinity=True,
    )
    return decoding + stage.letters_weight * spelling, share


def _cosine(done: float) -> float:
    return 0.5 * (1 + math.cos(math.pi * done)) + 0.005


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="the checkpoint to write")
    parser.add_argument("--start-from", type=Path, help="an exported folder to train further")
    parser.add_argument("--steps", type=int, default=4_000)
    parser.add_argument("--lines", type=int, default=8_000)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--learning-rate", type=float, default=1e-3, help="of further training")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    utterances = speech.synthesize(sentences.training(options.lines), options.threads)
    shape = shape_of(utterances, options.width)
    if options.start_from:
        network = import_whisper(options.start_from, shape)
        plan = fine_tuning(options.steps, options.learning_rate)
    else:
        network, plan = Network(shape), curriculum(options.steps)
    train(
        network,
        Mixer(utterances, shape, options.seed, coded(utterances, options.threads)),
        plan,
        options.out,
    )


if __name__ == "__main__":
    _main()
