extends SceneTree
# The addon in a project that was never opened: no class name is known yet, so it is preloaded.

const Peer := preload("res://addons/netplay_relay/netplay_relay_peer.gd")


func _initialize() -> void:
	var peer: MultiplayerPeer = Peer.host(OS.get_cmdline_user_args()[0])
	peer.opened.connect(func(code: String) -> void: print("code ", code))
	get_multiplayer().multiplayer_peer = peer
