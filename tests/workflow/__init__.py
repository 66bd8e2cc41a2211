"""The real state machine, run through every state, retry and route."""
