# A network in memory between peers of one process: what one puts is in the queues of its targets at
# once, but for those who are to get it late.
extends MultiplayerPeerExtension

static var peers := {}

var id := 1
var mesh := false
var put_answer := OK
# The targets of all puts.
var targets := []
# From whom packets are kept back, and those that are.
var late := []
var _held := []

var _target := 0
var _mode := TRANSFER_MODE_RELIABLE
var _channel := 0
var _queue := []


func _init(own_id: int, is_mesh: bool) -> void:
	id = own_id
	mesh = is_mesh
	peers[id] = self


func release() -> void:
	late.clear()
	_queue.append_array(_held)
	_held.clear()


func _put_packet_script(packet: PackedByteArray) -> Error:
	targets.append(_target)
	if put_answer != OK:
		return put_answer
	for other: MultiplayerPeer in peers.values():
		if other.id == _target:
			var at: Array = other._held if id in other.late else other._queue
			at.append([id, packet, _mode, _channel])
	return OK


func _get_packet_script() -> PackedByteArray: return _queue.pop_front()[1]
func _get_available_packet_count() -> int: return _queue.size()
func _get_max_packet_size() -> int: return 1 << 20
func _get_packet_peer() -> int: return _queue[0][0]
func _get_packet_mode() -> TransferMode: return _queue[0][2]
func _get_packet_channel() -> int: return _queue[0][3]
func _set_transfer_channel(channel: int) -> void: _channel = channel
func _get_transfer_channel() -> int: return _channel
func _set_transfer_mode(mode: TransferMode) -> void: _mode = mode
func _get_transfer_mode() -> TransferMode: return _mode
func _set_target_peer(target: int) -> void: _target = target
func _is_server() -> bool: return id == 1
func _is_server_relay_supported() -> bool: return not mesh
func _get_unique_id() -> int: return id
func _get_connection_status() -> ConnectionStatus: return CONNECTION_CONNECTED
func _poll() -> void: pass
func _close() -> void: pass
func _disconnect_peer(_id: int, _force: bool) -> void: pass
