#!/bin/sh
# Godot 4.6.3 (Debian testing), WebSocketPeer: what becomes of messages that were sent before close().
#
# Guess: send() has said OK, so they go out in order, and the close frame behind them; that is what polling
# until STATE_CLOSED is for.
# Behaviour: the close frame overtakes what the socket has not taken yet, and nothing goes out behind a
# close frame: those messages are lost. Of 100 of 60 kB some seventy arrive, and both sides see a clean end
# with 1000. get_current_outbound_buffered_amount() has to be 0 first.
. "$(dirname "$0")/lib.sh"
godot forky "$work/root" 4.6.3+ds-2
cd "$work"

cat >out.gd <<'GD'
extends SceneTree
var peer := WebSocketPeer.new()
var waits := OS.get_cmdline_user_args()[1] == "waits"
var sent := 0


func _initialize() -> void:
	peer.outbound_buffer_size = 8 << 20
	peer.connect_to_url("ws://127.0.0.1:" + OS.get_cmdline_user_args()[0])


func _process(_delta: float) -> bool:
	peer.poll()
	if peer.get_ready_state() == WebSocketPeer.STATE_OPEN:
		if sent == 0:
			var message := PackedByteArray()
			message.resize(60_000)
			for each: int in 100:
				sent += int(peer.send(message) == OK)
		if not waits or peer.get_current_outbound_buffered_amount() == 0:
			peer.close()
	if peer.get_ready_state() == WebSocketPeer.STATE_CLOSED:
		print("sent %d, closed with %d" % [sent, peer.get_close_code()])
		return true
	return false
GD

for way in "at once" waits; do
    python3 "$here/websocket.py" count 1 >"server $way" &
    until [ -s "server $way" ]; do sleep 0.1; done
    run_godot root out.gd -- "$(head -1 "server $way")" "$way" >"client $way"
    wait
done
expect "the client" "sent 100, closed with 1000" "$(grep sent 'client at once')"
seen=$(sed -n 's/close frame behind //p' 'server at once')
echo "  a close frame behind $seen messages"
expect "all of them arrive" no "$([ "$seen" -lt 100 ] && echo no || echo yes)"
expect "close() when nothing is buffered" "close frame behind 100" "$(tail -1 'server waits')"
verdict
