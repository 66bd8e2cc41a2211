"""The transcription worker: takes chunks from a queue, or one from its environment, and answers."""
