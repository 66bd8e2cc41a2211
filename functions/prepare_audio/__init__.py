"""The function of the state `PrepareAudio`."""
