"""The ladder: down at once when OBS suffers, up again in calm, patiently after a relapse, never without need."""

from companion.domain.governor import CALM_SECONDS, Frames, Governor, Load, Step


class Pc:
    """Feeds a governor a load every two seconds."""

    def __init__(self, *, has_smaller: bool = True) -> None:
        self.governor = Governor(has_smaller=has_smaller)
        self.now = 1000.0
        self.lagged = self.skipped = self.total = self.dropped = 0

    def runs(
        self,
        *,
        times: int = 1,
        lagged: int = 0,
        skipped: int = 0,
        dropped: int = 0,
        percent: float = 30.0,
        must_work: bool = False,
        obs: bool = True,
        behind: bool = True,
    ) -> list[Step]:
        """`times` measurements in which, of 60 frames each, so many were lost; the steps after each."""
        steps = []
        for _ in range(times):
            self.now += 2.0
            self.lagged, self.skipped, self.total = self.lagged + lagged, self.skipped + skipped, self.total + 60
            self.dropped += dropped
            frames = Frames(self.lagged, self.total, self.skipped, self.total, self.dropped, self.total)
            before = self.governor.step
            changed = self.governor.take(Load(self.now, percent, frames if obs else None, behind), must_work=must_work)
            assert changed == (self.governor.step is not before)
            steps.append(self.governor.step)
        return steps


def test_a_calm_pc_keeps_the_whole_of_it() -> None:
    pc = Pc()
    assert set(pc.runs(times=500, lagged=0, percent=60)) == {Step.FULL}
    assert set(pc.runs(times=50, lagged=1)) == {Step.FULL}, "a single frame is no pressure"
    assert pc.governor.reason == ""


def test_some_lost_frames_cost_a_step_each_time() -> None:
    pc = Pc()
    pc.runs()
    assert pc.runs(times=3, lagged=2) == [Step.SMALL, Step.DETECT, Step.SPOOL]
    assert "2 of 60 frames too late" in pc.governor.reason
    assert pc.runs(times=3, lagged=2) == [Step.SPOOL] * 3


def test_many_lost_frames_stop_all_work_at_once() -> None:
    for lost in ({"lagged": 6}, {"skipped": 6}):
        pc = Pc()
        pc.runs()
        assert pc.runs(**lost) == [Step.SPOOL]


def test_without_a_smaller_model_that_step_is_left_out() -> None:
    pc = Pc(has_smaller=False)
    pc.runs()
    assert pc.runs(times=2, skipped=2) == [Step.DETECT, Step.SPOOL]
    up = pc.runs(times=30)
    assert Step.SMALL not in up
    assert up[-1] is Step.FULL


def test_a_busy_processor_postpones_words_but_still_listens_for_speech() -> None:
    pc = Pc()
    assert pc.runs(percent=95) == [Step.FULL], "a moment is no pressure"
    assert pc.runs(times=6, percent=95)[-1] is Step.DETECT
    assert "95 % of the processor" in pc.governor.reason
    pc = Pc()
    assert pc.runs(times=6, percent=95, obs=False)[-1] is Step.DETECT, "also without OBS: then a game alone runs"


def test_who_keeps_up_on_a_busy_pc_goes_on() -> None:
    pc = Pc()
    assert set(pc.runs(times=100, percent=99, behind=False)) == {Step.FULL}
    assert pc.runs(times=100, percent=99)[-1] is Step.DETECT


def test_it_comes_back_step_by_step_when_it_is_calm() -> None:
    pc = Pc()
    pc.runs()
    pc.runs(lagged=20)
    up = pc.runs(times=20)
    assert list(dict.fromkeys(up)) == [Step.SPOOL, Step.DETECT, Step.SMALL, Step.FULL]
    assert up.index(Step.DETECT) * 2.0 >= CALM_SECONDS
    assert up.index(Step.FULL) * 2.0 < 40, "a minute after the pressure the backlog is to be gone"
    assert pc.governor.reason == ""


def test_a_processor_that_is_neither_calm_nor_too_busy_changes_nothing() -> None:
    pc = Pc()
    pc.runs()
    pc.runs(lagged=2)
    assert set(pc.runs(times=100, percent=88)) == {Step.SMALL}


def test_who_relapses_waits_longer_each_time() -> None:
    pc = Pc()
    pc.runs()
    waits = []
    for _ in range(4):
        pc.runs(times=2, lagged=2)
        step = pc.governor.step
        waits.append(0)
        while pc.governor.step is step:
            pc.runs()
            waits[-1] += 1
    assert waits == sorted(waits)
    assert waits[-1] > 2 * waits[0]
    pc.runs(times=200)
    assert pc.governor.step is Step.FULL
    pc.runs(lagged=2)
    assert list(dict.fromkeys(pc.runs(times=5)))[-1] is Step.FULL, "after a long calm it trusts again"


def test_an_obs_that_began_anew_is_no_pressure() -> None:
    pc = Pc()
    pc.runs(times=5, lagged=1)
    pc.lagged = pc.skipped = pc.total = 0
    assert pc.runs(times=5) == [Step.FULL] * 5


def test_what_obs_lost_while_nobody_looked_is_no_pressure_now() -> None:
    pc = Pc()
    pc.runs()
    pc.now, pc.lagged, pc.total = pc.now + 3600.0, 9_000, 180_000  # an hour of rest
    assert pc.runs() == [Step.FULL]
    assert pc.runs(times=3, lagged=2) == [Step.SMALL, Step.DETECT, Step.SPOOL]


def test_a_bad_upload_costs_the_large_model_and_no_more() -> None:
    pc = Pc()
    pc.runs()
    assert pc.runs(times=5, dropped=2) == [Step.FULL] * 5, "a few frames dropped by the network do not count"
    assert set(pc.runs(times=200, dropped=20)) == {Step.SMALL}
    assert "dropped 20 of 60" in pc.governor.reason


def test_a_bad_upload_without_a_smaller_model_is_told_until_it_is_over() -> None:
    pc = Pc(has_smaller=False)
    pc.runs()
    assert pc.runs(dropped=20) == [Step.FULL]
    told = pc.governor.reason
    assert "dropped 20 of 60" in told
    assert "no smaller" in told
    assert set(pc.runs(times=200, dropped=30)) == {Step.FULL}
    assert pc.governor.reason == told
    pc.runs()
    assert pc.governor.reason == told, "the next frames may be dropped again"
    pc.runs(times=5)
    assert pc.governor.reason == ""
    assert pc.runs(lagged=2, dropped=20) == [Step.DETECT]
    assert "too late" in pc.governor.reason


def test_a_bad_upload_does_not_prolong_what_began_for_another_reason() -> None:
    pc = Pc()
    pc.runs()
    assert pc.runs(lagged=20) == [Step.SPOOL]
    steps = pc.runs(times=20, dropped=20)
    assert list(dict.fromkeys(steps)) == [Step.SPOOL, Step.DETECT, Step.SMALL]


def test_when_sound_can_be_kept_no_longer_it_works_in_spite_of_all() -> None:
    pc = Pc()
    pc.runs()
    assert pc.runs(lagged=20) == [Step.SPOOL]
    assert pc.runs(lagged=20, must_work=True) == [Step.SMALL]
    assert "kept no longer" in pc.governor.reason
    pc = Pc(has_smaller=False)
    pc.runs()
    assert pc.runs(lagged=20, must_work=True) == [Step.FULL]
