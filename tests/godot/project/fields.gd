extends Node
# The demo as somebody plays it who has a mouse: address and code into their fields, then a button.
#   -- --press-host ADDRESS    -- --press-join ADDRESS CODE

func _ready() -> void:
	var demo: Node = load("res://demo/demo.tscn").instantiate()
	add_child(demo)
	var words := OS.get_cmdline_user_args()
	demo.get_node("%Address").text = words[1]
	if words[0] == "--press-join":
		demo.get_node("%Code").text = words[2]
		demo.get_node("%Join").pressed.emit()
	else:
		demo.get_node("%Host").pressed.emit()
