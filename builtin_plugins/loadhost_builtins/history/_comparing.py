"""Comparing runs: differences of figures, intervals that hold for all of them together, and what they mean.

For each figure the difference is that of the runs; its standard error has two parts: what windows tell of the run
itself (_resampling.py), and the spread between runs, which windows can't know: the same test, begun anew, comes out a
bit different. Of one run before, that spread is assumed (SPREAD); several show theirs, and the assumption counts as
much as PRIOR further run. The intervals are as wide as the largest deviation among all figures of a resample asks for,
in 97 % of the resamples: so a page of fifty names has a false alarm in one of thirty comparisons, not on each page.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from statistics import fmean, variance

from loadhost_builtins.history._comparison import BETTER, NOT_JUDGED, SAME, WORSE, Comparison, Difference, Row
from loadhost_builtins.history._packing import Packer, Part
from loadhost_builtins.history._quantities import RATIO, USUAL, Quantity
from loadhost_builtins.history._resampling import Draws, block_length

MIN_DIFFERENCE = 0.05
SPREAD = 0.02
"""How much two runs of the same are assumed to differ, as a standard deviation of each: 2 %."""
PRIOR = 1
CONFIDENCE = 0.97
FEWEST_WINDOWS = 5
MIN_POINTS = 0.005
"""A fail ratio has to change by half a percentage point at least."""
SPREAD_POINTS = 0.001
SEED = 6
TOTAL = ("Aggregated", "")

Key = tuple[str, str]


@dataclass(frozen=True)
class Measured:
    """One run as it is compared: `label` for people, and the windows of each name, TOTAL among them; a name has a Part
    for every window of the run."""

    label: str
    rows: Mapping[Key, Sequence[Part]]

    @property
    def windows(self) -> int:
        """How many windows it has."""
        return len(self.rows[TOTAL])

    @property
    def window_s(self) -> float:
        """How long they are."""
        return sum(part.duration_s for part in self.rows[TOTAL]) / max(self.windows, 1)


@dataclass
class _Judged:
    """A figure on its way to a Difference: all values on the scale on which they are subtracted."""

    quantity: Quantity
    before: float
    change: float
    error: float
    spread: float
    deviations: list[float]


def compare(
    before: Sequence[Measured],
    after: Measured,
    *,
    quantities: Sequence[Quantity] = USUAL,
    min_difference: float = MIN_DIFFERENCE,
    resamples: int | None = None,
    only: Sequence[Key] | None = None,
) -> Comparison:
    """Compare `after` with one or more runs `before`. `only`: these names. The answer is the same each time."""
    runs = [*before, after]
    keys = _keys(runs) if only is None else list(only)
    times = resamples or min(max(10_000 // max(len(keys), 1), 300), 1000)
    random = Random(SEED)
    long_enough = all(run.windows >= FEWEST_WINDOWS for run in runs)
    blocks = [block_length(run.rows[TOTAL]) if long_enough else 1 for run in runs]
    draws = [Draws(run.windows, block, times, random) for run, block in zip(runs, blocks, strict=True) if long_enough]
    found = {key: _measure(key, runs, draws, quantities, random) for key in keys}
    judged = [each for row in found.values() for each in row if isinstance(each, _Judged)]
    width = _width(judged, times)
    rows = tuple(_row(key, runs, found[key], width, min_difference) for key in keys)
    return Comparison(
        before=tuple(run.label for run in before),
        after=after.label,
        min_difference=min_difference,
        rows=rows,
        resamples=times,
        block_s=tuple(round(block * run.window_s, 1) for block, run in zip(blocks, runs, strict=True)),
        spread=_median([each.spread for each in judged if each.quantity.kind != RATIO]),
    )


def _keys(runs: Sequence[Measured]) -> list[Key]:
    """All requests first; then the names. The only name of a run is all its requests: it is not judged twice."""
    names = sorted({key for run in runs for key in run.rows if key != TOTAL})
    return [TOTAL, *names] if len(names) != 1 else names


def _measure(
    key: Key, runs: Sequence[Measured], draws: Sequence[Draws], quantities: Sequence[Quantity], random: Random
) -> list[_Judged | Difference]:
    """What is to be said of each figure of one name, the interval not yet known."""
    parts = [run.rows.get(key, ()) for run in runs]
    packer = Packer(parts, quantities)
    packed = [[packer.pack(part) for part in each] for each in parts]
    figures = [packer.figures(sum(each)) for each in packed]
    reasons = [_why_not(quantity, parts, bool(draws)) for quantity in quantities]
    if all(reasons):
        again: list[list[list[float | None]]] = []
    else:
        again = [draw.resample(each, packer) for draw, each in zip(draws, packed, strict=True)]
    shocks = [_shock(random, len(runs) - 2) for _ in again[0]] if again else []
    found: list[_Judged | Difference] = []
    for place, quantity in enumerate(quantities):
        values = [each[place] for each in figures]
        if reasons[place]:
            before = _mean(quantity, [value for value in values[:-1] if value is not None])
            found.append(Difference(quantity.name, quantity.unit, before, values[-1], reason=reasons[place]))
        else:
            column = [[resample[place] for resample in run] for run in again]
            inflation = [draw.inflation for draw in draws]
            found.append(_judge(quantity, [value or 0.0 for value in values], column, inflation, shocks))
    return found


def _shock(random: Random, freedom: int) -> float:
    """By how much a run is off for what no window knows, in units of the spread: normal if the spread is assumed, by
    Student's t if it was estimated from a few runs and may itself be off."""
    normal = random.gauss(0, 1)
    if not freedom:
        return normal
    degrees = PRIOR + freedom
    return normal / math.sqrt(random.gammavariate(degrees / 2, 2) / degrees)


def _why_not(quantity: Quantity, parts: Sequence[Sequence[Part]], long_enough: bool) -> str:
    requests = [sum(part.requests for part in each) for each in parts]
    if not requests[-1]:
        return "there were no such requests after"
    if not all(requests[:-1]):
        return "there were no such requests before"
    if not long_enough:
        return f"a run is shorter than {FEWEST_WINDOWS} s"
    if min(requests) < quantity.needed:
        return f"{min(requests)} requests are too few, it needs {quantity.needed}"
    return ""


def _judge(
    quantity: Quantity,
    values: Sequence[float],
    resampled: Sequence[Sequence[float | None]],
    inflation: Sequence[float],
    shocks: Sequence[float],
) -> _Judged:
    """The difference, its standard error, and how far off each resample was from it, in all."""
    scaled = [_scale(quantity, value) for value in values]
    off = [
        [(0.0 if value is None else _scale(quantity, value) - centre) * factor for value in run]
        for centre, run, factor in zip(scaled, resampled, inflation, strict=True)
    ]
    within = [fmean(each * each for each in run) for run in off]
    count = len(values) - 1
    spread = _spread(quantity, scaled[:-1], within[:-1])
    between = spread * math.sqrt(1 + 1 / count)
    error = math.sqrt(within[-1] + sum(within[:-1]) / count**2 + between**2)
    deviations = [
        abs(after - sum(before) / count + between * shock) / error
        for after, before, shock in zip(off[-1], zip(*off[:-1], strict=True), shocks, strict=True)
    ]
    mean = fmean(scaled[:-1])
    return _Judged(quantity, mean, scaled[-1] - mean, error, spread, deviations)


def _spread(quantity: Quantity, values: Sequence[float], within: Sequence[float]) -> float:
    """How much runs of the same differ: assumed, and as the runs before show it beyond what their windows explain."""
    assumed = SPREAD_POINTS if quantity.kind == RATIO else SPREAD
    freedom = len(values) - 1
    if not freedom:
        return assumed
    shown = max(variance(values) - fmean(within), 0.0)
    return math.sqrt((PRIOR * assumed**2 + freedom * shown) / (PRIOR + freedom))


def _width(judged: Sequence[_Judged], resamples: int) -> float:
    """In how many standard errors all deviations of a resample lie together, in CONFIDENCE of the resamples."""
    if not judged:
        return 0.0
    largest = sorted(max(each.deviations[place] for each in judged) for place in range(resamples))
    return largest[min(math.ceil(CONFIDENCE * resamples), resamples) - 1]


def _row(
    key: Key, runs: Sequence[Measured], found: Sequence[_Judged | Difference], width: float, min_difference: float
) -> Row:
    requests = [sum(part.requests for part in run.rows.get(key, ())) for run in runs]
    differences = [each if isinstance(each, Difference) else _difference(each, width, min_difference) for each in found]
    return Row(*key, round(fmean(requests[:-1])), requests[-1], tuple(differences))


def _difference(judged: _Judged, width: float, min_difference: float) -> Difference:
    quantity, half = judged.quantity, width * judged.error
    change, low, high = (
        _unscale_change(quantity, value) for value in (judged.change, judged.change - half, judged.change + half)
    )
    before = _unscale(quantity, judged.before)
    after = _unscale(quantity, judged.before + judged.change)
    limit = max(MIN_POINTS, min_difference * before) if quantity.kind == RATIO else min_difference
    verdict = SAME
    if abs(change) >= limit and (low > 0 or high < 0):
        verdict = WORSE if (change > 0) != quantity.more_is_better else BETTER
    return Difference(quantity.name, quantity.unit, before, after, change, low, high, verdict)


def _scale(quantity: Quantity, value: float) -> float:
    return value if quantity.kind == RATIO else math.log(max(value, 1e-6))


def _unscale(quantity: Quantity, value: float) -> float:
    return value if quantity.kind == RATIO else math.exp(value)


def _unscale_change(quantity: Quantity, value: float) -> float:
    return value if quantity.kind == RATIO else math.expm1(value)


def _mean(quantity: Quantity, values: Sequence[float]) -> float | None:
    return _unscale(quantity, fmean(_scale(quantity, value) for value in values)) if values else None


def _median(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2] if values else SPREAD


__all__ = ["NOT_JUDGED", "TOTAL", "Comparison", "Measured", "compare"]
