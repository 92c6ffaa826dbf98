"""Graphs of FFmpeg's filters through which frames pass one by one, without times."""

from collections.abc import Callable, Sequence
from fractions import Fraction

from av.filter.context import FilterContext
from av.filter.graph import Graph
from av.video.frame import VideoFrame

from pipeline.core.thread_policy import background_threads

TIME_BASE = Fraction(1, 90_000)  # seconds; filters ask for one although frames have no times

Pipe = Callable[[VideoFrame], VideoFrame]
"""Returns a frame as it leaves a graph."""


def new_graph() -> Graph:
    """Create an empty graph; its filters run beside the encoder."""
    graph = Graph()
    graph.threads = background_threads()
    return graph


def add_source(graph: Graph, frame: VideoFrame) -> FilterContext:
    """Add an entry for frames like this one."""
    return graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=TIME_BASE
    )


def add_filters(graph: Graph, filters: Sequence[str]) -> list[FilterContext]:
    """Add filters given as name or name=arguments, not linked."""
    parts = (text.partition("=") for text in filters)
    return [graph.add(name, arguments or None) for name, _, arguments in parts]


def chain(frame: VideoFrame, filters: Sequence[str]) -> Pipe:
    """Build a linear chain, for frames like this one, of filters as in `add_filters`."""
    graph = new_graph()
    nodes = [add_source(graph, frame), *add_filters(graph, filters)]
    graph.link_nodes(*nodes, graph.add("buffersink")).configure()
    return pipe(graph)


def pipe(graph: Graph) -> Pipe:
    """Return what passes a frame through a configured graph that gives one for each."""

    def run(frame: VideoFrame) -> VideoFrame:
        graph.vpush(frame)
        return graph.vpull()

    return run


def format_of(frame: VideoFrame) -> object:
    """Return what a graph is built for, to compare; a stream may change it midway."""
    return frame.width, frame.height, frame.format.name, int(frame.colorspace)
