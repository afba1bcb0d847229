"""Trains the letter-to-sound network of ``edge_tts.text`` on a dictionary."""
