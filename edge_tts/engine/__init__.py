"""The streaming engine: runs the stages of a voice, chunk by chunk."""
