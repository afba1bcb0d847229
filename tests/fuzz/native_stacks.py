"""Random networks on the native backend, until the time is over.

    python -m tests.fuzz.native_stacks --minutes 30 --seed 1
    python scripts/sanitize.py python -m tests.fuzz.native_stacks --minutes 30
    python -m tests.fuzz.native_stacks --replay build/fuzz/finding-1.json

Each case is written before it runs: what is left in ``current.json`` after a crash is
the case that crashed. Exit status 1 when something was found.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from edge_tts.cpu import cpu_features, native_library, supported_isas
from tests.backends.test_native_session import PRECISIONS
from tests.fuzz.guarded_memory import install
from tests.fuzz.stack_case import StackCase
from tests.network.random_stack import random_stacks

FOLDER = Path("build/fuzz")
_BATCH = 50
_MAX_FINDINGS = 20
_ROWS = st.one_of(st.integers(1, 9), st.integers(1, 120))


def cases() -> st.SearchStrategy[StackCase]:
    """Networks narrow and wide, in every precision, on every rung of this machine."""
    built = native_library().built
    isas = [isa.value for isa in supported_isas(cpu_features()) if isa in built]
    return st.builds(
        StackCase,
        st.one_of(random_stacks(), random_stacks(widest=150)),
        st.sampled_from(PRECISIONS),
        st.sampled_from(isas),
        st.lists(_ROWS, min_size=1, max_size=10).map(tuple),
        st.integers(0, 2**31 - 1),
        st.booleans(),
        st.integers(1, 3),
    )


class Fuzzer:
    """Runs cases until a deadline and keeps count."""

    def __init__(self, folder: Path, deadline: float) -> None:
        self._folder = folder
        self._deadline = deadline
        self.num_cases = 0
        self.findings: list[str] = []

    def run(self, first_seed: int) -> None:
        """Draw batch after batch."""
        batch = first_seed * 1_000_000
        while not self._over():
            self._batch(batch)()
            batch += 1

    def _over(self) -> bool:
        return time.monotonic() > self._deadline or len(self.findings) >= _MAX_FINDINGS

    def _batch(self, number: int) -> Callable[[], None]:
        @seed(number)
        @settings(
            max_examples=_BATCH,
            deadline=None,
            database=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )
        @given(cases())
        def batch(case: StackCase) -> None:
            if not self._over():
                self._one(case)

        return batch

    def _one(self, case: StackCase) -> None:
        current = self._folder / "current.json"
        case.save(current)
        self.num_cases += 1
        try:
            case.check()
        except Exception as error:
            number = len(self.findings) + 1
            case.save(self._folder / f"finding-{number}.json")
            self.findings.append(f"{type(error).__name__}: {error}")
            print(f"finding {number}: {self.findings[-1]}", flush=True)
            if not isinstance(error, AssertionError):
                traceback.print_exc()
        current.unlink()


def main() -> int:
    """Returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="for findings")
    parser.add_argument("--replay", type=Path, help="run one saved case")
    args = parser.parse_args()
    if native_library().handle is None:
        print(native_library().reason)
        return 2
    guarded = install()
    if args.replay is not None:
        StackCase.from_json(args.replay.read_text()).check()
        print("no finding")
        return 0
    started = time.monotonic()
    fuzzer = Fuzzer(args.folder.absolute(), started + 60.0 * args.minutes)
    fuzzer.run(args.seed)
    minutes = (time.monotonic() - started) / 60.0
    print(
        f"{fuzzer.num_cases} stacks in {minutes:.1f} minutes from seed {args.seed}, "
        f"{'with' if guarded else 'without'} AddressSanitizer: "
        f"{len(fuzzer.findings)} findings"
    )
    return 1 if fuzzer.findings else 0


if __name__ == "__main__":
    sys.exit(main())
