"""Right strike, left off, left strike, right off: what does not fit this order is turned down, and listed."""

from __future__ import annotations

from dataclasses import replace

from gait.analysis.events.order import PossibleEvent, fitting, in_order
from gait.types import Side


def event(time_s: float, side: Side, kind: str, confidence: float = 0.9) -> PossibleEvent:
    return PossibleEvent(
        time_s=time_s,
        side=side,
        kind=kind,  # type: ignore[arg-type]
        confidence=confidence,
        method="auto",
        sd_s=0.015,
        pass_number=1,
    )


def even_walk(strides: int = 3) -> list[PossibleEvent]:
    """One stride a second, 60 % stance."""
    events = []
    for n in range(strides):
        events += [
            event(n, "right", "strike"),
            event(n + 0.1, "left", "off"),
            event(n + 0.5, "left", "strike"),
            event(n + 0.6, "right", "off"),
        ]
    return events


def test_an_even_walk_is_kept_whole() -> None:
    kept, rejected = in_order(even_walk())

    assert kept == even_walk()
    assert rejected == []


def test_events_may_come_in_any_order() -> None:
    assert in_order(even_walk()[::-1])[0] == even_walk()


def test_a_second_strike_of_the_same_foot_gives_way_to_the_surer_one() -> None:
    false = event(1.3, "right", "strike", confidence=0.4)

    kept, rejected = in_order([*even_walk(), false])

    assert kept == even_walk()
    ((turned_down, reason),) = rejected
    assert turned_down == false
    assert "right" in reason


def test_what_lost_against_an_event_that_is_turned_down_later_comes_back() -> None:
    """A false right strike beats the true left one beside it, and then loses against the next true right one."""
    walk = [replace(e, confidence=0.5) if (e.time_s, e.kind) == (0.5, "strike") else e for e in even_walk()]
    false = event(0.55, "right", "strike", confidence=0.6)

    kept, rejected = in_order([*walk, false])

    assert kept == walk
    assert [turned_down for turned_down, _ in rejected] == [false]


def test_both_feet_cannot_strike_at_once() -> None:
    false = event(1.05, "left", "strike", confidence=0.3)

    kept, rejected = in_order([*even_walk(), false])

    assert kept == even_walk()
    assert [c for c, _ in rejected] == [false]


def test_a_swing_of_a_twentieth_of_a_second_is_none() -> None:
    events = even_walk()
    false = event(-0.05, "right", "off", confidence=0.5)

    kept, rejected = in_order([false, *events])

    assert kept == events
    assert [c for c, _ in rejected] == [false]


def test_a_missing_step_does_not_cost_its_neighbours() -> None:
    without_a_left_step = [e for e in even_walk() if not (e.side == "left" and 1 <= e.time_s < 2)]

    kept, rejected = in_order(without_a_left_step)

    assert kept == without_a_left_step
    assert rejected == []


def test_a_limp_is_no_breach_of_the_order() -> None:
    limping = [
        replace(e, time_s=e.time_s + (0.15 if e.side == "left" and e.kind == "strike" else 0)) for e in even_walk()
    ]

    assert in_order(limping)[1] == []


def test_nothing_is_in_order() -> None:
    assert in_order([]) == ([], [])


def strikes(*times_s: float, confidence: float = 0.8) -> list[PossibleEvent]:
    """The feet take turns, the left one first."""
    return [event(t, "left" if k % 2 == 0 else "right", "strike", confidence) for k, t in enumerate(times_s)]


def test_of_two_strikes_in_a_short_step_the_one_beside_the_rhythm_goes_however_sure_it_is() -> None:
    """Steps of 0.55 s, and at the start one of 0.29 s, more than half of it: the first strike is none."""
    walk = [
        replace(e, side="left" if e.side == "right" else "right") for e in strikes(0.29, 0.84, 1.4, 1.93, 2.5, 3.04)
    ]
    false = event(0.0, "left", "strike", confidence=0.95)

    kept, rejected = in_order([false, *walk])

    assert kept == walk
    ((turned_down, reason),) = rejected
    assert turned_down == false
    assert "0.29 s" in reason


def test_the_rhythm_settles_what_cannot_both_be_true() -> None:
    walk = strikes(0.0, 0.55, 1.1, 1.65, 2.2, 2.75, 3.3)
    false = event(1.85, "left", "strike", confidence=0.99)

    assert in_order([*walk, false])[0] == walk


def test_one_foot_that_always_comes_soon_after_the_other_takes_steps_like_any() -> None:
    """A limp with steps of 0.3 and 0.8 s, the short ones less than 0.6 of the mean."""
    limp = strikes(0.0, 0.3, 1.1, 1.42, 2.2, 2.49, 3.3, 3.6)

    assert in_order(limp) == (limp, [])


def test_a_short_step_in_an_uneven_walk_is_left_alone() -> None:
    """Nobody knows which of its strikes is wrong, if one is."""
    uneven = strikes(0.0, 0.7, 1.1, 1.9, 2.2, 3.1, 3.4, 4.1)

    assert in_order(uneven)[1] == []


def test_what_is_found_in_another_way_is_taken_where_it_fits() -> None:
    walk = [e for e in even_walk() if (e.time_s, e.kind) != (1.5, "strike")]
    missing = event(1.48, "left", "strike", confidence=0.5)

    assert fitting(walk, [missing]) == [missing]


def test_a_strike_found_again_in_another_way_is_one_strike_also_where_few_are_known() -> None:
    """Three strikes tell one stride time; with the second find among them, the usual one would be a tenth of it."""
    few = [event(0.0, "left", "strike"), event(0.55, "right", "strike"), event(1.1, "left", "strike")]
    again = [event(1.0, "left", "strike", confidence=0.5), event(0.6, "right", "strike", confidence=0.5)]

    assert fitting(few, again) == []
    assert fitting(few[:2], [event(0.08, "left", "strike")]) == []
