#!/bin/sh
# Godot 4.6.3 (Debian testing), MultiplayerSpawner and MultiplayerSynchronizer in a mesh: a node of the host's
# whose synchronizer belongs to a client, and a newcomer that hears the client before it hears the host. Each
# line is reliable and in order; between two senders there is no order.
#
# Guess: the owner's states are no use until the node is there, and from then on the newcomer has them: the
# owner tells the path of its synchronizer again, as nobody has confirmed it.
# Behaviour: the owner tells the path once. The newcomer, who has no such node yet, says "Node not found" and
# forgets it; the owner sends its states on under a number that means nothing there, and the node stands where
# it was made for ever. Where the host was faster all is well.
. "$(dirname "$0")/lib.sh"
godot forky "$work/root" 4.6.3+ds-2
cd "$work"
cp "$here/godot_wire.gd" wire.gd

cat >mesh.gd <<'GD'
extends SceneTree
const Wire := preload("wire.gd")
const OWNER := 2
const NEWCOMER := 3


func _initialize() -> void:
	run.call_deferred()


func game(id: int) -> void:
	var top := Node.new()
	top.name = str(id)
	root.add_child(top)
	var api := SceneMultiplayer.new()
	set_multiplayer(api, top.get_path())
	api.root_path = top.get_path()
	var field := Node.new()
	field.name = "Field"
	top.add_child(field)
	var spawner := MultiplayerSpawner.new()
	spawner.name = "Spawner"
	spawner.spawn_path = ^"../Field"
	spawner.spawn_function = make
	top.add_child(spawner)
	api.multiplayer_peer = Wire.new(id, true)


func make(_nothing: Variant) -> Node:
	var disc := Node2D.new()
	disc.name = "Disc"
	var states := MultiplayerSynchronizer.new()
	states.name = "States"
	states.set_multiplayer_authority(OWNER)
	states.replication_config = SceneReplicationConfig.new()
	states.replication_config.add_property(^".:position")
	disc.add_child(states)
	return disc


func meet(id: int, other: int) -> void:
	Wire.peers[id].peer_connected.emit(other)
	Wire.peers[other].peer_connected.emit(id)


func disc_of(id: int) -> Node2D:
	return root.get_node_or_null("%d/Field/Disc" % id)


func pass_frames(count: int) -> void:
	for each: int in count:
		if disc_of(OWNER):
			disc_of(OWNER).position.x += 1
		await process_frame


func run() -> void:
	game(1)
	game(OWNER)
	meet(1, OWNER)
	root.get_node("1/Spawner").spawn(null)
	await pass_frames(10)
	game(NEWCOMER)
	if OS.get_cmdline_user_args()[0] == "late":
		Wire.peers[NEWCOMER].late = [1]
	meet(1, NEWCOMER)
	meet(OWNER, NEWCOMER)
	await pass_frames(10)
	Wire.peers[NEWCOMER].release()
	await pass_frames(300)
	for id: int in [1, NEWCOMER]:
		print("%d: %s" % [id, "moves" if disc_of(id).position.x > 200 else disc_of(id).position])
	quit()
GD

for way in prompt late; do run_godot root mesh.gd -- $way >$way; done
seen() { sed -n "s/^$1: //p" $2; }
expect "the host is faster: the host's" moves "$(seen 1 prompt)"
expect "  the newcomer's" moves "$(seen 3 prompt)"
expect "the host is slower: the host's" moves "$(seen 1 late)"
expect "  the newcomer's, 300 frames later" "(0.0, 0.0)" "$(seen 3 late)"
expect "  complaints of a node that is not found" 1 "$(grep -c 'Node not found' late)"
verdict
