extends Node
# A game that does what a test tells it and tells what it hears: lines of JSON over TCP to the port
# of "-- --control PORT". A command {"n", "do", ...} calls the method _do_... and is answered by
# {"n", "result"}; what happens is told as {"event": [...]}.

const Thing := preload("res://agent/thing.tscn")

var _control := StreamPeerTCP.new()
var _unread := ""
var _peer: MultiplayerPeer
# Kept although the game has let go of it.
var _keepsake: MultiplayerPeer
# The peer is polled here and not by the SceneTree's multiplayer.
var _raw := false
# Packets are told, and given, in digits and not as text.
var _in_hex := false
# What is done in a handler: event to [way, count of events until then].
var _in_handler := {}
var _expected_word := ""
var _own_word := ""
var _states := {}
var _ages := PackedFloat64Array()
var _counted := {}
var _counting := {}


func _ready() -> void:
	var words := OS.get_cmdline_user_args()
	_control.connect_to_host("127.0.0.1", int(words[words.find("--control") + 1]))
	while _control.get_status() == StreamPeerTCP.STATUS_CONNECTING:
		_control.poll()
		OS.delay_msec(1)
	_control.set_no_delay(true)
	multiplayer.peer_connected.connect(_on_signal.bind("peer_connected"))
	multiplayer.peer_disconnected.connect(_on_signal.bind("peer_disconnected"))
	for word: String in ["connected_to_server", "connection_failed", "server_disconnected"]:
		multiplayer.connect(word, _on_signal.bind(0, word))
	multiplayer.connect(&"peer_authenticating", _on_authenticating)
	multiplayer.connect(&"peer_authentication_failed", _on_signal.bind("authentication_failed"))
	multiplayer.connect(&"peer_packet", _on_bytes)


func _process(_delta: float) -> void:
	_control.poll()
	if _control.get_status() != StreamPeerTCP.STATUS_CONNECTED:
		get_tree().quit()
		return
	_send_states()
	_send_counted()
	if _raw:
		_poll_raw()
	var waiting := _control.get_available_bytes()
	if waiting == 0:
		return
	_unread += (_control.get_data(waiting)[1] as PackedByteArray).get_string_from_utf8()
	while _unread.contains("\n"):
		var line := _unread.get_slice("\n", 0)
		_unread = _unread.substr(line.length() + 1)
		var command: Dictionary = JSON.parse_string(line)
		var result: Variant = await call("_do_" + command["do"], command)
		_write({"n": command["n"], "result": result})


func _write(value: Dictionary) -> void:
	_control.put_data((JSON.stringify(value) + "\n").to_utf8_buffer())


func _tell(event: Array) -> void:
	_write({"event": event})
	if _in_handler.has(event[0]):
		var way: String = _in_handler[event[0]]
		_in_handler.erase(event[0])
		_end(way)


func _on_signal(id: int, word: String) -> void:
	_tell([word, id] if id else [word])


# --- Sessions ---

func _do_host(command: Dictionary) -> Variant:
	var options: Dictionary = command.get("options", {})
	match command["transport"]:
		"enet":
			var peer := ENetMultiplayerPeer.new()
			if peer.create_server(0, int(options.get("max_peers", 9)) - 1) != OK:
				return null
			_use(peer, command)
			return peer.host.get_local_port()
		"websocket":
			var peer := _web_socket_peer()
			if peer.create_server(int(command["port"]), "127.0.0.1") != OK:
				return null
			_use(peer, command)
			return command["port"]
		_:
			var peer := NetplayRelayPeer.host(command["address"], options)
			peer.opened.connect(func(code: String) -> void: _tell(["opened", code]))
			_use(peer, command)
			return true


# The answer is the id, if the transport knows it already.
func _do_join(command: Dictionary) -> int:
	_in_handler.merge(command.get("in_handler", {}))
	match command["transport"]:
		"enet":
			var peer := ENetMultiplayerPeer.new()
			peer.create_client("127.0.0.1", int(command["at"]))
			_use(peer, command)
		"websocket":
			var peer := _web_socket_peer()
			peer.create_client("ws://127.0.0.1:%d" % int(command["at"]))
			_use(peer, command)
		_:
			var options: Dictionary = command.get("options", {})
			if command.has("trusts"):
				var certificate := X509Certificate.new()
				certificate.load(command["trusts"])
				options["tls"] = TLSOptions.client(certificate)
			_use(NetplayRelayPeer.join(command["address"], command["at"], options), command)
	return _peer.get_unique_id()


func _web_socket_peer() -> WebSocketMultiplayerPeer:
	var peer := WebSocketMultiplayerPeer.new()
	peer.inbound_buffer_size = 4 << 20
	peer.outbound_buffer_size = 8 << 20
	return peer


func _use(peer: MultiplayerPeer, command: Dictionary) -> void:
	_peer = peer
	if peer is NetplayRelayPeer:
		peer.short_cut = command.get("short_cut", true)
		peer.refused.connect(func(why: String, text: String) -> void: _tell(["refused", why, text]))
		peer.absent.connect(func(id: int) -> void: _tell(["absent", id]))
		peer.returned.connect(func(id: int) -> void: _tell(["returned", id]))
	_own_word = command.get("own_word", "")
	_expected_word = command.get("expected_word", "")
	multiplayer.auth_callback = _on_word if _own_word else Callable()
	_raw = command.get("raw", false)
	_in_hex = command.get("hex", false)
	if not _raw:
		multiplayer.multiplayer_peer = peer
		return
	peer.peer_connected.connect(_on_signal.bind("peer_connected"))
	peer.peer_disconnected.connect(_on_signal.bind("peer_disconnected"))


func _do_id(_command: Dictionary) -> int:
	return _peer.get_unique_id()


func _do_peers(_command: Dictionary) -> Array:
	return Array(multiplayer.get_peers())


func _do_status(_command: Dictionary) -> int:
	return _peer.get_connection_status() if _peer != null else 0


func _do_get(command: Dictionary) -> Variant:
	return _peer.get(command["what"])


func _do_refuse(command: Dictionary) -> void:
	_peer.refuse_new_connections = command["on"]


func _do_kick(command: Dictionary) -> void:
	match command["how"]:
		"multiplayer":
			(multiplayer as SceneMultiplayer).disconnect_peer(int(command["id"]))
		"peer":
			_peer.disconnect_peer(int(command["id"]))
		"force":
			_peer.disconnect_peer(int(command["id"]), true)


func _do_end(command: Dictionary) -> void:
	_end(command["way"])


func _end(way: String) -> void:
	match way:
		"close":
			_peer.close()
		"null":
			multiplayer.multiplayer_peer = null
			_peer = null
		"kept":
			_keepsake = _peer
			multiplayer.multiplayer_peer = null
		"quit":
			get_tree().quit()


func _do_in_handler(command: Dictionary) -> void:
	_in_handler[command["event"]] = command["way"]


func _do_reset(_command: Dictionary) -> void:
	_in_handler.clear()
	_raw = false
	if _peer != null:
		_peer.close()
	multiplayer.multiplayer_peer = null
	multiplayer.auth_callback = Callable()
	_peer = null
	_keepsake = null
	_states = {}
	_counting = {}
	_counted = {}
	_ages.clear()
	for thing: Node in $Things.get_children():
		thing.free()


func _do_hang(command: Dictionary) -> void:
	OS.delay_msec(int(command["ms"]))


# --- Authentication: the word has to be right ---

func _on_authenticating(id: int) -> void:
	_tell(["authenticating", id])
	(multiplayer as SceneMultiplayer).send_auth(id, _own_word.to_utf8_buffer())


func _on_word(id: int, word: PackedByteArray) -> void:
	if word.get_string_from_utf8() == _expected_word:
		(multiplayer as SceneMultiplayer).complete_auth(id)
	else:
		(multiplayer as SceneMultiplayer).disconnect_peer(id)


func _do_complete_auth(command: Dictionary) -> void:
	(multiplayer as SceneMultiplayer).complete_auth(int(command["id"]))


# --- RPCs ---

func _do_rpc(command: Dictionary) -> void:
	var argument: Variant = command.get("argument", "")
	if command.has("size"):
		argument = _noise(int(command["size"]))
	for at: int in int(command.get("count", 1)):
		if command.get("numbered", false):
			argument = at
		for target: Variant in command["targets"]:
			rpc_id(int(target), command["method"], argument)
	if command.has("then"):
		_end(command["then"])


func _do_bytes(command: Dictionary) -> void:
	for at: int in int(command.get("count", 1)):
		var text: String = command["text"] + (" %d" % at if command.has("count") else "")
		for target: Variant in command.get("targets", [command.get("target")]):
			(multiplayer as SceneMultiplayer).send_bytes(text.to_utf8_buffer(), int(target),
					MultiplayerPeer.TRANSFER_MODE_RELIABLE)


# To the host, both kinds in turn.
func _do_put_mixed(command: Dictionary) -> void:
	for at: int in int(command["count"]):
		for word: String in ["reliable", "unreliable"]:
			(multiplayer as SceneMultiplayer).send_bytes(("%s %d" % [word, at]).to_utf8_buffer(), 1,
					MultiplayerPeer.TRANSFER_MODE_RELIABLE if word == "reliable"
					else MultiplayerPeer.TRANSFER_MODE_UNRELIABLE)


func _noise(size: int) -> PackedByteArray:
	var bytes := PackedByteArray()
	for at: int in 256:
		bytes.append(at * at % 251)
	while bytes.size() < size:
		bytes.append_array(bytes)
	return bytes.slice(0, size)


func _hear(method: String, argument: Variant) -> void:
	if argument is PackedByteArray:
		var same: bool = argument == _noise(argument.size())
		argument = "%d bytes%s" % [argument.size(), "" if same else ", damaged"]
	_tell(["heard", multiplayer.get_remote_sender_id(), method, argument])


func _on_bytes(id: int, bytes: PackedByteArray) -> void:
	_tell(["heard", id, "bytes", bytes.get_string_from_utf8()])


@rpc("any_peer", "reliable")
func reliable(argument: Variant) -> void:
	_hear("reliable", argument)


@rpc("any_peer", "call_local", "reliable")
func local(argument: Variant) -> void:
	_hear("local", argument)


@rpc("any_peer", "call_remote", "reliable", 1)
func reliable_1(argument: Variant) -> void:
	_hear("reliable_1", argument)


@rpc("any_peer", "call_remote", "reliable", 5)
func reliable_5(argument: Variant) -> void:
	_hear("reliable_5", argument)


@rpc("any_peer", "unreliable")
func unreliable(argument: Variant) -> void:
	_hear("unreliable", argument)


@rpc("any_peer", "call_remote", "unreliable", 2)
func unreliable_2(argument: Variant) -> void:
	_hear("unreliable_2", argument)


@rpc("any_peer", "unreliable_ordered")
func ordered(argument: Variant) -> void:
	_hear("ordered", argument)


@rpc("any_peer", "call_remote", "unreliable_ordered", 3)
func ordered_3(argument: Variant) -> void:
	_hear("ordered_3", argument)


@rpc("authority", "reliable")
func of_host(argument: Variant) -> void:
	_hear("of_host", argument)


# --- A peer without SceneMultiplayer ---

func _poll_raw() -> void:
	_peer.poll()
	while _peer.get_available_packet_count() > 0:
		var source := _peer.get_packet_peer()
		var mode := _peer.get_packet_mode()
		var channel := _peer.get_packet_channel()
		var packet := _peer.get_packet()
		var payload := packet.hex_encode() if _in_hex else packet.get_string_from_utf8()
		_tell(["packet", source, mode, channel, payload])


func _do_put(command: Dictionary) -> int:
	_peer.transfer_mode = int(command["mode"]) as MultiplayerPeer.TransferMode
	_peer.transfer_channel = int(command["channel"])
	_peer.set_target_peer(int(command["target"]))
	var text: String = command["text"]
	return _peer.put_packet(text.hex_decode() if _in_hex else text.to_utf8_buffer())


# --- Spawner and synchronizer ---

func _do_spawn(command: Dictionary) -> void:
	var thing := Thing.instantiate()
	thing.name = command["name"]
	thing.word = command["word"]
	thing.place = Vector3(int(command["x"]), 0, 0)
	$Things.add_child(thing, true)


func _do_change(command: Dictionary) -> void:
	var thing := $Things.get_node(str(command["name"]))
	thing.word = command["word"]
	thing.place = Vector3(int(command["x"]), 0, 0)


func _do_despawn(command: Dictionary) -> void:
	$Things.get_node(str(command["name"])).free()


func _do_things(_command: Dictionary) -> Dictionary:
	var all := {}
	for thing: Node in $Things.get_children():
		if not thing.is_queued_for_deletion():
			all[thing.name] = [thing.word, int(thing.place.x)]
	return all


# --- States at a rate, and counted calls ---

# Unreliable, to all; each with the time at which it was sent.
func _do_states(command: Dictionary) -> void:
	_states = {"due": Time.get_unix_time_from_system(), "step": 1.0 / float(command["rate"])}


func _do_stop_states(_command: Dictionary) -> void:
	_states = {}


func _send_states() -> void:
	if _states.is_empty() or multiplayer.get_peers().is_empty():
		return
	var now := Time.get_unix_time_from_system()
	if now < _states["due"]:
		return
	_states["due"] = maxf(_states["due"] + _states["step"], now - 1)
	state.rpc(now)


@rpc("any_peer", "unreliable")
func state(sent: float) -> void:
	_ages.append(sent)
	_ages.append(Time.get_unix_time_from_system())


func _do_ages(_command: Dictionary) -> Array:
	var told := Array(_ages)
	_ages.clear()
	return told


# Some in each frame, so that they take as long as the test likes.
func _do_count(command: Dictionary) -> void:
	_counting = {"left": int(command["count"]), "at": int(command.get("since", 0)),
			"frames": int(command["frames"])}


func _send_counted() -> void:
	if _counting.is_empty() or _counting["left"] <= 0:
		return
	var some: int = maxi(1, _counting["left"] / maxi(1, _counting["frames"]))
	_counting["frames"] -= 1
	for at: int in some:
		counted.rpc(_counting["at"])
		_counting["at"] += 1
	_counting["left"] -= some


@rpc("any_peer", "reliable")
func counted(number: int) -> void:
	var source := multiplayer.get_remote_sender_id()
	if not _counted.has(source):
		_counted[source] = {"next": 0, "wrong": 0}
	if number != _counted[source]["next"]:
		_counted[source]["wrong"] += 1
	_counted[source]["next"] = number + 1


func _do_counted(_command: Dictionary) -> Dictionary:
	return _counted
