"""How parents fare, as Prometheus text."""

from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate

from manycast.edge.parent import ANSWER_BOUNDS_S, KINDS, ParentNumbers
from manycast.runtime.edge.metrics import announced


_PREFIX = "manycast_edge_parent_"
_PLAIN: tuple[tuple[str, str, Callable[[ParentNumbers], int]], ...] = (
    ("requests_total", "Requests sent to each parent.", lambda one: one.requests),
    ("retries_total", "Of them, those after a failure elsewhere.", lambda one: one.retries),
    ("hedges_total", "Of them, those because another was slow.", lambda one: one.hedges),
    ("hedges_won_total", "Of these, those whose reply was used.", lambda one: one.hedges_won),
    ("ejections_total", "Times that it was avoided for failing.", lambda one: one.ejections),
    ("in_flight", "Requests to it under way now.", lambda one: one.in_flight),
    ("avoided", "Workers that avoid it now.", lambda one: one.state != "closed"),
)


def parent_lines(parents: Sequence[ParentNumbers]) -> list[str]:
    out: list[str] = []
    for name, about, value in _PLAIN:
        out += _typed(name, about)
        out += [f"{_PREFIX}{name}{{{_label(one)}}} {int(value(one))}" for one in parents]
    out += _typed("failures_total", "Requests that failed, by kind.")
    for one in parents:
        out += [
            f'{_PREFIX}failures_total{{{_label(one)},kind="{kind}"}} {one.failures.get(kind, 0)}'
            for kind in KINDS
        ]
    about = "Seconds until each parent's answers began; held requests are not among them."
    out += announced(f"{_PREFIX}answer_seconds", about)
    return [*out, *(line for one in parents for line in _histogram(one))]


def _typed(name: str, about: str) -> list[str]:
    kind = "counter" if name.endswith("_total") else "gauge"
    return [f"# HELP {_PREFIX}{name} {about}", f"# TYPE {_PREFIX}{name} {kind}"]


def _label(one: ParentNumbers) -> str:
    return f'parent="{one.name}"'


def _histogram(one: ParentNumbers) -> Iterable[str]:
    name, label = f"{_PREFIX}answer_seconds", _label(one)
    sums = list(accumulate(one.answer_counts))
    for bound, so_far in zip((*ANSWER_BOUNDS_S, "+Inf"), sums, strict=True):
        yield f'{name}_bucket{{{label},le="{bound}"}} {so_far}'
    yield f"{name}_sum{{{label}}} {one.answer_total_s:.6f}"
    yield f"{name}_count{{{label}}} {sums[-1]}"
