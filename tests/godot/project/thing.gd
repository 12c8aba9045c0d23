extends Node
# What a spawner makes and a synchronizer keeps alike. Its name ends in the id of whose it is.

var place := Vector3.ZERO
var word := ""


func _enter_tree() -> void:
	set_multiplayer_authority(str(name).get_slice("_", 1).to_int())
