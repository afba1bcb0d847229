"""Builds the packed lexicon of ``edge_tts.text`` from cmudict.dict."""
