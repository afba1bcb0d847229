"""An output module of speech-dispatcher: screen readers speak through the daemon."""

from __future__ import annotations
