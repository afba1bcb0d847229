"""The subset of SSML that the voices can speak; what they cannot is reported."""

from __future__ import annotations

from edge_tts.text.ssml.document import SsmlDocument, looks_like_ssml
from edge_tts.text.ssml.parser import parse_ssml

__all__ = ["SsmlDocument", "looks_like_ssml", "parse_ssml"]
