#!/bin/sh
# Godot 4.6.3 (Debian testing), SceneMultiplayer over ENet: three ways of a host to put a client out.
#
# Guess: multiplayer.disconnect_peer(id), multiplayer_peer.disconnect_peer(id) and that with force end the same:
# peer_disconnected at the host and at the other clients; force only leaves out the goodbye.
# Behaviour: by the first the host itself hears no peer_disconnected, though the others do: a host that frees
# players there keeps this one's. By force nobody hears anything but the one that is out: it stays in
# get_peers() of the host and of the others, whose calls go nowhere. Only the second does what is meant.
. "$(dirname "$0")/lib.sh"
godot forky "$work/root" 4.6.3+ds-2
cd "$work"

cat >out.gd <<'GD'
extends SceneTree
# A host and two clients, each a SceneMultiplayer of its own; bob is put out.
var games := {}
var heard := []


func _initialize() -> void:
	run.call_deferred()


func game(game_name: String, peer: MultiplayerPeer) -> void:
	var top := Node.new()
	top.name = game_name
	root.add_child(top)
	var game_api := SceneMultiplayer.new()
	set_multiplayer(game_api, top.get_path())
	game_api.peer_disconnected.connect(func(_id: int) -> void: heard.append(game_name))
	game_api.multiplayer_peer = peer
	games[game_name] = game_api


func joined(port: int) -> MultiplayerPeer:
	var client := ENetMultiplayerPeer.new()
	client.create_client("127.0.0.1", port)
	return client


func run() -> void:
	var host := ENetMultiplayerPeer.new()
	host.create_server(0, 4)
	game("host", host)
	for client: String in ["bob", "eve"]:
		game(client, joined(host.host.get_local_port()))
	while games.bob.get_peers().size() < 2 or games.eve.get_peers().size() < 2:
		await process_frame
	var bob: int = games.bob.get_unique_id()
	match OS.get_cmdline_user_args()[0]:
		"multiplayer":
			games.host.disconnect_peer(bob)
		"peer":
			host.disconnect_peer(bob)
		"force":
			host.disconnect_peer(bob, true)
	for each: int in 120:
		await process_frame
	heard.sort()
	print("told: ", " ".join(heard))
	print("listed by: ", " ".join(["host", "eve"].filter(
			func(who: String) -> bool: return bob in games[who].get_peers())))
	quit()
GD

for way in multiplayer peer force; do
    run_godot root out.gd -- $way >$way
done
told() { sed -n 's/^told: //p' "$1"; }
listed() { sed -n 's/^listed by: //p' "$1"; }
expect "multiplayer.disconnect_peer: told peer_disconnected" "bob eve" "$(told multiplayer)"
expect "  still in the list of" "" "$(listed multiplayer)"
expect "peer.disconnect_peer: told" "bob eve host" "$(told peer)"
expect "  still in the list of" "" "$(listed peer)"
expect "peer.disconnect_peer with force: told" bob "$(told force)"
expect "  still in the list of" "host eve" "$(listed force)"
verdict
