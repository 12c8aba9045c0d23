extends Node
# A field on which everybody moves a disc and says something. The host makes the discs; each is
# moved by the game whose it is. From the command line, behind "--":
#   --host ADDRESS [--mesh]    --join ADDRESS CODE    and --wander, --say TEXT

const Player := preload("player.tscn")
const HISTORY := 8
const FIELD := Vector2(660, 520)

var _history: PackedStringArray = []
var _to_say := ""

@onready var _address: LineEdit = %Address
@onready var _code: LineEdit = %Code
@onready var _state: Label = %State
@onready var _chat: RichTextLabel = %Chat
@onready var _say: LineEdit = %Say
@onready var _players: Node2D = %Players


func _ready() -> void:
	%Host.pressed.connect(func() -> void: host(_address.text, false))
	%Join.pressed.connect(func() -> void: join(_address.text, _code.text))
	%Leave.pressed.connect(leave)
	_say.text_submitted.connect(_on_text_submitted)
	multiplayer.connected_to_server.connect(_on_connected)
	multiplayer.server_disconnected.connect(_on_ended)
	multiplayer.connection_failed.connect(_on_ended)
	multiplayer.peer_connected.connect(_on_peer_connected)
	multiplayer.peer_disconnected.connect(_on_peer_disconnected)
	%Spawner.spawn_function = _make_player
	_players.child_entered_tree.connect(func(who: Node) -> void: _tell("%s is here" % who.name))
	_players.child_exiting_tree.connect(func(who: Node) -> void: _tell("%s is gone" % who.name))
	_obey_command_line.call_deferred(OS.get_cmdline_user_args())


func host(address: String, mesh: bool) -> void:
	var peer := NetplayRelayPeer.host(address, {"mesh": mesh, "max_peers": 8})
	peer.opened.connect(_on_opened)
	_begin(peer)


func join(address: String, code: String) -> void:
	_begin(NetplayRelayPeer.join(address, code))


func leave() -> void:
	if multiplayer.multiplayer_peer is NetplayRelayPeer:
		multiplayer.multiplayer_peer.close()


func _begin(peer: NetplayRelayPeer) -> void:
	leave()
	_tell("connecting")
	peer.refused.connect(func(_reason: String, text: String) -> void: _tell(text))
	peer.absent.connect(func(id: int) -> void: _tell("waiting for the network of %d" % id))
	peer.returned.connect(func(id: int) -> void: _tell("%d is back" % id))
	multiplayer.multiplayer_peer = peer


func _on_opened(code: String) -> void:
	_code.text = code
	DisplayServer.clipboard_set(code)
	_tell("code %s" % code)
	%Spawner.spawn(1)
	_say_it_once()


func _on_connected() -> void:
	_tell("joined")
	_say_it_once()


func _on_peer_connected(id: int) -> void:
	if not multiplayer.is_server():
		return
	%Spawner.spawn(id)
	for line: String in _history:
		_hear.rpc_id(id, line)


func _on_peer_disconnected(id: int) -> void:
	if multiplayer.is_server() and _players.has_node(str(id)):
		_players.get_node(str(id)).queue_free()


func _on_ended() -> void:
	_tell("over")
	for player: Node in _players.get_children():
		player.queue_free()


func _make_player(id: int) -> Node:
	var player := Player.instantiate()
	player.name = str(id)
	player.field = FIELD
	player.wanders = "--wander" in OS.get_cmdline_user_args()
	player.position = Vector2(id % 7 + 1, id % 5 + 1) * 80
	return player


func _on_text_submitted(text: String) -> void:
	_say.clear()
	if not text.is_empty() and multiplayer.multiplayer_peer is NetplayRelayPeer:
		_ask_to_say.rpc_id(1, text)


func _say_it_once() -> void:
	if not _to_say.is_empty():
		_ask_to_say.rpc_id(1, _to_say)


# The host gives each line its place, so that all read the same.
@rpc("any_peer", "call_local", "reliable")
func _ask_to_say(text: String) -> void:
	if not multiplayer.is_server():
		return
	var line := "%d: %s" % [multiplayer.get_remote_sender_id(), text.left(200)]
	_history.append(line)
	if _history.size() > HISTORY:
		_history.remove_at(0)
	_hear.rpc(line)


@rpc("authority", "call_local", "reliable")
func _hear(line: String) -> void:
	_tell(line)


func _tell(line: String) -> void:
	print(line)
	_state.text = line
	_chat.add_text(line + "\n")


func _obey_command_line(words: PackedStringArray) -> void:
	var at := words.find("--say")
	if at >= 0 and at + 1 < words.size():
		_to_say = words[at + 1]
	at = words.find("--host")
	if at >= 0 and at + 1 < words.size():
		_address.text = words[at + 1]
		host(words[at + 1], "--mesh" in words)
	at = words.find("--join")
	if at >= 0 and at + 2 < words.size():
		_address.text = words[at + 1]
		_code.text = words[at + 2]
		join(words[at + 1], words[at + 2])
