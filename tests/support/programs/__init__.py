"""Reads programs without running them: which calls of AWS one can make, and what they need."""
