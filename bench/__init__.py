"""Measurements of speed and memory; docs/performance.md holds their figures."""
