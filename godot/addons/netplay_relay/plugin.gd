@tool
extends EditorPlugin
# Nothing to do: NetplayRelayPeer is known by its class_name, switched on or not. The plugin is
# there so that the project's settings name the addon and its version.
