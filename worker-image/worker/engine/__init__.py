"""Transcription engines behind one protocol; the only package that imports WhisperX."""
