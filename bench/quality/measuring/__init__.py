"""Runs the real engine and the real detectors; minutes, where the rest takes none."""
