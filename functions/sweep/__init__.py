"""The function `sweep`."""
