"""Makes values zero outside the utterance, in graphs of stacks that ask for it."""

from __future__ import annotations

from calibrate.graphs.graph_writer import TO_END, GraphWriter
from edge_tts.network.stack_spec import StackSpec
from edge_tts.network.validity import lag_rows


class ValidityMasks:
    """Multiplies values by the validity of their rows; does nothing without validity.

    One state remembers the validity of earlier input rows; a value's mask is a slice of
    these and the current ones, repeated to the value's rate.
    """

    def __init__(self, graph: GraphWriter, spec: StackSpec) -> None:
        self._graph = graph
        self._spec = spec
        self._history = spec.states.get(spec.valid_state, (0, 1))[0]
        self._by_rate: dict[int, str] = {}
        self._masks: dict[tuple[int, int], str] = {}
        self._masked: dict[str, str] = {}
        if not spec.valid:
            return
        window = spec.valid
        if self._history:
            window = graph.op("Concat", spec.valid_state, spec.valid, axis=0)
            after = f"{spec.valid_state}_next"
            graph.slice_rows(window, -self._history, TO_END, after)
        self._by_rate[1] = window

    def apply(self, value: str, rows: str) -> str:
        """Adds the product of a value's rows and their validity.

        Args:
            value: the value's name in the stack.
            rows: its name in the graph.

        Returns:
            The graph name of the product, ``rows`` itself without validity.
        """
        if value not in self._spec.bounded:
            return rows
        if value not in self._masked:
            facts = self._spec.values[value]
            lag = lag_rows(facts)
            assert lag is not None
            mask = self._mask(int(facts.rate), lag)
            self._masked[value] = self._graph.op("Mul", rows, mask)
        return self._masked[value]

    def _mask(self, rate: int, lag: int) -> str:
        if (rate, lag) not in self._masks:
            graph, first = self._graph, self._history * rate - lag
            stop = -lag if lag else TO_END
            window = self._repeated(rate)
            self._masks[rate, lag] = (
                graph.slice_rows(window, first, stop, None) if first or lag else window
            )
        return self._masks[rate, lag]

    def _repeated(self, rate: int) -> str:
        if rate not in self._by_rate:
            graph = self._graph
            tiled = graph.op("Tile", self._by_rate[1], graph.indices(1, rate))
            self._by_rate[rate] = graph.op("Reshape", tiled, graph.indices(-1, 1))
        return self._by_rate[rate]
