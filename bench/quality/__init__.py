"""Measures what the transcripts are worth, and writes docs/quality.md."""
