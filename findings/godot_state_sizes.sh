#!/bin/sh
# Godot 4.6.3 (Debian testing), MultiplayerSynchronizer: a node with more than 1350 bytes of state.
#
# Guess: it is sent in pieces, as ENet does with everything that is larger than a datagram, and over WebSocket, which
# has no such size, as it is.
# Behaviour: a state that is sent always is not sent at all if the node's has more than 1350 bytes, over WebSocket
# neither: an error in the sender's log for each, and the other players see what they had. So a board, an
# inventory or a list of units stops following as soon as it grows. The same property sent on change comes, for
# up to 65535 bytes. SceneMultiplayer.max_sync_packet_size, which its reference calls a matter of packet
# loss, lifts the first limit.
. "$(dirname "$0")/lib.sh"
godot forky "$work/root" 4.6.3+ds-2
cd "$work"

cat >board.gd <<'GD'
extends Node
var always := PackedByteArray()
var change := PackedByteArray()
GD
cat >states.gd <<'GD'
extends SceneTree
# enet or websocket; how many bytes; max_sync_packet_size, or 0 to leave it.


func _initialize() -> void:
	run.call_deferred()


func game(game_name: String, peer: MultiplayerPeer) -> Node:
	var top := Node.new()
	top.name = game_name
	root.add_child(top)
	var api := SceneMultiplayer.new()
	set_multiplayer(api, top.get_path())
	api.root_path = top.get_path()
	var limit := int(OS.get_cmdline_user_args()[2])
	if limit:
		api.max_sync_packet_size = limit
	var board := Node.new()
	board.name = "Board"
	board.set_script(preload("board.gd"))
	for mode: Array in [["always", SceneReplicationConfig.REPLICATION_MODE_ALWAYS],
			["change", SceneReplicationConfig.REPLICATION_MODE_ON_CHANGE]]:
		var states := MultiplayerSynchronizer.new()
		states.name = mode[0]
		states.replication_config = SceneReplicationConfig.new()
		states.replication_config.add_property(NodePath(".:" + mode[0]))
		states.replication_config.property_set_replication_mode(NodePath(".:" + mode[0]), mode[1])
		board.add_child(states)
	top.add_child(board)
	api.multiplayer_peer = peer
	return board


func run() -> void:
	var words := OS.get_cmdline_user_args()
	var host: MultiplayerPeer
	var client: MultiplayerPeer
	if words[0] == "enet":
		host = ENetMultiplayerPeer.new()
		host.create_server(0)
		client = ENetMultiplayerPeer.new()
		client.create_client("127.0.0.1", host.host.get_local_port())
	else:
		host = WebSocketMultiplayerPeer.new()
		client = WebSocketMultiplayerPeer.new()
		var port := 0
		while port == 0 or host.create_server(port, "127.0.0.1") != OK:
			port = randi_range(20000, 60000)
		client.create_client("ws://127.0.0.1:%d" % port)
	var ours := game("host", host)
	var theirs := game("client", client)
	while client.get_connection_status() != MultiplayerPeer.CONNECTION_CONNECTED:
		await process_frame
	for each: int in 120:
		ours.always.resize(int(words[1]))
		ours.always.fill(each)
		ours.change = ours.always.duplicate()
		await process_frame
	print("seen: ", theirs.always.size(), " ", theirs.change.size())
	quit()
GD

states() { run_godot root states.gd -- "$@" >log && sed -n 's/^seen: //p' log; }
echo "bytes that come of a state that is sent always, and of one that is sent on change"
for way in enet websocket; do
    expect "$way, 1300 bytes" "1300 1300" "$(states $way 1300 0)"
    expect "$way, 1400 bytes" "0 1400" "$(states $way 1400 0)"
    grep -q "Node states bigger than MTU will not be sent" log && echo "  and an error in the log"
    expect "$way, 70000 bytes" "0 0" "$(states $way 70000 0)"
    expect "$way, 1400 bytes, limit 2000" "1400 1400" "$(states $way 1400 2000)"
done
verdict
