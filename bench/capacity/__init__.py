"""Runs the fleet's scaling rules, as compiled, over a day's work; pure but for `__main__`."""
