"""The state AssembleTranscript: chunk results in, the transcript in four formats out."""
