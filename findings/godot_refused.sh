#!/bin/sh
# Godot 4.6.3 (Debian testing), ENetMultiplayerPeer: what a client hears of a host that refuses newcomers.
#
# Guess: with refuse_new_connections at the host the client's multiplayer says connection_failed.
# Behaviour: it says connected_to_server and peer_connected(1), and lists the host among its peers; the host
# has heard of nobody, and the client hears nothing more in the next eight seconds. A game that shows "you are
# in" at connected_to_server shows it to everybody. Over WebSocketMultiplayerPeer it is connection_failed.
. "$(dirname "$0")/lib.sh"
godot forky "$work/root" 4.6.3+ds-2
cd "$work"

cat >refused.gd <<'GD'
extends SceneTree
# A host and a client, each a SceneMultiplayer of its own.
var heard := {"host": [], "client": []}


func _initialize() -> void:
	run.call_deferred()


func game(game_name: String, peer: MultiplayerPeer) -> SceneMultiplayer:
	var top := Node.new()
	top.name = game_name
	root.add_child(top)
	var game_api := SceneMultiplayer.new()
	set_multiplayer(game_api, top.get_path())
	for told: String in ["connected_to_server", "connection_failed", "server_disconnected"]:
		game_api.connect(told, func() -> void: heard[game_name].append(told))
	game_api.peer_connected.connect(func(_id: int) -> void: heard[game_name].append("peer_connected"))
	game_api.multiplayer_peer = peer
	return game_api


func run() -> void:
	var host: MultiplayerPeer
	var client: MultiplayerPeer
	if OS.get_cmdline_user_args()[0] == "enet":
		host = ENetMultiplayerPeer.new()
		host.create_server(0, 4)
		client = ENetMultiplayerPeer.new()
		client.create_client("127.0.0.1", host.host.get_local_port())
	else:
		var server := TCPServer.new()
		server.listen(0, "127.0.0.1")
		var port := server.get_local_port()
		server.stop()
		host = WebSocketMultiplayerPeer.new()
		host.handshake_timeout = 2
		host.create_server(port, "127.0.0.1")
		client = WebSocketMultiplayerPeer.new()
		client.handshake_timeout = 2
		client.create_client("ws://127.0.0.1:%d" % port)
	game("host", host)
	host.refuse_new_connections = true
	var client_api := game("client", client)
	for each: int in 30:
		await process_frame
	print("client at first: ", " ".join(heard.client), "; peers ", client_api.get_peers())
	heard.client.clear()
	for each: int in 480:
		await process_frame
	print("client then: ", " ".join(heard.client), "; peers ", client_api.get_peers())
	print("host: ", " ".join(heard.host))
	quit()
GD

run_godot root refused.gd -- enet >enet
run_godot root refused.gd -- websocket >websocket
expect "ENet, the client at first" "connected_to_server peer_connected; peers [1]" \
    "$(sed -n 's/client at first: //p' enet)"
expect "ENet, the client in eight seconds more" "; peers [1]" "$(sed -n 's/client then: //p' enet)"
expect "ENet, the host" "" "$(sed -n 's/^host: //p' enet)"
expect "WebSocket, the client" "connection_failed; peers []" "$(sed -n 's/client then: //p' websocket)"
verdict
