"""Why there is no image; the text says what happened and what to do.

ImageError
├── EngineMissing     nothing here can build an image
├── EngineFailed      the engine ended with an error
├── ModelMissing      the model cannot be had, or may not be used
└── TrialFailed       the image does not transcribe as it should, or has a network
"""

from __future__ import annotations


class ImageError(Exception):
    """The root; the text is for the person at the keyboard."""


class EngineMissing(ImageError):
    """Neither Docker with BuildKit, nor Podman, nor Buildah is here."""


class EngineFailed(ImageError):
    """A command of the engine ended with an error."""


class ModelMissing(ImageError):
    """The folder with the model could not be filled."""


class TrialFailed(ImageError):
    """The image was built and does not do its work."""
