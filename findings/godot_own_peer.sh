#!/bin/sh
# Godot 4.6.3 (Debian testing): what SceneMultiplayer asks of a MultiplayerPeer of one's own, and what a game
# learns of its answer.
#
# Guess: an RPC to all, or to all but one, is one _put_packet_script with the target 0 or -n, for which the
# reference has set_target_peer(); and the error that it answers is what Node.rpc() and send_bytes() return.
# Behaviour: no target but single ones ever reaches the peer, with the same bytes again and again: a transport
# that could send to all has to find out by itself that they are equal. And the error goes nowhere: rpc() and
# rpc_id() say OK whatever the peer says, and so does send_bytes() to all; only send_bytes() to one returns it.
. "$(dirname "$0")/lib.sh"
godot forky "$work/root" 4.6.3+ds-2
cd "$work"
cp "$here/godot_wire.gd" wire.gd

cat >puts.gd <<'GD'
extends SceneTree
const Wire := preload("wire.gd")
const Caller := preload("caller.gd")
var apis := []


func _initialize() -> void:
	run.call_deferred()


func run() -> void:
	for id: int in [1, 2, 3, 4]:
		var top := Caller.new()
		top.name = str(id)
		root.add_child(top)
		var api := SceneMultiplayer.new()
		set_multiplayer(api, top.get_path())
		api.root_path = top.get_path()
		api.multiplayer_peer = Wire.new(id, true)
		apis.append(api)
	for id: int in Wire.peers:
		for other: int in Wire.peers:
			if id != other:
				Wire.peers[id].peer_connected.emit(other)
	var caller: Node = root.get_node("1")
	caller.rpc(&"hear")
	for each: int in 5:
		await process_frame
	Wire.peers[1].targets = []
	for answer: Error in [OK, ERR_OUT_OF_MEMORY]:
		Wire.peers[1].put_answer = answer
		show("rpc", answer, caller.rpc(&"hear"))
		show("rpc_id -3", answer, caller.rpc_id(-3, &"hear"))
		show("rpc_id 3", answer, caller.rpc_id(3, &"hear"))
		show("send_bytes 0", answer, apis[0].send_bytes(PackedByteArray([1]), 0))
		show("send_bytes 3", answer, apis[0].send_bytes(PackedByteArray([1]), 3))
	quit()


func show(what: String, answer: Error, result: Error) -> void:
	var peer: MultiplayerPeer = Wire.peers[1]
	print("%s, %d: %s, %d" % [what, answer, peer.targets, result])
	peer.targets = []
GD
cat >caller.gd <<'GD'
extends Node
@rpc("any_peer", "reliable") func hear() -> void: pass
GD

run_godot root puts.gd >seen
line() { sed -n "s/^$1: //p" seen; }
echo "the targets that the peer sees, and what the call returns (6: out of memory)"
expect "rpc" "[2, 3, 4], 0" "$(line 'rpc, 0')"
expect "rpc_id to -3" "[2, 4], 0" "$(line 'rpc_id -3, 0')"
expect "send_bytes to 0" "[2, 3, 4], 0" "$(line 'send_bytes 0, 0')"
echo "and where the peer answers 6"
expect "rpc" "[2, 3, 4], 0" "$(line 'rpc, 6')"
expect "rpc_id to 3" "[3], 0" "$(line 'rpc_id 3, 6')"
expect "send_bytes to 0" "[2, 3, 4], 0" "$(line 'send_bytes 0, 6')"
expect "send_bytes to 3" "[3], 6" "$(line 'send_bytes 3, 6')"
verdict
