"""The platform's own language: shapes, keys, errors and the pure rules of transcription.

The core of this package needs the standard library, jsonschema and jsonschema-rs only;
whatever talks to AWS or to ffmpeg lives in `scribe.adapters`.
"""
