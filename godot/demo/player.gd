extends Node2D
# One disc. Its game moves it, and a MultiplayerSynchronizer tells the others where it is.

const SPEED := 220.0
const RADIUS := 18.0

var field := Vector2.ZERO
var wanders := false
var _moved := false

@onready var _way := Vector2.RIGHT.rotated(float(name.to_int() % 628) / 100)


func _enter_tree() -> void:
	set_multiplayer_authority(name.to_int())


func _process(delta: float) -> void:
	if not is_multiplayer_authority():
		_note_move()
		return
	if not wanders:
		_way = Input.get_vector("ui_left", "ui_right", "ui_up", "ui_down")
		if get_viewport().gui_get_focus_owner() is LineEdit:
			_way = Vector2.ZERO
	elif not Rect2(Vector2.ZERO, field).has_point(position):
		_way = position.direction_to(field / 2)
	position = (position + _way * SPEED * delta).clamp(-Vector2.ONE, field + Vector2.ONE)


func _draw() -> void:
	draw_circle(Vector2.ZERO, RADIUS, Color.from_hsv(float(name.to_int() % 97) / 97, 0.6, 0.9))
	if is_multiplayer_authority():
		draw_arc(Vector2.ZERO, RADIUS + 3, 0, TAU, 32, Color.WHITE, 2)


# For who watches on the command line.
func _note_move() -> void:
	if not _moved and has_meta(&"first") and get_meta(&"first") != position:
		_moved = true
		print("%s moves" % name)
	if not has_meta(&"first"):
		set_meta(&"first", position)
