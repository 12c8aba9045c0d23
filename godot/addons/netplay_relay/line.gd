# One party's line to the relay: messages both ways over one connection after another. Numbered
# messages (those of reliable packets, and most texts) are kept until the relay has them, and sent
# again when a lost connection is replaced. The wire: docs/godot_protocol.md of netplay-relay.
extends RefCounted

enum State { CONNECTING, OPEN, LOST, LEAVING, CLOSED }

const PROTOCOL := "netplay-relay.godot.1"
const RELIABLE := MultiplayerPeer.TRANSFER_MODE_RELIABLE
const LISTED := 0x80
const HEAD_SIZE := 10
const CODE_LETTERS := 8

const INBOUND_BYTES := 2 << 20
const OUTBOUND_BYTES := 8 << 20
const MESSAGES_MAX := 32768
# A message that holds this much is sent; a larger packet goes alone.
const MESSAGE_BYTES := 64 << 10
# So much is handed to the socket at a time; the rest waits here.
const HANDED_BYTES := 4 << 20
const KEPT_BYTES_MAX := 16 << 20
# Unreliable packets are dropped while more than this waits in the socket, and while the relay takes
# so much longer than twice its usual time to acknowledge something.
const STALE_BYTES := 16 << 10
const STALE_MS := 250
const ANSWER_GUESS_MS := 250
const ANSWERS := 4
# For that it is sent now and then a packet of nothing for nobody: a list of no targets.
const PROBE := [0, 0, 0, 0, LISTED | RELIABLE, 0, 0, 0, 0, 0]
const PROBE_MS := 200

const TELL_BYTES := 8 << 10
const TELL_MESSAGES := 16
const TELL_MS := 100

const CONNECT_MS := 10_000
const RETURN_MS := 3000
const PAUSE_FIRST_MS := 100
const PAUSE_MAX_MS := 2000
# The relay answers or says something every 2 s; this long without a byte is a lost network.
const SILENCE_MS := 8000
# The relay itself calls it lost after 20 s, and holds the place from then on.
const UNNOTICED_MS := 20_000 - SILENCE_MS
const LEAVE_MS := 5000
const QUIT_MS := 500
# A game that hung for longer than this has not listened: no reason to call the network lost.
const STEP_MS_MAX := 250

# Lines that still say goodbye: nobody else holds them.
static var _leaving := {}

var state := State.CONNECTING
var packet_max := 1_572_864
var round_trip_ms := -1.0
var resumes := 0
var dropped_packets := 0
var dropped_bytes := 0
# Why it has ended, for state CLOSED.
var reason := ""
var text := ""
# Payload bytes of this connection's binary messages that the game has taken.
var taken := 0

var _socket: WebSocketPeer
var _url: String
var _tls: TLSOptions
var _headers: PackedStringArray
var _hello: Dictionary
var _code := ""
var _token := ""
var _hold_ms := 10_000

var _greeted := false
var _clock := 0
var _looked_at := 0
var _began := 0
var _heard := 0
var _beats := false
var _lost_at := 0
var _pause := 0
var _next_try := 0

# Numbered messages to the relay, by their number.
var _kept := {}
var _kept_bytes := 0
var _first_kept := 0
var _numbered := 0
var _next := 0
# When those that are sent were.
var _sent_at := {}
var _answers := PackedInt32Array([ANSWER_GUESS_MS])
var _probed := 0

var _got := 0
var _told_got := 0
var _told_taken := 0
var _untold_since := -1
var _told_frame := -1

var _head := PackedByteArray()
var _reliable := PackedByteArray()
var _unreliable := PackedByteArray()
var _unreliable_count := 0


func _init(url: String, tls: TLSOptions, headers: PackedStringArray, hello: Dictionary) -> void:
	_url = url
	_tls = tls
	_headers = headers
	_hello = hello
	for said: Dictionary in hello.values():
		_code = str(said.get("code", ""))
	_head.resize(HEAD_SIZE)
	_looked_at = Time.get_ticks_msec()
	_connect()


# Adds a packet to the messages that the next flush sends.
func add(packet: PackedByteArray, targets: PackedInt32Array, mode: int, channel: int) -> void:
	var listed := targets.size() != 1
	_head.encode_s32(0, targets.size() if listed else targets[0])
	_head[4] = mode | LISTED if listed else mode
	_head[5] = channel
	_head.encode_u32(6, packet.size())
	if mode == RELIABLE:
		if _reliable.size() + packet.size() > MESSAGE_BYTES:
			_number_reliable()
		_reliable.append_array(_head)
		if listed:
			_reliable.append_array(targets.to_byte_array())
		_reliable.append_array(packet)
	else:
		if _unreliable.size() + packet.size() > MESSAGE_BYTES:
			flush()
		_unreliable.append_array(_head)
		if listed:
			_unreliable.append_array(targets.to_byte_array())
		_unreliable.append_array(packet)
		_unreliable_count += targets.size()


func flush() -> void:
	var waiting := 0
	if state == State.OPEN:
		waiting = _socket.get_current_outbound_buffered_amount()
	_number_reliable()
	_probe()
	_pump()
	if _unreliable_count:
		var sent := false
		if waiting <= STALE_BYTES and _next == _numbered and not _is_stuck():
			sent = state == State.OPEN and _socket.send(_unreliable) == OK
		if not sent:
			dropped_packets += _unreliable_count
			dropped_bytes += _unreliable.size()
		_unreliable = PackedByteArray()
		_unreliable_count = 0
	_tell()


func send_text(message: Dictionary) -> void:
	_number_reliable()
	_number(JSON.stringify(message))
	_pump()


func poll() -> void:
	var now := Time.get_ticks_msec()
	_clock += mini(now - _looked_at, STEP_MS_MAX)
	_looked_at = now
	if has_ended():
		return
	if _socket == null:
		if _clock >= _next_try:
			_connect()
		return
	_socket.poll()
	match _socket.get_ready_state():
		WebSocketPeer.STATE_OPEN:
			if not _greeted:
				_greet()
			if _socket.get_available_packet_count() > 0:
				_heard = _clock
			elif _is_silent():
				_lose("does not answer any more")
				_lost_at += UNNOTICED_MS
			elif not _is_welcome():
				_watch_attempt()
			_pump()
		WebSocketPeer.STATE_CONNECTING:
			_watch_attempt()
		WebSocketPeer.STATE_CLOSED:
			_lose("cannot be reached" if not _greeted else "has hung up")


func has_ended() -> bool:
	return state == State.CLOSED or state == State.LEAVING


# The next message from the relay: a PackedByteArray of packets, a Dictionary, or null.
func next() -> Variant:
	while not has_ended() and _socket != null and _socket.get_available_packet_count() > 0:
		var message := _socket.get_packet()
		if not _socket.was_string_packet():
			if message.size() >= HEAD_SIZE and message[4] == RELIABLE:
				_count_one()
			return message
		var said: Variant = JSON.parse_string(message.get_string_from_utf8())
		if not said is Dictionary:
			continue
		var told: Dictionary = said
		if told.has("got"):
			_acknowledge(int(told["got"]))
			if told.has("rtt"):
				_beats = true
				round_trip_ms = float(told["rtt"])
		elif told.has("welcome"):
			var first := _token.is_empty()
			_on_welcome(told["welcome"])
			if first:
				return told
		else:
			_count_one()
			if told.has("close"):
				end(str(told["close"]), str(told.get("text", "")))
			return told
	return null


# Packets of old connections no longer count for what the game has taken.
func note_taken(bytes: int) -> void:
	taken += bytes
	if _untold_since < 0:
		_untold_since = _clock


func has_much_to_tell() -> bool:
	return taken - _told_taken >= TELL_BYTES


# Says goodbye behind everything reliable, and lives on until that is out.
func leave() -> void:
	if state != State.OPEN:
		_shut()
		return
	_number_reliable()
	state = State.LEAVING
	_began = _clock
	_step_leaving()
	if state != State.LEAVING:
		return
	_leaving[self] = true
	var tree := Engine.get_main_loop() as SceneTree
	if tree != null:
		tree.process_frame.connect(_step_leaving)


# For when there will be no more frames: waits a moment for everything to be out.
static func finish_all() -> void:
	var until := Time.get_ticks_msec() + (0 if OS.has_feature("web") else QUIT_MS)
	while not _leaving.is_empty():
		for line: RefCounted in _leaving.keys():
			line.call(&"_step_leaving")
		if Time.get_ticks_msec() >= until:
			break
		OS.delay_msec(1)
	_leaving.clear()


# It is over, and nothing of ours needs to arrive.
func end(why: String, sentence: String) -> void:
	if reason.is_empty():
		reason = why
		text = sentence
	if state == State.OPEN:
		_drop_everything()
		leave()
	else:
		_shut()


func _connect() -> void:
	_socket = WebSocketPeer.new()
	_socket.supported_protocols = PackedStringArray([PROTOCOL])
	_socket.handshake_headers = _headers
	_socket.inbound_buffer_size = INBOUND_BYTES
	_socket.outbound_buffer_size = OUTBOUND_BYTES
	_socket.max_queued_packets = MESSAGES_MAX
	_greeted = false
	_began = _clock
	if _socket.connect_to_url(_url_with_code(), _tls) != OK:
		_lose("has an address that means nothing")


# What stands before several relays sees no message, and goes by this.
func _url_with_code() -> String:
	var letters := ""
	for letter: String in _code.to_upper():
		if letter >= "A" and letter <= "Z":
			letters += letter
	if letters.length() != CODE_LETTERS:
		return _url
	var url := _url
	if not url.substr(url.find("://") + 3).contains("/"):
		url += "/"
	return url + ("&" if url.contains("?") else "?") + "party=" + letters


func _greet() -> void:
	_greeted = true
	_beats = false
	_heard = _clock
	if _token.is_empty():
		_socket.send_text(JSON.stringify(_hello))
	else:
		_socket.send_text(JSON.stringify({"return": _token, "got": _got}))


func _is_welcome() -> bool:
	return state == State.OPEN


func _watch_attempt() -> void:
	if _clock - _began > (CONNECT_MS if _token.is_empty() else RETURN_MS):
		_lose("does not answer")


# Only while the relay owes us a word.
func _is_silent() -> bool:
	return (state == State.OPEN and _clock - _heard > SILENCE_MS
			and (_beats or _first_kept < _next))


func _on_welcome(welcome: Dictionary) -> void:
	_token = str(welcome.get("token", _token))
	_code = str(welcome.get("code", _code))
	_hold_ms = int(float(welcome.get("hold", 10)) * 1000)
	packet_max = int(welcome.get("packet", packet_max))
	if state == State.LOST:
		resumes += 1
	state = State.OPEN
	taken = 0
	_told_taken = 0
	_told_got = _got
	_untold_since = -1
	_acknowledge(int(welcome.get("got", 0)))
	_next = _first_kept
	_pump()


func _lose(what: String) -> void:
	_socket.close(-1)
	_socket = null
	if _token.is_empty():
		end("unreachable", "The relay %s." % what)
		return
	if state == State.OPEN:
		state = State.LOST
		_lost_at = _looked_at
		_pause = PAUSE_FIRST_MS
		_next_try = _clock
	elif _looked_at - _lost_at > _hold_ms:
		end("unreachable", "The relay %s." % what)
	else:
		_next_try = _clock + _pause
		_pause = mini(_pause * 2, PAUSE_MAX_MS)


func _shut() -> void:
	state = State.CLOSED
	_drop_everything()
	if _socket != null:
		_socket.close()


func _drop_everything() -> void:
	_kept.clear()
	_sent_at.clear()
	_kept_bytes = 0
	_reliable = PackedByteArray()
	_unreliable = PackedByteArray()
	_unreliable_count = 0
	_first_kept = _numbered
	_next = _numbered


func _number_reliable() -> void:
	if not _reliable.is_empty():
		_number(_reliable)
		_reliable = PackedByteArray()


func _number(message: Variant) -> void:
	if state == State.CLOSED:
		return
	_kept[_numbered] = message
	_kept_bytes += len(message)
	_numbered += 1
	if _kept_bytes > KEPT_BYTES_MAX and state != State.LEAVING:
		end("peer_backlog", "More waits to be sent than is kept.")


func _pump() -> void:
	if state != State.OPEN and state != State.LEAVING:
		return
	while _next < _numbered:
		var message: Variant = _kept[_next]
		var waiting := _socket.get_current_outbound_buffered_amount()
		if waiting > 0 and waiting + len(message) > HANDED_BYTES:
			return
		var sent: Error
		if message is String:
			sent = _socket.send_text(message)
		else:
			sent = _socket.send(message)
		if sent != OK:
			return
		_sent_at[_next] = _clock
		_next += 1


func _probe() -> void:
	if (_unreliable_count and _first_kept == _numbered and state == State.OPEN
			and _clock - _probed >= PROBE_MS):
		_probed = _clock
		_number(PackedByteArray(PROBE))


# The quickest of the last few acknowledgements tells what this line is like: those that came while
# it stood still do not.
func _is_stuck() -> bool:
	if _first_kept == _next:
		return false
	var quickest := _answers[0]
	for answer: int in _answers:
		quickest = mini(quickest, answer)
	return _clock - _sent_at.get(_first_kept, _clock) > STALE_MS + 2 * quickest


func _acknowledge(count: int) -> void:
	if _sent_at.has(count - 1):
		_answers.append(_clock - _sent_at[count - 1])
		if _answers.size() > ANSWERS:
			_answers.remove_at(0)
	while _first_kept < mini(count, _numbered):
		_kept_bytes -= len(_kept[_first_kept])
		_kept.erase(_first_kept)
		_sent_at.erase(_first_kept)
		_first_kept += 1
	_next = maxi(_next, _first_kept)


func _count_one() -> void:
	_got += 1
	if _untold_since < 0:
		_untold_since = _clock


func _tell() -> void:
	if _untold_since < 0 or state != State.OPEN or _told_frame == Engine.get_process_frames():
		return
	if (taken - _told_taken < TELL_BYTES and _got - _told_got < TELL_MESSAGES
			and _clock - _untold_since < TELL_MS):
		return
	if _socket.send_text(JSON.stringify({"got": _got, "seen": taken})) != OK:
		return
	_told_got = _got
	_told_taken = taken
	_untold_since = -1
	_told_frame = Engine.get_process_frames()


# Godot sends a close frame before the data that waits: so only when none does.
func _step_leaving() -> void:
	_clock += mini(Time.get_ticks_msec() - _looked_at, STEP_MS_MAX)
	_looked_at = Time.get_ticks_msec()
	_socket.poll()
	if _socket.get_ready_state() == WebSocketPeer.STATE_OPEN:
		while _socket.get_available_packet_count() > 0:
			_socket.get_packet()
		_pump()
		if _next == _numbered and _socket.get_current_outbound_buffered_amount() == 0:
			_socket.close()
	if (_socket.get_ready_state() == WebSocketPeer.STATE_CLOSED
			or _clock - _began > LEAVE_MS):
		_socket.close(-1)
		state = State.CLOSED
		_drop_everything()
		_leaving.erase(self)
		var tree := Engine.get_main_loop() as SceneTree
		if tree != null and tree.process_frame.is_connected(_step_leaving):
			tree.process_frame.disconnect(_step_leaving)
