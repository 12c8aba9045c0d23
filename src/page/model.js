// What the page knows: games with their sides, and what was of each in the last minutes. Takes one
// status after the other, and touches no document.

import {turns_away} from "./words.js";

export const kept_points = 180;

// When the kept statuses were made, in seconds; what a side has is aligned to the end of it.
export const times = [];

function push(row, value) {
    row.push(value);
    if (row.length > kept_points) row.shift();
}

const grown = (before, now) =>
    before === undefined || before === null || now < before ? 0 : now - before;

class Side {
    constructor(key) {
        this.key = key;
        this.rtt = [];
        this.resent = [];
        this.behind = [];
        this.late = [];
        this.last = {};
        this.rate = 0; // bytes a second, both ways
    }

    // facts: nick, role, address, id, rtt_ms, variance_ms, resent, behind, late (inputs; of a peer of
    // a party: messages for it that were dropped), bytes and what only the details show; null for
    // what does not exist for such a side.
    take(facts, seconds) {
        const last = this.last;
        push(this.rtt, facts.rtt_ms);
        push(this.resent, grown(last.resent, facts.resent));
        push(this.behind, facts.behind);
        push(this.late, facts.late === null ? null : grown(last.late, facts.late));
        this.rate = seconds ? grown(last.bytes, facts.bytes) / seconds : 0;
        this.resent_lately = sum_of_last(this.resent, 60);
        this.late_lately = facts.late === null ? null : sum_of_last(this.late, 60);
        this.facts = this.last = facts;
        this.lag = lag_of(this);
        this.level = level_of(this);
    }
}

function sum_of_last(row, count) {
    let sum = 0;
    for (let at = Math.max(0, row.length - count); at < row.length; ++at) sum += row[at];
    return sum;
}

// What the others feel of a side, as milliseconds.
function lag_of({facts, resent_lately, late_lately}) {
    const line = Math.max(facts.rtt_ms ?? 0, facts.ping_ms ?? 0) + 2 * (facts.variance_ms ?? 0);
    const waited = (facts.waited_last_minute ?? 0) * 50 + (facts.repeats_last_minute ?? 0) / 10;
    return (
        line +
        5 * Math.min(100, resent_lately) +
        8 * Math.min(60, facts.behind ?? 0) +
        Math.min(600, late_lately ?? 0) / 4 +
        waited
    );
}

function level_of(side) {
    if (side.lag >= 400) return 2;
    return side.lag >= 180 ? 1 : 0;
}

class Game {
    constructor(key) {
        this.key = key;
        this.sides = new Map();
    }

    side(key, facts, seconds) {
        const side = this.sides.get(key) ?? new Side(key);
        if (!side.facts) this.sides.set(key, side);
        side.take(facts, seconds);
        side.seen = this.seen;
    }

    // Those of whom the status says nothing more are gone.
    done() {
        let lag = 0;
        this.rate = 0;
        this.level = 0;
        for (const [key, side] of this.sides) {
            if (side.seen !== this.seen) {
                this.sides.delete(key);
                continue;
            }
            this.rate += side.rate;
            this.level = Math.max(this.level, side.level);
            if (side.lag > lag) {
                lag = side.lag;
                this.worst = side;
            }
        }
        this.lag = lag;
    }
}

const best_of = (...values) =>
    values.find((value) => value !== null && value !== undefined) ?? null;

function frames_behind(own, other) {
    const [mine, others] = [own?.frame, other?.frame];
    return mine === null || mine === undefined || others === null || others === undefined
        ? null
        : Math.max(0, others - mine);
}

function end_facts(end, extra) {
    return {
        address: end.address,
        rtt_ms: best_of(end.rtt_ms),
        variance_ms: best_of(end.rtt_variance_ms),
        resent: end.retransmits ?? 0,
        kept_bytes: end.kept_bytes ?? 0,
        silent: best_of(end.silent_seconds),
        ping_ms: null,
        late: null,
        ...extra,
    };
}

// A host has its control connection, and one more for each guest: the worst of them is what counts.
function host_facts(session) {
    const ends = [session.host, ...session.links.map((link) => link.host)];
    const playing = session.links.find((link) => link.game?.host?.nick)?.game;
    const worst = (key) => ends.reduce((most, end) => Math.max(most, end[key] ?? 0), 0);
    const behind = session.links
        .map((link) => frames_behind(link.game?.host, link.game?.guest))
        .filter((frames) => frames !== null);
    return end_facts(session.host, {
        nick: playing?.host.nick ?? null,
        role: "host",
        id: session.host.id,
        rtt_ms: ends.some((end) => end.rtt_ms !== undefined) ? worst("rtt_ms") : null,
        variance_ms: worst("rtt_variance_ms"),
        kept_bytes: ends.reduce((sum, end) => sum + (end.kept_bytes ?? 0), 0),
        resent: ends.reduce((sum, end) => sum + (end.retransmits ?? 0), 0),
        behind: behind.length ? Math.max(...behind) : null,
        bytes: 0,
        frame: playing?.host.frame ?? null,
        age: session.age_seconds,
        unanswered: session.host.unanswered_seconds,
    });
}

function guest_facts(link) {
    const game = link.game;
    return end_facts(link.guest, {
        nick: game?.guest.nick ?? null,
        role: "guest",
        id: link.id ?? link.guest.id,
        behind: frames_behind(game?.guest, game?.host),
        bytes: link.bytes_to_host + link.bytes_to_guest,
        to_relay: link.bytes_to_host,
        from_relay: link.bytes_to_guest,
        frame: game?.guest.frame ?? null,
        age: link.age_seconds,
        idle: link.idle_seconds,
        desyncs: game?.crc_mismatches,
        stage: game?.stage,
    });
}

function member_facts(member) {
    return end_facts(member, {
        nick: member.nick,
        id: member.id,
        role: member.owns_clock ? "clock" : member.state,
        number: member.number,
        rtt_ms: best_of(member.rtt_ms, member.ping_ms),
        ping_ms: best_of(member.ping_ms),
        ports: member.ports,
        behind: member.state === "playing" ? member.frames_behind : null,
        late: member.state === "playing" ? member.inputs_late : null,
        ahead: member.frames_ahead,
        inputs: member.inputs,
        waits: member.waits,
        waited: member.waited_seconds,
        waited_last_minute: member.waited_last_minute_seconds,
        repeats_last_minute: member.repeats_last_minute,
        bytes: member.bytes_in + member.bytes_out,
        to_relay: member.bytes_in,
        from_relay: member.bytes_out,
        age: member.age_seconds,
        desyncs: member.desyncs,
        protocol: member.protocol,
        in_line: member.in_line,
    });
}

// An absent one has no connection: nothing of its line is known.
function peer_facts(peer, party) {
    return end_facts(peer, {
        nick: peer.peer_id === 1 ? "Host" : `Peer ${peer.peer_id}`,
        id: peer.id,
        role: peer.state === "here" ? "peer" : peer.state,
        rtt_ms: best_of(peer.ping_ms, peer.rtt_ms),
        ping_ms: best_of(peer.ping_ms),
        behind: null,
        late: peer.messages_dropped, // too late for it
        kept_bytes: (peer.unacknowledged_bytes ?? 0) + (peer.held_bytes ?? 0),
        place: {party, peer_id: peer.peer_id},
        packets: [peer.packets_in, peer.packets_out],
        dropped: peer.messages_dropped,
        resumes: peer.resumes,
        bytes: (peer.bytes_in ?? 0) + (peer.bytes_out ?? 0),
        to_relay: peer.bytes_in ?? 0,
        from_relay: peer.bytes_out ?? 0,
        age: peer.age_seconds,
        ends_game: peer.peer_id === 1,
    });
}

export class Model {
    constructor() {
        this.forget();
    }

    forget() {
        this.games = new Map();
        this.people = [];
        this.rate = [];
        this.refused = [];
        this.cpu = [];
        this.memory = [];
        this.last = null;
        times.length = 0;
    }

    take(status, now) {
        if (this.last?.started_at !== status.started_at || now <= times.at(-1)) this.forget();
        const before = this.last;
        const seconds = before ? Math.max(0.2, now - times.at(-1)) : 0;
        push(times, now);
        for (const session of status.sessions) this.take_session(session, now, seconds);
        for (const room of status.rooms) this.take_room(room, now, seconds);
        for (const party of status.parties ?? []) this.take_party(party, now, seconds);
        for (const [key, game] of this.games)
            if (game.seen === now) game.done();
            else this.games.delete(key);
        this.take_figures(status, seconds, before);
        this.last = status;
    }

    game(key, now) {
        const game = this.games.get(key) ?? new Game(key);
        game.seen = now;
        this.games.set(key, game);
        return game;
    }

    take_session(session, now, seconds) {
        const game = this.game(`session ${session.id}`, now);
        const first = session.links.find((link) => link.game)?.game;
        const guests = session.links.length;
        Object.assign(game, {
            kind: "session",
            id: session.id,
            join_text: session.join_text,
            age: session.age_seconds,
            state: session.state,
            title: first?.core?.name ?? null,
            version: first?.core?.version ?? null,
            content: first?.host.content_crc ?? null,
            taken: session.seats.taken,
            limit: session.seats.limit,
            waiting: session.waiting_joins,
            reserved: session.reserved,
            join_port: session.join_port,
            frame: first?.host.frame ?? null,
            people: guests + 1,
        });
        game.side("host", host_facts(session), seconds);
        for (const link of session.links)
            game.side(`guest ${link.guest.address}`, guest_facts(link), seconds);
    }

    take_room(room, now, seconds) {
        const game = this.game(`room ${room.number}`, now);
        Object.assign(game, {
            kind: "room",
            id: room.number,
            join_text: null,
            age: room.age_seconds,
            state: "open",
            title: room.core,
            version: room.core_version,
            content: /^0+$/.test(room.content_crc) ? null : room.content_crc,
            taken: room.places.taken,
            limit: room.places.limit,
            kept: room.places.kept,
            by_password: room.by_password,
            join_port: room.join_port,
            frame: room.frame,
            people: room.members.length,
        });
        for (const member of room.members)
            game.side(`member ${member.number} ${member.address}`, member_facts(member), seconds);
    }

    take_party(party, now, seconds) {
        const game = this.game(`party ${party.number}`, now);
        Object.assign(game, {
            kind: "party",
            id: party.number,
            join_text: party.code,
            age: party.age_seconds,
            state: party.state,
            title: party.game || "A game of Godot",
            version: null,
            content: null,
            taken: party.seats.taken,
            limit: party.seats.limit,
            mesh: party.mesh,
            refuses: party.refuses,
            shown: party.shown,
            join_port: null,
            frame: null,
            people: party.peers.length,
        });
        for (const peer of party.peers)
            game.side(`peer ${peer.peer_id}`, peer_facts(peer, party.number), seconds);
    }

    take_figures(status, seconds, before) {
        const use = status.use;
        let rate = 0;
        for (const game of this.games.values()) rate += game.rate;
        push(this.people, use.links + use.members + use.sessions + (use.peers ?? 0));
        push(this.rate, seconds ? rate : null);
        push(this.refused, before ? grown(turned_away(before), turned_away(status)) : 0);
        push(
            this.cpu,
            before?.cpu_seconds === undefined || status.cpu_seconds === undefined
                ? null
                : (100 * grown(before.cpu_seconds, status.cpu_seconds)) / seconds,
        );
        push(this.memory, status.resident_bytes ?? null);
    }
}

function turned_away(status) {
    let sum = 0;
    for (const [word, count] of Object.entries(status.totals.close_reasons))
        if (turns_away(word)) sum += count;
    return sum;
}
