"""A Whisper of two layers, in the form in which it is trained."""

# mypy: allow-untyped-calls
# torch and transformers leave some of their calls without types.
from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import torch
from torch import Tensor, nn
from transformers import WhisperConfig
from transformers.models.whisper.modeling_whisper import (
    WhisperDecoder,
    WhisperEncoder,
    sinusoids,
)

from models import tokenizer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SINUSOID_SCALE: Final = 0.3
"""Of the positions and timestamps that start as sinusoids, beside embeddings of about this size."""
UNKNOWN_TOKEN_SCORE: Final = -30.0
"""What a token without a row of its own scores, and all that the decoder reads of it."""
_POSITIONS: Final = 1_500
_TEXT_POSITIONS: Final = 448
_EDGE: Final = 2
"""Positions at the end that the convolutions hear partly beyond it."""
_EVERY: Final = 8


@dataclass(frozen=True)
class Shape:
    """What must be known to build the network again."""

    width: int
    tokens: tuple[int, ...]
    """The vocabulary's ids that occur in training; the others get no row of their own."""
    letters: str
    """The letters of the auxiliary output, a space among them."""

    @property
    def unknown(self) -> int:
        """The place of any other token, after those of the timestamps."""
        return len(self.tokens) + _POSITIONS + 1


def configuration(width: int, vocabulary_size: int, end_of_text: int) -> WhisperConfig:
    """Describe a Whisper of two layers with heads of 32."""
    return WhisperConfig(
        vocab_size=vocabulary_size,
        num_mel_bins=80,
        d_model=width,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=width // 32,
        decoder_attention_heads=width // 32,
        encoder_ffn_dim=4 * width,
        decoder_ffn_dim=4 * width,
        dropout=0.0,
        attention_dropout=0.0,
        activation_dropout=0.0,
        pad_token_id=end_of_text,
        bos_token_id=end_of_text,
        eos_token_id=end_of_text,
        decoder_start_token_id=end_of_text + 1 if end_of_text else 0,
        attn_implementation="sdpa",
    )


class Network(nn.Module):
    """Encoder, decoder, and four savings that make hours into minutes.

    Only the tokens that occur have embeddings; the embeddings of the 1,501 timestamps are one
    linear map of sinusoids; the encoder also spells the letters (CTC), which teaches it to
    listen before the decoder has learned where to attend; and of the silence that fills a
    window up to 30 s, only every eighth position is computed, and counts eight times.
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        width, count = shape.width, len(shape.tokens)
        small = configuration(width, vocabulary_size=8, end_of_text=0)
        self.encoder = WhisperEncoder(small)
        self.decoder = WhisperDecoder(small)
        scaled = sinusoids(_TEXT_POSITIONS, width) * SINUSOID_SCALE
        self.decoder.embed_positions.weight.data.copy_(scaled)
        self.decoder.embed_tokens.weight.requires_grad = False
        self.token_embedding = nn.Parameter(torch.randn(count, width) * 0.05)
        self.register_buffer("sinusoids", sinusoids(_POSITIONS, width))
        self.timestamp_map = nn.Linear(width, width, bias=False)
        self.timestamp_offset = nn.Parameter(torch.randn(1, width) * 0.05)
        self.letters = nn.Linear(width, len(shape.letters) + 1)
        self.keep_bias_channel()

    def timestamp_sinusoids(self) -> Tensor:
        """Give the input of the timestamps' map; 30.00 s shares the last position."""
        table = torch.as_tensor(self.sinusoids)
        return torch.cat([table, table[-1:]]) * SINUSOID_SCALE

    def timestamps(self) -> Tensor:
        """Give the embeddings of all timestamps."""
        return torch.as_tensor(
            self.timestamp_map(self.timestamp_sinusoids()) + self.timestamp_offset
        )

    def encode(self, mel: Tensor, silence: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        """Encode mel frames (Whisper's own forward demands 30 s of them).

        Args:
            mel: batch, 80, frames: any even number of these.
            silence: for each window the feature that fills it up to 30 s; None leaves it short.

        Returns:
            What was heard at each position, and what to add to the attention of each.
        """
        hidden = self._convolve(mel)
        places = torch.arange(hidden.shape[1])
        weights = None
        if silence is not None:
            hidden, places, weights = self._filled_up(hidden, silence)
        hidden = hidden + self.encoder.embed_positions.weight[places]
        for layer in self.encoder.layers:
            hidden = layer(hidden, attention_mask=weights, layer_head_mask=None)[0]
        return torch.as_tensor(self.encoder.layer_norm(hidden)), weights

    def forward(
        self, mel: Tensor, tokens: Tensor, silence: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Give the scores of letters for each frame, and of tokens for each position.

        Args:
            mel: batch, 80, frames.
            tokens: batch, positions: places in `shape.tokens`, then timestamps, then
                `shape.unknown`.
            silence: see `encode`.
        """
        heard, weights = self.encode(mel, silence)
        unknown = torch.zeros(1, self.shape.width)
        unknown[:, 0] = UNKNOWN_TOKEN_SCORE
        rows = torch.cat([self.token_embedding, self.timestamps(), unknown])
        length = tokens.shape[1]
        later = torch.full((1, 1, length, length), float("-inf")).triu(1)
        hidden = rows[tokens] + self.decoder.embed_positions.weight[:length]
        for layer in self.decoder.layers:
            hidden = layer(
                hidden,
                attention_mask=later,
                encoder_hidden_states=heard,
                encoder_attention_mask=weights,
                use_cache=False,
            )[0]
        return self.letters(heard), self.decoder.layer_norm(hidden) @ rows.T

    def _convolve(self, mel: Tensor) -> Tensor:
        hidden = nn.functional.gelu(self.encoder.conv1(mel))
        return nn.functional.gelu(self.encoder.conv2(hidden)).transpose(1, 2)

    def _filled_up(self, hidden: Tensor, silence: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Add positions of silence, with their places and their weight in the attention."""
        hidden = hidden[:, :-_EDGE]
        heard = hidden.shape[1]
        first = heard + int(torch.randint(_EVERY, ()))
        places = torch.cat([torch.arange(heard), torch.arange(first, _POSITIONS, _EVERY)])
        quiet = self._convolve(silence.view(-1, 1, 1).expand(-1, 80, 4 * _EDGE + 2))
        quiet = quiet[:, _EDGE : _EDGE + 1].expand(-1, len(places) - heard, -1)
        weights = torch.zeros(1, 1, 1, len(places))
        weights[..., heard:] = math.log((_POSITIONS - heard) / (len(places) - heard))
        return torch.cat([hidden, quiet], dim=1), places, weights

    @torch.no_grad()
    def keep_bias_channel(self) -> None:
        """Hold the decoder's first output at 1.

        Whisper's output layer has no bias. With a constant channel, the exported rows of
        tokens that were never trained can be given a large negative score.
        """
        self.decoder.layer_norm.weight[0] = 0.0
        self.decoder.layer_norm.bias[0] = 1.0


def shape_for(texts: Sequence[str], encoded: Sequence[Sequence[int]], width: int) -> Shape:
    """Find the tokens and letters that the training texts need."""
    languages = tokenizer.language_ids()
    special = {
        tokenizer.END_OF_TEXT,
        tokenizer.START_OF_TRANSCRIPT,
        languages["<|en|>"],
        languages["<|es|>"],
        tokenizer.TRANSLATE,
        tokenizer.TRANSCRIBE,
        tokenizer.PREVIOUS,
        tokenizer.NO_SPEECH,
        tokenizer.NO_TIMESTAMPS,
    }
    used = special | {token for tokens in encoded for token in tokens}
    return Shape(
        width, tuple(sorted(used)), "".join(sorted(set("".join(texts).lower()) - set(".,")))
    )


def save(network: Network, path: Path) -> None:
    """Write a checkpoint."""
    shape = network.shape
    document: dict[str, Any] = {
        "width": shape.width,
        "tokens": list(shape.tokens),
        "letters": shape.letters,
        "weights": network.state_dict(),
    }
    torch.save(document, path)


def load(path: Path) -> Network:
    """Read a checkpoint."""
    document = torch.load(path, weights_only=True)
    network = Network(Shape(document["width"], tuple(document["tokens"]), document["letters"]))
    network.load_state_dict(document["weights"])
    return network
