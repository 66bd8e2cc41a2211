"""Why a model cannot be used; the text says what happened and what the user can do.

ModelError
├── ModelUnknown       no such name in the catalogue, no such folder, or not at the hub
├── ModelUnreachable   the hub cannot be reached or does not serve the files
├── ModelCorrupt       what the hub served is not what the catalogue or the hub promised
├── DiskTooSmall       the files would not fit
├── LicenceRefused     the weights may not be used commercially
└── ModelNotPinned     nobody has written down which files exactly these are
"""

from __future__ import annotations


class ModelError(Exception):
    """The root; the text is for the person at the keyboard."""


class ModelUnknown(ModelError):
    """Nothing has this name."""


class ModelUnreachable(ModelError):
    """The hub does not answer, or refuses."""


class ModelCorrupt(ModelError):
    """A file has the wrong length or the wrong checksum."""


class DiskTooSmall(ModelError):
    """There is not enough room for the files."""


class LicenceRefused(ModelError):
    """The licence of the weights does not allow commercial use."""


class ModelNotPinned(ModelError):
    """The catalogue does not say which files exactly the model is made of."""
