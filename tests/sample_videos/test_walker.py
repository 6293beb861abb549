"""The walking model: its steps are where and when the plan says, and its body holds together."""

from __future__ import annotations

import numpy as np
import pytest
from renderer.clips import frontal_lean, limp
from renderer.feet import foot_motion, stance_pitch
from renderer.footfalls import SIDES, PerSide, Style, both, plan_walk, stand, straight, to_and_fro
from renderer.pelvis import Idle, Walker
from renderer.proportions import Proportions
from renderer.truth import events, sagittal_angles, steps, strides, trunk_lean
from renderer.walker import move

from benchmarks.random_walkers import draw

UNEVEN = Style(
    step_time_s=PerSide(left=0.50, right=0.62),
    step_length_m=PerSide(left=0.48, right=0.60),
    stance=PerSide(left=0.66, right=0.58),
)


def walk(style: Style = UNEVEN, heading_deg: float = 0.0) -> Walker:
    falls = plan_walk(style, straight((0.0, 0.0), heading_deg), first_strike_s=-2.0, n_steps=16)
    return Walker(footfalls=falls, style=style)


TIMES = np.arange(0.0, 4.0, 0.01)


@pytest.mark.parametrize("side", SIDES)
def test_the_point_of_contact_never_slides(side: str) -> None:
    walker = walk()
    points = move(walker, TIMES).points
    for fall in walker.of(side):
        since, until = TIMES - fall.strike_s, fall.off_s - TIMES
        now = (since >= 0) & (until > 0)
        rolling_off = now & (until < since)
        landing = now & ~rolling_off
        for name, phase in (("heel_contact", landing), ("ball", rolling_off), ("big_toe", rolling_off)):
            if phase.sum() > 1:
                path = points[f"{side}_{name}"][phase]
                assert np.ptp(path, axis=0).max() < 1e-9, f"{name} slides by {np.ptp(path, axis=0)}"
        if landing.any():
            assert points[f"{side}_heel_contact"][landing] == pytest.approx(
                np.tile([*fall.heel_xy, 0.0], (landing.sum(), 1)), abs=1e-9
            )


@pytest.mark.parametrize("side", SIDES)
def test_the_heel_reaches_the_ground_at_the_strike_and_the_toes_leave_it_at_the_off(side: str) -> None:
    walker = walk()
    for fall in walker.of(side)[2:4]:
        around = np.array([-0.02, 0.0, 0.02])
        heel = move(walker, fall.strike_s + around).points[f"{side}_heel_contact"][:, 2]
        assert heel[0] > 0.003
        assert heel[1:] == pytest.approx([0.0, 0.0], abs=1e-9)
        toe = move(walker, fall.off_s + around).points[f"{side}_big_toe"]
        assert np.linalg.norm(toe[1] - toe[0]) < 1e-6
        assert np.linalg.norm(toe[2] - toe[1]) > 0.001


@pytest.mark.parametrize("side", SIDES)
def test_the_swinging_foot_clears_the_ground(side: str) -> None:
    motion = move(walk(), TIMES)
    in_air = ~motion.on_ground[side]
    for name in ("heel_contact", "ball"):
        assert motion.points[f"{side}_{name}"][in_air, 2].min() > -1e-9
    assert motion.points[f"{side}_big_toe"][in_air, 2].min() > 0.012


def test_no_point_of_the_body_jumps() -> None:
    fine = np.arange(0.0, 3.0, 0.002)
    for name, path in move(walk(), fine).points.items():
        speed = np.linalg.norm(np.diff(path, axis=0), axis=1) / 0.002
        assert speed.max() < 8.0, f"{name} moves at {speed.max():.1f} m/s"


def test_bones_keep_their_length() -> None:
    body, points = Proportions(), move(walk(), TIMES).points
    for side in SIDES:
        for a, b, length in (
            ("hip", "knee", body.thigh_m),
            ("knee", "ankle", body.shank_m),
            ("shoulder", "elbow", body.upper_arm_m),
            ("elbow", "wrist", body.forearm_m),
        ):
            bone = np.linalg.norm(points[f"{side}_{a}"] - points[f"{side}_{b}"], axis=1)
            assert bone == pytest.approx(np.full(len(TIMES), length), abs=1e-9)


def test_knees_bend_as_knees_do_and_never_backward() -> None:
    walker = walk(Style())
    motion = move(walker, TIMES)
    for side in SIDES:
        knee = sagittal_angles(motion, side)["knee"]
        assert knee.min() > 0
        assert 55 < knee.max() < 75
        since_strike = TIMES - walker.of(side)[3].strike_s
        loading = knee[(since_strike > 0) & (since_strike < 0.3)]
        assert 14 < loading.max() < 25


def test_uneven_steps_come_out_as_planned() -> None:
    walker = walk()
    for stride in strides(walker, 4.0):
        assert stride["stride_time_s"] == pytest.approx(1.12)
        assert stride["stance_pct"] == pytest.approx(66 if stride["side"] == "left" else 58)
        assert stride["double_support_pct"] == pytest.approx(66 + 58 - 100)
    for step in steps(walker, 4.0):
        left = step["side"] == "left"
        assert step["step_time_s"] == pytest.approx(0.50 if left else 0.62)
        assert step["footprint_length_m"] == pytest.approx(0.48 if left else 0.60)
        assert 0.03 < step["footprint_length_m"] - step["step_length_m"] < 0.06


def test_strikes_and_offs_alternate_in_the_order_of_walking() -> None:
    kinds = [(e["side"], e["kind"]) for e in events(walk(), 4.0)]
    cycle = [("right", "strike"), ("left", "off"), ("left", "strike"), ("right", "off")]
    start = cycle.index(kinds[0])
    assert kinds == [cycle[(start + i) % 4] for i in range(len(kinds))]


def test_the_direction_of_walking_changes_no_angle() -> None:
    to_right, to_left = move(walk(), TIMES), move(walk(heading_deg=180.0), TIMES)
    for side in SIDES:
        for joint, angle in sagittal_angles(to_right, side).items():
            assert sagittal_angles(to_left, side)[joint] == pytest.approx(angle, abs=1e-6)


def test_a_lean_to_the_right_is_positive_and_of_the_size_asked_for() -> None:
    style = Style(trunk_right_deg=6.0, trunk_sway_deg=1.0, trunk_forward_deg=4.0)
    forward, right = trunk_lean(move(walk(style), TIMES))
    assert np.mean(right) == pytest.approx(6.0, abs=0.2)
    assert np.ptp(right) < 2.5
    assert np.mean(forward) == pytest.approx(4.0, abs=0.6)


def test_somebody_who_stands_keeps_both_feet_still() -> None:
    standing = Walker(footfalls=stand(Style(), (0.0, 0.0), 90.0), idle=Idle(sway_m=0.02, arms_deg=10.0))
    motion = move(standing, TIMES)
    for side in SIDES:
        assert motion.on_ground[side].all()
        assert np.ptp(motion.points[f"{side}_ankle"], axis=0).max() < 1e-9
        assert sagittal_angles(motion, side)["ankle"] == pytest.approx(np.zeros(len(TIMES)), abs=9.0)
    assert np.ptp(motion.points["left_wrist"], axis=0).max() > 0.05
    assert events(standing, 4.0) == []


def test_a_walk_to_and_fro_stays_within_its_lengths_and_reach() -> None:
    style = Style(step_length_m=both(0.60), step_time_sd_s=0.01, step_length_sd_m=0.01)
    falls = plan_walk(style, to_and_fro(1.9, 0.55, 8), first_strike_s=-1.0, n_steps=60)
    x = move(Walker(footfalls=falls, style=style), np.arange(0, 20, 0.02)).points["mid_hip"][:, 0]
    assert x.min() < -1.5
    assert x.max() > 1.5
    assert np.abs(x).max() < 2.8


def test_steps_that_no_leg_can_take_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter steps"):
        move(walk(Style(step_length_m=both(1.6))), TIMES)


def test_the_sole_is_flat_in_the_middle_of_stance() -> None:
    fall = walk().of("left")[3]
    share = np.array([0.0, 0.35, 0.5, 0.999])
    pitch = np.degrees(stance_pitch(fall, fall.strike_s + share * (fall.off_s - fall.strike_s)))
    assert pitch[0] == pytest.approx(20.0, abs=0.5)
    assert pitch[1:3] == pytest.approx([0.0, 0.0])
    assert pitch[3] < -55


def test_a_foot_is_unknown_before_its_first_footfall() -> None:
    walker = walk()
    first = walker.of("left")[0].strike_s
    ball = foot_motion(walker.of("left"), walker.body, np.array([first - 1.0, first + 0.1])).ball
    assert np.isnan(ball[0]).all()
    assert np.isfinite(ball[1]).all()


def test_the_limp_spares_the_right_leg_and_the_lean_is_to_the_right() -> None:
    limping = strides(limp().people[0].walker, 8.0)
    stance = {side: np.mean([s["stance_pct"] for s in limping if s["side"] == side]) for side in SIDES}
    assert stance["left"] - stance["right"] > 5
    clip = frontal_lean()
    _, right = trunk_lean(move(clip.people[0].walker, clip.time_s[::10]))
    assert 4.5 < right.mean() < 7.5


def test_a_foot_that_pushes_off_less_and_is_lifted_less_bends_its_knee_less() -> None:
    """The left leg swings stiffly: it lands flat, and on the same prints at the same times as before."""
    stiff = Style(
        strike_pitch_deg=PerSide(left=4.0, right=20.0),
        off_pitch_deg=PerSide(left=-30.0, right=-65.0),
        lift=PerSide(left=0.4, right=1.0),
    )
    motion = move(walk(stiff), TIMES)
    left, right = (np.ptp(sagittal_angles(motion, side)["knee"]) for side in SIDES)
    assert left < right - 12
    walker = walk(stiff)
    strike = walker.of("left")[2].strike_s
    assert stance_pitch(walker.of("left")[2], np.array([strike])) == pytest.approx(np.radians(4.0))
    assert [f.heel_xy for f in walker.footfalls] == [f.heel_xy for f in walk(Style()).footfalls]


def test_a_random_walker_is_the_same_each_time_and_the_forty_are_of_every_kind() -> None:
    assert draw(3).walker.footfalls == draw(3).walker.footfalls
    few = [draw(number) for number in range(8)]
    assert {walker.pace for walker in few} == {"slow", "usual", "fast"}
    assert any(walker.limps for walker in few)
    assert any(walker.is_child for walker in few)
    assert any(walker.turns for walker in few)
