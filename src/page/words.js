// Figures and events as people read them.

export function whole(number) {
    return Math.round(number)
        .toString()
        .replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f");
}

export function bytes(count) {
    const units = ["B", "kB", "MB", "GB", "TB"];
    let at = 0;
    while (count >= 999.5 && at < units.length - 1) {
        count /= 1000;
        ++at;
    }
    return `${at && count < 99.5 ? count.toFixed(1) : Math.round(count)} ${units[at]}`;
}

export function span(seconds) {
    if (seconds < 60) return `${Math.floor(seconds)} s`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
    if (seconds < 86400)
        return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
    return `${Math.floor(seconds / 86400)} d ${Math.floor((seconds % 86400) / 3600)} h`;
}

export function milliseconds(value) {
    if (value === null || value === undefined) return "–";
    return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ms`;
}

export function many(count, one, more = `${one}s`) {
    return `${whole(count)} ${count === 1 ? one : more}`;
}

export const spaced = (word) => String(word).replaceAll("_", " ");

// Reasons with which something ended that had begun; every other one turned somebody away.
const ends = new Set(
    [
        "left_early displaced left_while_waiting host_left host_lost unknown_message",
        "query_flood too_slow guest_left guest_lost host_dropped_guest host_link_lost",
        "silent_guest idle session_ended member_left member_lost member_backlog bad_command",
        "input_size input_out_of_order ran_ahead slow_player spoils_game nak flood",
        "unusable_state made_room replaced room_closed memory_short handover_failed shutdown",
        "legacy_port_given guest_gone ended_by_operator sent_away",
        "peer_left peer_absent peer_lost peer_silent peer_backlog returned kicked host_gone",
        "bad_frame bad_control bad_packet packet_too_large peer_flood",
    ].flatMap((line) => line.split(" ")),
);
export const turns_away = (reason) => !ends.has(reason);

const game_of = ({core, content}) =>
    core ? `${core}${content && !/^0+$/.test(content) ? `, content ${content}` : ""}` : "";
const in_room = (event) => `room ${event.room}${event.core ? ` (${event.core})` : ""}`;
const in_party = (event) => `party ${event.party}${event.game ? ` (${event.game})` : ""}`;
const peer = (event) => (event.peer_id === 1 ? "The host" : `Peer ${event.peer_id ?? "?"}`);
const nick = (event) => event.nick || event.peer || "somebody";
const after = (event) =>
    event.age_seconds === undefined ? "" : ` after ${span(event.age_seconds)}`;
const because = (event) => (event.reason ? `: ${spaced(event.reason)}` : "");

// Each kind of event as [how much it matters, its sentence]: 0 is in passing, 2 is what the
// operator should look at. All kinds that are listened for are here.
const kinds = {
    session_opened: [1, (e) => `${e.host} opened ${e.join_text}`],
    session_game: [
        1,
        (e) =>
            `${(e.nicks ?? []).join(", ") || "Players"} in ${game_of(e) || "a game"} (${e.session})`,
    ],
    session_closed: [1, (e) => `Session ${e.session} ended${after(e)}${because(e)}`],
    link_opened: [0, (e) => `${e.guest} joined ${e.session}`],
    link_closed: [0, (e) => `${e.guest} left ${e.session}${after(e)}${because(e)}`],
    room_opened: [1, (e) => `Room ${e.room} opened: ${game_of(e)}`],
    room_closed: [
        1,
        (e) => `Room ${e.room} ended${e.seconds === undefined ? "" : ` after ${span(e.seconds)}`}`,
    ],
    member_joined: [0, (e) => `${nick(e)} came into ${in_room(e)}`],
    member_plays: [0, (e) => `${nick(e)} plays in ${in_room(e)}`],
    member_watches: [0, (e) => `${nick(e)} watches ${in_room(e)}`],
    member_waits: [0, (e) => `${nick(e)} waits for a place in ${in_room(e)}`],
    member_returned: [0, (e) => `${nick(e)} came back into ${in_room(e)}`],
    member_gone: [0, (e) => `${nick(e)} left its room${after(e)}${because(e)}`],
    party_opened: [1, (e) => `Party ${e.party} opened: ${e.game || "a game of Godot"}, ${e.code}`],
    party_closed: [
        1,
        (e) => `Party ${e.party} ended${e.seconds === undefined ? "" : ` after ${span(e.seconds)}`}`,
    ],
    peer_joined: [0, (e) => `${peer(e)} came into ${in_party(e)}`],
    peer_left: [0, (e) => `${peer(e)} is out of ${in_party(e)}${because(e)}`],
    peer_absent: [0, (e) => `${peer(e)} lost the connection to ${in_party(e)}`],
    peer_returned: [0, (e) => `${peer(e)} is back in ${in_party(e)}`],
    peer_gone: [0, (e) => `${e.peer} is gone${after(e)}${because(e)}`],
    version_differs: [1, (e) => `${nick(e)} has another version of the core in ${in_room(e)}`],
    content_differs: [1, (e) => `${nick(e)} has other content in ${in_room(e)}`],
    held_up: [
        2,
        (e) =>
            `${nick(e)} kept ${many(e.players ?? 1, "player")} waiting${
                e.seconds === undefined ? "" : ` ${e.seconds.toFixed(1)} s`
            } in ${in_room(e)}`,
    ],
    state_shared: [0, (e) => `The members of ${in_room(e)} got a savestate`],
    desync: [2, (e) => `Desync: ${nick(e)} in ${in_room(e)} has another state`],
    witness_differs: [
        1,
        (e) => `${nick(e)}, who watches ${in_room(e)}, has another state than its players`,
    ],
    state_doubted: [1, (e) => `Somebody left at once with ${nick(e)}’s savestate in ${in_room(e)}`],
    states_differ: [1, (e) => `States in ${in_room(e)} have never agreed`],
    state_size_differs: [
        1,
        (e) => `${nick(e)}’s savestates have another size than those of ${in_room(e)}`,
    ],
    warned: [2, (e) => `${nick(e)} was warned: it spoils the game in ${in_room(e)}`],
    sent_to_watch: [2, (e) => `${nick(e)} may only watch ${in_room(e)} for a while`],
    shut_out: [2, (e) => `${nick(e)} was shut out of ${in_room(e)}`],
    refused: [
        1,
        (e) =>
            `Turned away: ${Object.entries(e.reasons ?? {})
                .map(([word, count]) => `${spaced(word)}${count > 1 ? ` × ${whole(count)}` : ""}`)
                .join(", ")}`,
    ],
    without_join_port: [2, () => "No port of its own was left for a session or room"],
    reloaded: [1, () => "The configuration was read anew"],
    reload_denied: [
        1,
        (e) =>
            `Denied by the new configuration: ${many(e.sessions ?? 0, "session")}, ${many(
                e.links ?? 0,
                "link",
            )}, ${many(e.members ?? 0, "member")}, ${many(e.peers ?? 0, "peer")}`,
    ],
    draining: [
        2,
        (e) =>
            e.ends_in_seconds
                ? `Draining: all ends in ${span(e.ends_in_seconds)}`
                : "Draining: nothing new is taken in",
    ],
    undrained: [1, () => "New sessions and rooms are taken in again"],
    stopping: [2, () => "The relay stops"],
    upgraded: [
        1,
        (e) =>
            `A new program took over ${many(e.connections ?? 0, "connection")}, with a pause of ${milliseconds(
                e.pause_ms,
            )}`,
    ],
    limit_reached: [2, (e) => `A limit is reached: ${spaced(e.limit ?? e.reason)}`],
    stood_still: [2, (e) => `The relay itself stood still for ${(e.seconds ?? 0).toFixed(1)} s`],
    memory_short: [2, () => "Memory is short: who does not read had to go"],
    missed: [
        1,
        (e) =>
            typeof e.events === "number"
                ? `${many(e.events, "event")} before these are not kept any more`
                : "The relay was started anew",
    ],
    control: [
        1,
        (e) => {
            const {at, event, action, by, number, node, ...rest} = e;
            const details = Object.entries(rest).map(
                ([key, value]) =>
                    `${spaced(key)} ${typeof value === "object" ? JSON.stringify(value) : value}`,
            );
            return `${spaced(action)}${details.length ? ` (${details.join(", ")})` : ""}, by ${by}${
                node === undefined ? "" : ` at node ${node}`
            }`;
        },
    ],
};
export const event_kinds = Object.keys(kinds);

export function told(event) {
    const [weight, sentence] = kinds[event.event] ?? [0, (e) => spaced(e.event)];
    return {weight, text: sentence(event)};
}
