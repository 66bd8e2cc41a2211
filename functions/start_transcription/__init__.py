"""The function `startTranscription`."""
