#!/bin/sh
# Godot 4.6.3 (Debian testing), WebSocketPeer: what becomes of messages that came before a close frame.
#
# Guess: poll() puts them into the queue, and get_packet() gives them, closed or not.
# Behaviour: those that come in the same poll() as the close frame are gone: the state is STATE_CLOSED and
# there is no packet. So the last words of a server are heard or not by the luck of the frame. A server
# that has to say something last lets the other side hang up.
. "$(dirname "$0")/lib.sh"
godot forky "$work/root" 4.6.3+ds-2
cd "$work"

cat >in.gd <<'GD'
extends SceneTree
# Polls once the server has said everything, as a game does whose frame took long.
var peer := WebSocketPeer.new()
var got := 0


func _initialize() -> void:
	peer.connect_to_url("ws://127.0.0.1:" + OS.get_cmdline_user_args()[0])


func _process(_delta: float) -> bool:
	if peer.get_ready_state() == WebSocketPeer.STATE_OPEN:
		OS.delay_msec(500)
	peer.poll()
	while peer.get_available_packet_count() > 0:
		peer.get_packet()
		got += 1
	if peer.get_ready_state() != WebSocketPeer.STATE_CLOSED:
		return false
	print("got %d, closed with %d" % [got, peer.get_close_code()])
	return true
GD

python3 "$here/websocket.py" goodbye 10 >server &
until [ -s server ]; do sleep 0.1; done
run_godot root in.gd -- "$(head -1 server)" >client
wait
expect "ten messages and a close frame" "got 0, closed with 1000" "$(grep got client)"
verdict
