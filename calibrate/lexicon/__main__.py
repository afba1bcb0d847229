"""Pack a lexicon: ``python -m calibrate.lexicon cmudict.dict -o OUT.lexicon.bin``."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from calibrate.lexicon.cmudict import read_cmudict
from calibrate.lexicon.corrections import CORRECTIONS
from calibrate.lexicon.pack import pack_lexicon
from calibrate.lexicon.units import unit_entries
from edge_tts.errors import EdgeTTSError
from edge_tts.text.lexicon import DEFAULT_PATH

LICENSE_NAME = "CMUDICT-LICENSE"


def main(argv: list[str] | None = None) -> int:
    """Write the lexicon and, beside it, the licence that its source carries."""
    parser = argparse.ArgumentParser(prog="python -m calibrate.lexicon")
    parser.add_argument("source", type=Path, help=f"cmudict.dict, {LICENSE_NAME} near")
    parser.add_argument("-o", "--output", type=Path, default=DEFAULT_PATH)
    arguments = parser.parse_args(argv)
    try:
        entries = {
            word: pronunciations[0]
            for word, pronunciations in read_cmudict(arguments.source).items()
            if word.isascii()
        }
        entries |= {word: tuple(text.split()) for word, text in CORRECTIONS.items()}
        entries |= unit_entries(entries)
        data = pack_lexicon(entries)
        arguments.output.write_bytes(data)
        license_path = arguments.source.with_name(LICENSE_NAME)
        shutil.copyfile(license_path, arguments.output.with_name(LICENSE_NAME + ".txt"))
    except (EdgeTTSError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{len(entries)} words, {len(data)} bytes: {arguments.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
