"""The daemon: one process that speaks for many programs.

asyncio in front, threads that own streams behind it. ``Broker`` is what the doors
(HTTP, Wyoming, socket) talk to; they know nothing of each other.
"""

from __future__ import annotations

from edge_tts.serve.broker import Broker
from edge_tts.serve.job import SpeechJob
from edge_tts.serve.job_report import JobReport
from edge_tts.serve.request import Priority, SpeechRequest
from edge_tts.serve.status import BrokerStatus, VoiceStatus

__all__ = [
    "Broker",
    "BrokerStatus",
    "JobReport",
    "Priority",
    "SpeechJob",
    "SpeechRequest",
    "VoiceStatus",
]
