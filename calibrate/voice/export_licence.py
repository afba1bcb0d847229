"""The licence file that travels with the weights."""

from __future__ import annotations

LICENCE_TEXT = """\
The weights in this pack were trained by the edge_tts project with the recipe in
calibrate/voice from the recordings named below. They may be used, changed and passed on
for any purpose. Where law grants rights in the weights at all, the project waives them
under CC0 1.0; the notices of the recordings stay with them.

kathleen
    rhasspy/dataset-voice-kathleen, recorded by Kathleen, CC0 1.0.

lj
    LJ Speech dataset by Keith Ito, read by Linda Johnson for LibriVox, public domain.

slt, bdl
    CMU ARCTIC databases, Carnegie Mellon University:

    Copyright (c) 2003 Carnegie Mellon University. All Rights Reserved.

    Permission to use, copy, modify and license this software and its documentation
    (the databases included) for any purpose is granted without fee, subject to these
    conditions: the copyright notice, this list of conditions and the disclaimer are
    kept; modifications are marked as such; original authors' names are not deleted.
    THE DATA COME WITHOUT WARRANTY OF ANY KIND. Modification: the recordings were used
    to train neural networks; the recordings themselves are not part of this pack.

The pronunciations that the networks were trained with come from the CMU Pronouncing
Dictionary (BSD-2-Clause), which ships with the runtime, not with this pack.
"""
