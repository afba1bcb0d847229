"""Threads inside a run: the same bits, no stalls, nothing left behind."""

from __future__ import annotations

import gc
import os
import threading
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_tts.backends.native_kernels import native_kernels
from edge_tts.backends.native_session import NativeSession
from edge_tts.backends.native_workers import NativeWorkers
from edge_tts.cpu import cpu_features, current_isa, native_library, supported_isas
from edge_tts.cpu.isa import Isa
from edge_tts.network.stack_spec import StackSpec
from tests.backends.test_native_session import PRECISIONS, run_chunks, tensors_of
from tests.network.random_stack import random_stacks
from tests.network.sample_stacks import (
    ALL_STACKS,
    STREAMED,
    chunkings,
    convnext_vocoder,
    gated_decoder,
    random_inputs,
)

LIBRARY = native_library()
pytestmark = pytest.mark.skipif(
    LIBRARY.handle is None, reason=f"needs the kernel library: {LIBRARY.reason}"
)
ISAS = [isa for isa in supported_isas(cpu_features()) if isa in LIBRARY.built]


def num_tasks() -> int:
    gc.collect()
    return len(os.listdir("/proc/self/task"))


def wait_for_tasks(count: int) -> bool:
    """A joined thread may be listed for a moment longer."""
    deadline = time.monotonic() + 10
    while num_tasks() != count and time.monotonic() < deadline:
        time.sleep(0.01)
    return num_tasks() == count


@pytest.fixture(scope="module")
def eager_pools() -> dict[int, NativeWorkers]:
    """Pools that split whatever can be split, by number of threads."""
    kernels = native_kernels(current_isa())
    return {count: NativeWorkers(kernels, count, eager=True) for count in (2, 3, 4)}


@settings(max_examples=80, deadline=None)
@given(
    spec=random_stacks(),
    chunks=chunkings,
    precision=st.sampled_from(PRECISIONS),
    isa=st.sampled_from(ISAS),
    num_threads=st.sampled_from([2, 3, 4]),
)
def test_threads_change_no_bit(
    eager_pools: dict[int, NativeWorkers],
    spec: StackSpec,
    chunks: list[int],
    precision: str,
    isa: Isa,
    num_threads: int,
) -> None:
    tensors, inputs = tensors_of(spec, precision), random_inputs(spec, sum(chunks))
    kernels = native_kernels(isa)
    alone = NativeSession(spec, tensors, kernels=kernels).open(sum(chunks))
    expected = run_chunks(alone, spec, inputs, [sum(chunks)])
    pool = eager_pools[num_threads]
    shared = NativeSession(spec, tensors, kernels=kernels, workers=pool).open(70)
    found = run_chunks(shared, spec, inputs, chunks)
    for name in spec.outputs:
        np.testing.assert_array_equal(found[name], expected[name])


WIDE = {
    "decoder": gated_decoder(width=200),
    "vocoder": convnext_vocoder(width=200),
    "encoder": ALL_STACKS["encoder"],
}


@pytest.mark.parametrize("isa", ISAS)
@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("name", WIDE)
def test_wide_layers_are_shared(
    eager_pools: dict[int, NativeWorkers], name: str, precision: str, isa: Isa
) -> None:
    """Many panels, narrow last ones, row maxima over parts of the columns."""
    spec, kernels = WIDE[name], native_kernels(isa)
    tensors, inputs = tensors_of(spec, precision), random_inputs(spec, 170)
    alone = NativeSession(spec, tensors, kernels=kernels).open(170)
    expected = run_chunks(alone, spec, inputs, [170])
    for pool in eager_pools.values():
        run = NativeSession(spec, tensors, kernels=kernels, workers=pool).open(170)
        # A network that cannot be streamed is run whole.
        lengths = [170] if not spec.streamable else [1, 2, 5, 12, 24, 48, 78]
        found = run_chunks(run, spec, inputs, lengths)
        for output in spec.outputs:
            np.testing.assert_array_equal(found[output], expected[output])


def test_nan_spreads_the_same_way(eager_pools: dict[int, NativeWorkers]) -> None:
    spec = WIDE["decoder"]
    tensors, inputs = tensors_of(spec, "int8"), random_inputs(spec, 30)
    inputs["x"][9, 3] = np.nan
    alone = NativeSession(spec, tensors).open(30)
    shared = NativeSession(spec, tensors, workers=eager_pools[3]).open(30)
    expected = run_chunks(alone, spec, inputs, [30])["y"]
    assert np.isnan(expected).any()
    assert not np.isnan(expected).all()
    np.testing.assert_array_equal(run_chunks(shared, spec, inputs, [30])["y"], expected)


@pytest.mark.skipif(
    len(getattr(os, "sched_getaffinity", lambda _: {0})(0)) < 2,
    reason="workers stay off the caller's processor, the only one here",
)
def test_workers_do_some_of_the_work() -> None:
    spec = gated_decoder(width=256)
    # Not eager, it might go on alone for long on a machine with other work to do.
    workers = NativeWorkers(native_kernels(current_isa()), 2, eager=True)
    assert workers.num_threads == 2
    session = NativeSession(spec, tensors_of(spec, "int8"), workers=workers)
    run, inputs = session.open(48), random_inputs(spec, 48)
    deadline = time.monotonic() + 60
    while not workers.helped and time.monotonic() < deadline:
        run.run(inputs)
    assert workers.helped > 0


def test_one_or_two_rows_stay_with_the_caller() -> None:
    spec = gated_decoder(width=256)
    session = NativeSession(spec, tensors_of(spec, "int8"), num_threads=2)
    run = session.open(48)
    workers = session.workers
    assert workers is not None
    for count in (1, 2):
        for _ in range(200):
            run.run(random_inputs(spec, count))
    assert workers.helped == 0


def test_one_thread_starts_no_worker() -> None:
    spec = STREAMED["decoder"]
    before = num_tasks()
    session = NativeSession(spec, tensors_of(spec, "fp32"), num_threads=1)
    assert session.workers is None
    assert num_tasks() == before


def test_threads_end_with_the_last_run() -> None:
    spec = STREAMED["decoder"]
    before = num_tasks()
    session = NativeSession(spec, tensors_of(spec, "int8"), num_threads=4)
    run = session.open(20)
    assert wait_for_tasks(before + 3)
    session.close()
    inputs = random_inputs(spec, 20)
    assert run_chunks(run, spec, inputs, [20])["y"].shape == (20, 10)
    run.close()
    assert wait_for_tasks(before)


def test_more_threads_than_sense_are_cut() -> None:
    pool = NativeWorkers(native_kernels(current_isa()), 1024)
    assert pool.num_threads == 16
    pool.close()
    pool.close()


def test_runs_outlive_the_pool() -> None:
    spec = gated_decoder(width=64)
    tensors, inputs = tensors_of(spec, "int8"), random_inputs(spec, 20)
    pool = NativeWorkers(native_kernels(current_isa()), 2, eager=True)
    run = NativeSession(spec, tensors, workers=pool).open(20)
    expected = run_chunks(run, spec, inputs, [20])["y"]
    helped = pool.helped
    pool.close()
    run.reset()
    found = run_chunks(run, spec, inputs, [20])["y"]
    np.testing.assert_array_equal(found, expected)
    assert pool.helped == helped


def test_runs_in_several_threads_share_a_pool() -> None:
    """The pool serves one run at a time, the others work alone: the same bits."""
    spec = gated_decoder(width=128)
    tensors, inputs = tensors_of(spec, "int8"), random_inputs(spec, 96)
    expected = run_chunks(
        NativeSession(spec, tensors).open(96), spec, inputs, [48, 48]
    )["y"]
    pool = NativeWorkers(native_kernels(current_isa()), 3, eager=True)
    session = NativeSession(spec, tensors, workers=pool)
    wrong: list[int] = []

    def speak(number: int) -> None:
        run = session.open(48)
        for _ in range(30):
            run.reset()
            found = run_chunks(run, spec, inputs, [7, 41, 3, 45])["y"]
            if not np.array_equal(found, expected):
                wrong.append(number)

    threads = [threading.Thread(target=speak, args=(index,)) for index in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_works_alone() -> None:
    spec = gated_decoder(width=128)
    tensors, inputs = tensors_of(spec, "int8"), random_inputs(spec, 48)
    session = NativeSession(
        spec,
        tensors,
        workers=NativeWorkers(native_kernels(current_isa()), 3, eager=True),
    )
    run = session.open(48)
    expected = run_chunks(run, spec, inputs, [48])["y"]
    run.reset()
    child = os.fork()
    if child == 0:
        same = np.array_equal(run_chunks(run, spec, inputs, [48])["y"], expected)
        run.close()
        session.close()
        del run, session
        gc.collect()
        os._exit(0 if same else 1)
    deadline = time.monotonic() + 30
    status = (0, 0)
    while status[0] == 0 and time.monotonic() < deadline:
        status = os.waitpid(child, os.WNOHANG)
        time.sleep(0.01)
    assert status == (child, 0)
    again = run_chunks(run, spec, inputs, [48])["y"]
    np.testing.assert_array_equal(again, expected)
