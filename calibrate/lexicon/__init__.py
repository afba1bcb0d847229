"""Builds the packed lexicon of ``edge_tts.text`` from the CMU Pronouncing Dictionary."""
