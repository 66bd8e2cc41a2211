"""The worker: its loop, its single task and its engine."""
