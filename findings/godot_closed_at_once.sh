#!/bin/sh
# Godot 4.6.3 (Debian testing), ENetMultiplayerPeer: a client that closes within its own peer_connected, as a game
# does that sees at once that it is the wrong version.
#
# Guess: the client was told that it is in, so the host hears of it and of its end.
# Behaviour: the host hears of neither, as the client's last word of the handshake is never sent: a host that
# counts who came, or keeps a list of versions that do not fit, misses all of these. Three frames later it
# hears of both. Its place is free at once in both cases.
. "$(dirname "$0")/lib.sh"
godot forky "$work/root" 4.6.3+ds-2
cd "$work"

cat >hasty.gd <<'GD'
extends SceneTree
# A host with room for one, a client that closes, and one that comes then.
var heard := []


func _initialize() -> void:
	run.call_deferred()


func game(game_name: String, peer: MultiplayerPeer) -> SceneMultiplayer:
	var top := Node.new()
	top.name = game_name
	root.add_child(top)
	var game_api := SceneMultiplayer.new()
	set_multiplayer(game_api, top.get_path())
	game_api.multiplayer_peer = peer
	return game_api


func joined(port: int) -> ENetMultiplayerPeer:
	var client := ENetMultiplayerPeer.new()
	client.create_client("127.0.0.1", port)
	return client


func run() -> void:
	var at_once := OS.get_cmdline_user_args()[0] == "at_once"
	var host := ENetMultiplayerPeer.new()
	host.create_server(0, 1)
	var port := host.host.get_local_port()
	var server := game("host", host)
	server.peer_connected.connect(func(_id: int) -> void: heard.append("connected"))
	server.peer_disconnected.connect(func(_id: int) -> void: heard.append("disconnected"))
	var hasty := joined(port)
	var client := game("hasty", hasty)
	var is_in := [false]
	client.peer_connected.connect(func(_id: int) -> void:
		is_in[0] = true
		if at_once:
			hasty.close())
	while not is_in[0]:
		await process_frame
	for each: int in 3:
		await process_frame
	if not at_once:
		hasty.close()
	for each: int in 30:
		await process_frame
	print("heard: ", " ".join(heard))
	var next := joined(port)
	var _late := game("next", next)
	for each: int in 120:
		await process_frame
	print("next within two seconds: ",
			next.get_connection_status() == MultiplayerPeer.CONNECTION_CONNECTED)
	quit()
GD

for way in at_once later; do
    run_godot root hasty.gd -- $way >$way
done
heard() { sed -n 's/^heard: *//p' "$1"; }
next() { sed -n 's/^next within two seconds: //p' "$1"; }
expect "closed within peer_connected: the host hears" "" "$(heard at_once)"
expect "  the next one is in within two seconds" true "$(next at_once)"
expect "closed three frames later: the host hears" "connected disconnected" "$(heard later)"
expect "  the next one is in within two seconds" true "$(next later)"
verdict
