#!/bin/sh
# Godot 4.6.3 (Debian testing): what delta and timers count where frames are slow.
#
# Guess: the delta of _process() is the time since the last frame, however long that was; a timer of two
# seconds is over after two seconds, or with the next frame.
# Behaviour: a frame counts for no more than eight ticks of physics, 133 ms. One that hung for two seconds, as
# a level was loaded, has a delta of 0.13; with 400 ms for each frame, as on a weak server, delta and timers
# are three times too slow, for good, and nothing is ever made up. A timeout, a countdown or a clock shared
# with others that is counted so differs between the players: only Time.get_ticks_msec() is time. With
# Engine.max_physics_steps_per_frame at 60 the deltas are true.
. "$(dirname "$0")/lib.sh"
godot forky "$work/root" 4.6.3+ds-2
cd "$work"

cat >slow.gd <<'GD'
extends SceneTree
# Each frame hangs for so many milliseconds; so many ticks of physics are allowed for each.
const FRAMES := 10
var frames := 0
var began := 0
var told := 0.0
var timers := 0


func _process(delta: float) -> bool:
	frames += 1
	if frames == FRAMES:
		Engine.max_physics_steps_per_frame = int(OS.get_cmdline_user_args()[1])
		began = Time.get_ticks_msec()
		create_timer(2.0).timeout.connect(func() -> void: timers += 1)
	elif frames > FRAMES:
		told += delta
	if frames == 2 * FRAMES:
		var share := told * 1000 / (Time.get_ticks_msec() - began)
		print("told: ", "all" if share > 0.8 else "a third" if share > 0.2 and share < 0.45 else share)
		print("timer: ", "over" if timers else "runs")
		quit()
	if frames >= FRAMES:
		OS.delay_msec(int(OS.get_cmdline_user_args()[0]))
	return false
GD
cat >hang.gd <<'GD'
extends SceneTree
var frames := 0


func _process(delta: float) -> bool:
	frames += 1
	if frames == 10:
		OS.delay_msec(2000)
	elif frames == 11:
		print("told: ", snappedf(delta, 0.1))
		quit()
	return false
GD

told() { sed -n 's/^told: //p' "$1"; }
timer() { sed -n 's/^timer: //p' "$1"; }
run_godot root slow.gd -- 40 8 >fast
run_godot root slow.gd -- 400 8 >slow
run_godot root slow.gd -- 400 60 >cure
run_godot root hang.gd >hang
expect "ten frames of 40 ms: of their time the deltas told" all "$(told fast)"
expect "ten frames of 400 ms: of their time the deltas told" "a third" "$(told slow)"
expect "  a timer of 2 s" runs "$(timer slow)"
expect "the same with 60 ticks of physics for each frame" all "$(told cure)"
expect "  a timer of 2 s" over "$(timer cure)"
expect "one frame of 2 s: its delta" 0.1 "$(told hang)"
verdict
