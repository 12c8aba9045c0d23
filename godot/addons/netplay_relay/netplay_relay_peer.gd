@icon("icon.svg")
class_name NetplayRelayPeer
extends MultiplayerPeerExtension
## A peer of a game that meets its others at a netplay-relay.
##
## Host and clients connect to the relay, so none of them needs an open port. The host gets a code,
## which it shows, and whoever types the code is in:
## [codeblock]
## # The host.
## var peer := NetplayRelayPeer.host("relay.example")
## peer.opened.connect(func(code): $Code.text = code)
## multiplayer.multiplayer_peer = peer
##
## # Everybody else.
## multiplayer.multiplayer_peer = NetplayRelayPeer.join("relay.example", $Code.text)
## [/codeblock]
## From there on everything is as with [ENetMultiplayerPeer]: the host has the id 1, and RPCs,
## spawners, synchronizers and authentication work as they do there. When the network of somebody
## fails for a moment, its place is held, and no reliable packet is lost or doubled.
##
## @tutorial(Guide): https://github.com/netplay-relay/netplay-relay/blob/main/docs/godot.md

## The session is open, and others join it with [param code]. Only the host hears this.
signal opened(code: String)

## The relay let this peer not in, or has ended its session. [param reason] is a word such as
## [code]unknown_code[/code], [code]party_full[/code], [code]kicked[/code] or
## [code]host_gone[/code], and [param text] a sentence for the player.
signal refused(reason: String, text: String)

## The network of [param id] has failed. Its place is held for some seconds, and what is reliable is
## kept for it. In a star clients hear this of the host and of themselves only.
signal absent(id: int)

## The peer [param id], which was [signal absent], is back.
signal returned(id: int)

const _Line := preload("line.gd")

## The port of a relay, for addresses that name none.
const DEFAULT_PORT := 55435

# The engines whose SceneMultiplayer wraps what clients send each other as this addon expects it.
const _SHORT_CUT_FROM := 0x040300
const _SHORT_CUT_BELOW := 0x050000
# SceneMultiplayer's own packets: this byte, one of those, an id of four bytes.
const _SYSTEM := 7
const _ADD := 1
const _REMOVE := 2
const _RELAY := 3
const _SYSTEM_SIZE := 6

const _HEAD_SIZE := 10
const _HELD_BYTES_MAX := 1 << 20
const _GAME_BYTES_MAX := 64
# Of what somebody has typed.
const _CODE_LENGTH_MAX := 64
const _OPTIONS := ["game", "max_peers", "mesh", "code", "shown", "tls", "headers"]

## The code of the session, as [code]BCDF-GHJK[/code]. Empty until the session is open.
var code: String:
	get:
		return _code

## [code]true[/code] in a session in which clients reach each other without the host: see
## [method host].
var mesh: bool:
	get:
		return _mesh

## Milliseconds to the relay and back, as the relay measures them every 2 seconds, or -1.
var round_trip_ms: float:
	get:
		return _line.round_trip_ms if _line != null else -1.0

## How many unreliable packets were not sent because those before them still waited.
var dropped_packets: int:
	get:
		return _line.dropped_packets if _line != null else 0

## The bytes of [member dropped_packets].
var dropped_bytes: int:
	get:
		return _line.dropped_bytes if _line != null else 0

## How often a lost connection was replaced.
var resumes: int:
	get:
		return _line.resumes if _line != null else 0

## What a client sends another one goes there without passing the host's game first. To be set
## before the peer is given to [MultiplayerAPI]. Without effect in a mesh, which needs no short cut,
## and in engines for which it was not made.
var short_cut := true

var _line: _Line
# What _poll has told of so far.
var _noted_state := _Line.State.CONNECTING
var _status := CONNECTION_DISCONNECTED
var _id := 0
var _code := ""
var _mesh := false
var _refusing := false
var _polling := false
var _flushing := false

var _mode := TRANSFER_MODE_RELIABLE
var _channel := 0
var _target := 0
# Those that signals have announced, as keys.
var _peers := {}

# The packet that may get more targets.
var _last := PackedByteArray()
var _last_targets := PackedInt32Array()
var _last_mode := TRANSFER_MODE_RELIABLE
var _last_channel := 0

# What has arrived, oldest first: packets, and between them events (Callables, from nobody) which
# have to wait until the packets before them are taken.
var _queue := []
var _sources := PackedInt32Array()
var _flags := PackedInt32Array()
# The bytes of a whole message, at its last packet.
var _weights := PackedInt32Array()
var _events := PackedInt32Array()
var _front := 0
var _end := 0

# Those from whom packets are taken; in a star a client learns them from the host's announcements.
var _known := {}
# Packets of those that are not announced yet, by source.
var _held := {}
var _held_bytes := 0
var _may_cut := false


## Opens a session at the relay of [param address]: [code]"relay.example"[/code],
## [code]"relay.example:1234"[/code], or a whole URL as [code]"wss://relay.example"[/code], which
## is what a game in a browser needs. Connect [signal opened] to learn the code. [br][br]
## [param options], all optional:[br]
## [code]game[/code]: a text that has to be the same in all games of a session, 64 bytes at most;
## by default the project's name and version.[br]
## [code]max_peers[/code]: how many may be in, the host included.[br]
## [code]mesh[/code]: clients reach each other without the host, and hear of each other from the
## relay.[br]
## [code]code[/code]: a code that the relay's operator has reserved for you.[br]
## [code]shown[/code]: everybody may see the session, with [code]game[/code] and its code, on the
## relay's page for everybody, and so join it. Without effect if the relay has no such page.[br]
## [code]tls[/code]: [TLSOptions] for [code]wss://[/code].[br]
## [code]headers[/code]: more lines for the head of the HTTP request.
static func host(address: String, options := {}) -> NetplayRelayPeer:
	var hello := {"game": _game_of(options), "mesh": bool(options.get("mesh", false))}
	if int(options.get("max_peers", 0)) > 0:
		hello["max"] = int(options["max_peers"])
	if bool(options.get("shown", false)):
		hello["shown"] = true
	if not str(options.get("code", "")).is_empty():
		hello["code"] = str(options["code"])
	var peer := new()
	peer._start(1, address, options, {"host": hello})
	return peer


## Joins the session that has this [param code]; hyphens, spaces and case do not matter. The
## [param options] are those of [method host] without the host's own.
static func join(address: String, code: String, options := {}) -> NetplayRelayPeer:
	var peer := new()
	var id := peer.generate_unique_id()
	peer._start(id, address, options,
			{"join": {"code": code.left(_CODE_LENGTH_MAX), "game": _game_of(options), "id": id}})
	return peer


static func _game_of(options: Dictionary) -> String:
	for option: Variant in options:
		if not option in _OPTIONS:
			push_warning("NetplayRelayPeer knows no option %s" % option)
	var project := "%s %s" % [ProjectSettings.get_setting("application/config/name", ""),
			ProjectSettings.get_setting("application/config/version", "")]
	var game := str(options.get("game", project.strip_edges()))
	while game.to_utf8_buffer().size() > _GAME_BYTES_MAX:
		game = game.left(-1)
	return game if not game.is_empty() else "Godot"


static func _url_of(address: String) -> String:
	address = address.strip_edges()
	if address.contains("://"):
		return address
	if address.count(":") > 1 and not address.begins_with("["):
		address = "[%s]" % address
	if not address.contains(":") or address.ends_with("]"):
		address += ":%d" % DEFAULT_PORT
	return "ws://" + address


func _start(id: int, address: String, options: Dictionary, hello: Dictionary) -> void:
	_id = id
	_status = CONNECTION_CONNECTING
	_line = _Line.new(_url_of(address), options.get("tls") as TLSOptions,
			PackedStringArray(options.get("headers", [])), hello)
	var tree := Engine.get_main_loop() as SceneTree
	if tree != null and tree.root != null:
		tree.root.tree_exiting.connect(_on_quit)


# --- What MultiplayerAPI asks and tells ---

func _get_connection_status() -> ConnectionStatus:
	return _status


func _get_unique_id() -> int:
	return _id


func _is_server() -> bool:
	return _id == 1


func _is_server_relay_supported() -> bool:
	return not _mesh


func _get_max_packet_size() -> int:
	return _line.packet_max if _line != null else 0


func _set_refuse_new_connections(enable: bool) -> void:
	if enable == _refusing:
		return
	_refusing = enable
	if _id == 1 and _status == CONNECTION_CONNECTED:
		_line.send_text({"refuse": enable})


func _is_refusing_new_connections() -> bool:
	return _refusing


func _set_transfer_channel(channel: int) -> void:
	_channel = channel


func _get_transfer_channel() -> int:
	return _channel


func _set_transfer_mode(mode: TransferMode) -> void:
	_mode = mode


func _get_transfer_mode() -> TransferMode:
	return _mode


func _set_target_peer(id: int) -> void:
	_target = id


func _put_packet_script(packet: PackedByteArray) -> Error:
	if _status != CONNECTION_CONNECTED:
		return ERR_UNCONFIGURED
	if _target > 0:
		if not _peers.has(_target):
			return ERR_INVALID_PARAMETER
		if (_may_cut and short_cut and packet.size() > _SYSTEM_SIZE
				and packet[0] == _SYSTEM and packet[1] == _RELAY):
			return _put_past_host(packet)
		return _put(packet, _target)
	# In a star a client knows nobody but the host.
	if _id != 1 and not _mesh:
		return OK if _target == -1 else _put(packet, 1)
	return _put(packet, _target)


func _get_available_packet_count() -> int:
	return _end - _front


func _get_packet_peer() -> int:
	return _sources[_front] if _front < _end else 0


func _get_packet_channel() -> int:
	return _flags[_front] >> 8 if _front < _end else 0


func _get_packet_mode() -> TransferMode:
	return (_flags[_front] & 3) as TransferMode if _front < _end else TRANSFER_MODE_RELIABLE


func _get_packet_script() -> PackedByteArray:
	if _front >= _end:
		return PackedByteArray()
	var packet: PackedByteArray = _queue[_front]
	if _weights[_front]:
		_line.note_taken(_weights[_front])
	_front += 1
	if _front == _queue.size():
		_clear_queue()
		if not _flushing and _line.has_much_to_tell():
			_flush_soon()
	return packet


func _poll() -> void:
	if _status == CONNECTION_DISCONNECTED or _polling:
		return
	_polling = true
	_flush()
	_line.poll()
	_note_state()
	var message: Variant = _line.next()
	while message != null:
		if message is PackedByteArray:
			_take_in(message)
		else:
			_obey(message)
		message = _line.next()
	_note_state()
	_run_events()
	_polling = false


func _disconnect_peer(id: int, force: bool) -> void:
	if _status != CONNECTION_CONNECTED or not _peers.has(id):
		return
	_flush()
	_forget_packets_of(id)
	_peers.erase(id)
	_known.erase(id)
	if _id == 1:
		_line.send_text({"kick": id})
	if id != 1:
		# Among the clients of a mesh it is the one's own affair: the other is not told.
		if not force:
			_add_event(peer_disconnected.emit.bind(id))
	elif force:
		_close()
	else:
		_line.leave()
		_noted_state = _line.state
		_add_event(_end_session.bind("", ""))


func _close() -> void:
	if _line == null:
		return
	_flush()
	_line.leave()
	_reset()


func _notification(what: int) -> void:
	# There is no self any more: only members can be reached from here.
	if what == NOTIFICATION_PREDELETE and _line != null:
		if not _last.is_empty():
			_line.add(_last, _last_targets, _last_mode, _last_channel)
		if not _line.has_ended():
			_line.leave()


func _on_quit() -> void:
	_close()
	_Line.finish_all()


# --- Sending ---

# Packets that are equal and follow each other become one with a list of targets.
func _put(packet: PackedByteArray, target: int) -> Error:
	if (packet == _last and _mode == _last_mode and _channel == _last_channel and target > 0
			and _last_targets[0] > 0 and not _last_targets.has(target)):
		_last_targets.append(target)
		return OK
	if packet.size() > _line.packet_max:
		push_error("A packet of %d bytes: the relay takes %d." % [packet.size(), _line.packet_max])
		return ERR_OUT_OF_MEMORY
	if not _last.is_empty():
		_line.add(_last, _last_targets, _last_mode, _last_channel)
	_last = packet
	_last_targets = PackedInt32Array([target])
	_last_mode = _mode
	_last_channel = _channel
	if not _flushing:
		_flush_soon()
	return OK


# The host would take the wrapping off and send the rest on: it is sent there at once.
func _put_past_host(packet: PackedByteArray) -> Error:
	var target := packet.decode_s32(2)
	if packet[_SYSTEM_SIZE] & 7 == _SYSTEM:
		return _put(packet, 1)
	var inner := packet.slice(_SYSTEM_SIZE)
	if target > 0:
		return _put(inner, target) if _known.has(target) else _put(packet, 1)
	var result := OK
	for id: int in _known:
		if id != -target:
			result = maxi(result, _put(inner, id)) as Error
	return result


func _flush_soon() -> void:
	_flushing = true
	_flush.call_deferred()


func _flush() -> void:
	_flushing = false
	if _line == null:
		return
	if not _last.is_empty():
		_line.add(_last, _last_targets, _last_mode, _last_channel)
		_last = PackedByteArray()
	_line.flush()


# --- Receiving ---

func _take_in(message: PackedByteArray) -> void:
	var size := message.size()
	var at := 0
	var kept := -1
	while at + _HEAD_SIZE <= size:
		var source := message.decode_s32(at)
		var flags := message[at + 4] | message[at + 5] << 8
		var length := message.decode_u32(at + 6)
		at += _HEAD_SIZE
		if length > size - at:
			break
		if source == 1 or not _may_cut:
			if length and _known.has(source):
				kept = _queue.size()
				_add(message.slice(at, at + length), source, flags)
				if _may_cut and length == _SYSTEM_SIZE and message[at] == _SYSTEM:
					_on_announcement(message[at + 1], message.decode_s32(at + 2))
		elif length:
			var packet := _wrapped(message, at, length, source)
			if _known.has(source):
				kept = _queue.size()
				_add(packet, 1, flags)
			else:
				_hold(packet, source, flags)
		at += length
	if kept >= 0:
		_weights[kept] += size
	else:
		_line.note_taken(size)


# As the host would have passed it on. The head before the payload has room for it.
func _wrapped(message: PackedByteArray, at: int, length: int, source: int) -> PackedByteArray:
	var packet := message.slice(at - _SYSTEM_SIZE, at + length)
	packet[0] = _SYSTEM
	packet[1] = _RELAY
	packet.encode_s32(2, source)
	return packet


# SceneMultiplayer takes packets of those only of whom the host has told it.
func _on_announcement(word: int, id: int) -> void:
	if id <= 1 or id == _id:
		return
	if word == _ADD:
		_known[id] = true
		for held: Array in _held.get(id, []):
			_add(held[0], 1, held[1])
	if word == _REMOVE:
		_known.erase(id)
	if word == _ADD or word == _REMOVE:
		for held: Array in _held.get(id, []):
			_held_bytes -= held[0].size()
		_held.erase(id)


func _hold(packet: PackedByteArray, source: int, flags: int) -> void:
	if _held_bytes + packet.size() > _HELD_BYTES_MAX:
		return
	_held_bytes += packet.size()
	if not _held.has(source):
		_held[source] = []
	_held[source].append([packet, flags])


func _add(packet: PackedByteArray, source: int, flags: int) -> void:
	_queue.append(packet)
	_sources.append(source)
	_flags.append(flags)
	_weights.append(0)
	if _events.is_empty():
		_end += 1


func _add_event(event: Callable) -> void:
	_events.append(_queue.size())
	_queue.append(event)
	_sources.append(0)
	_flags.append(0)
	_weights.append(0)


func _clear_queue() -> void:
	_queue.clear()
	_sources.clear()
	_flags.clear()
	_weights.clear()
	_events.clear()
	_front = 0
	_end = 0


# Called in _poll only. Every handler may close, or let go of, this peer. After the welcome
# MultiplayerAPI has to see that the peer is connected: an end waits for the next poll.
func _run_events() -> void:
	var was := _status
	while (not _events.is_empty() and _front == _events[0]
			and (was == _status or _status == CONNECTION_DISCONNECTED)):
		var event: Callable = _queue[_front]
		_front += 1
		_events.remove_at(0)
		if _front == _queue.size():
			_clear_queue()
		event.call()
	_end = _events[0] if not _events.is_empty() else _queue.size()


func _forget_packets_of(id: int) -> void:
	var old := [_queue, _sources, _flags, _weights, _front]
	_queue = []
	_sources = PackedInt32Array()
	_flags = PackedInt32Array()
	_weights = PackedInt32Array()
	_events.clear()
	_front = 0
	_end = 0
	for at: int in range(old[4], old[0].size()):
		if old[1][at] == 0:
			_add_event(old[0][at])
		elif old[1][at] != id:
			_add(old[0][at], old[1][at], old[2][at])
			_weights[-1] = old[3][at]
		elif old[3][at]:
			_line.note_taken(old[3][at])


# --- What the relay says ---

func _obey(told: Dictionary) -> void:
	if told.has("welcome"):
		var welcome: Dictionary = told["welcome"]
		_mesh = bool(welcome.get("mesh", false))
		_may_cut = _id != 1 and not _mesh and _is_engine_known()
		for id: int in welcome.get("peers", []):
			_known[id] = true
		_add_event(_on_welcome.bind(welcome))
	elif told.has("joined"):
		_known[int(told["joined"])] = true
		_add_event(_on_joined.bind(int(told["joined"])))
	elif told.has("left"):
		_known.erase(int(told["left"]))
		_add_event(_on_left.bind(int(told["left"])))
	elif told.has("absent"):
		_add_event(absent.emit.bind(int(told["absent"])))
	elif told.has("returned"):
		_add_event(returned.emit.bind(int(told["returned"])))


static func _is_engine_known() -> bool:
	var version: int = Engine.get_version_info()["hex"]
	return version >= _SHORT_CUT_FROM and version < _SHORT_CUT_BELOW


# Tells of a connection that was lost, replaced or ended since.
func _note_state() -> void:
	var was := _noted_state
	_noted_state = _line.state
	if _line.state == was:
		return
	match _line.state:
		_Line.State.LOST:
			_weights.fill(0)
			_add_event(absent.emit.bind(_id))
		_Line.State.OPEN:
			if was == _Line.State.LOST:
				_add_event(returned.emit.bind(_id))
		_Line.State.LEAVING, _Line.State.CLOSED:
			if was != _Line.State.LEAVING:
				_add_event(_end_session.bind(_line.reason, _line.text))


func _on_welcome(welcome: Dictionary) -> void:
	_status = CONNECTION_CONNECTED
	_code = str(welcome.get("code", ""))
	if _refusing and _id == 1:
		_line.send_text({"refuse": true})
	if _id == 1:
		opened.emit(_code)
	for id: int in welcome.get("peers", []):
		if _status != CONNECTION_CONNECTED:
			return
		_on_joined(id)


func _on_joined(id: int) -> void:
	_peers[id] = true
	peer_connected.emit(id)


# Who was disconnected with force is known to be gone already.
func _on_left(id: int) -> void:
	if _peers.erase(id):
		peer_disconnected.emit(id)


func _end_session(reason: String, text: String) -> void:
	var was_in := _status == CONNECTION_CONNECTED and _id != 1
	_reset()
	if not reason.is_empty():
		refused.emit(reason, text)
	if was_in:
		peer_disconnected.emit(1)


func _reset() -> void:
	_status = CONNECTION_DISCONNECTED
	_peers.clear()
	_known.clear()
	_held.clear()
	_held_bytes = 0
	_last = PackedByteArray()
	_clear_queue()
	var tree := Engine.get_main_loop() as SceneTree
	if tree != null and tree.root != null and tree.root.tree_exiting.is_connected(_on_quit):
		tree.root.tree_exiting.disconnect(_on_quit)
