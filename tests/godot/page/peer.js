// A peer of a party in a browser, after docs/godot_protocol.md alone. Tests steer it by `begin`,
// `come_back` and `peer`.
"use strict";

const PROTOCOL = "netplay-relay.godot.1";
const HEAD_BYTES = 10;
const LISTED = 0x80;
const RELIABLE = 2;
const TELL_BYTES = 8 << 10;
const TELL_MESSAGES = 16;
const TELL_MS = 100;
const FIRST_PAUSE_MS = 50;

const hex_of = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const bytes_of = (hex) =>
    Uint8Array.from({length: hex.length / 2}, (_, at) => parseInt(hex.substr(2 * at, 2), 16));

// target: of one packet, or a list of them.
function packet_of(target, mode, channel, payload) {
    const listed = Array.isArray(target) ? target : [];
    const head = HEAD_BYTES + 4 * listed.length;
    const packet = new Uint8Array(head + payload.length);
    const view = new DataView(packet.buffer);
    view.setInt32(0, listed.length || target, true);
    view.setUint8(4, listed.length ? mode | LISTED : mode);
    view.setUint8(5, channel);
    view.setUint32(6, payload.length, true);
    listed.forEach((each, at) => view.setInt32(HEAD_BYTES + 4 * at, each, true));
    packet.set(payload, head);
    return packet;
}

class Peer {
    // kept: what a page that was here before has left to this one.
    constructor(url, kept = {}) {
        Object.assign(this, {
            url, token: "", id: 0, got: 0, numbered: 0, acknowledged: 0, outbox: [], packets: [],
            texts: [], ends: [], returns: 0, round_trip: -1, is_in: false, stays_away: false,
            ...kept});
        this.told_got = this.got;
    }

    connect(hello) {
        this.is_in = false;
        this.seen = this.told_seen = 0;
        this.socket = new WebSocket(this.url, [PROTOCOL]);
        this.socket.binaryType = "arraybuffer";
        this.socket.onopen = () => this.socket.send(JSON.stringify(hello));
        this.socket.onmessage = (event) => this.take_in(event.data);
        this.socket.onclose = (event) => this.on_end(event);
    }

    on_end(event) {
        this.ends.push([event.code, event.wasClean, this.socket.protocol]);
        const was_in = this.is_in;
        this.is_in = false;
        if (!this.token || this.stays_away)
            return;
        this.pause = was_in ? FIRST_PAUSE_MS : 2 * this.pause;
        setTimeout(() => this.come_back(), this.pause);
    }

    come_back() {
        this.connect({return: this.token, got: this.got});
    }

    take_in(data) {
        if (typeof data === "string")
            this.obey(JSON.parse(data));
        else
            this.unpack(data);
        if (this.is_in && (this.got - this.told_got >= TELL_MESSAGES ||
                           this.seen - this.told_seen >= TELL_BYTES))
            this.tell();
        else
            this.due ??= setTimeout(() => this.tell(), TELL_MS);
        this.keep();
    }

    obey(told) {
        if (told.welcome)
            this.enter(told.welcome);
        else if ("got" in told) {
            this.forget(told.got);
            this.round_trip = told.rtt ?? this.round_trip;
        } else {
            ++this.got;
            this.texts.push(told);
            if (told.close) {
                this.stays_away = true;
                this.socket.close();
            }
        }
    }

    enter(welcome) {
        this.welcome = welcome;
        this.id = welcome.id;
        this.token = welcome.token;
        this.is_in = true;
        this.returns += welcome.again ? 1 : 0;
        this.told_got = this.got;
        this.forget(welcome.got);
        for (const message of this.outbox)
            this.socket.send(message);
    }

    forget(count) {
        this.outbox.splice(0, count - this.acknowledged);
        this.acknowledged = Math.max(count, this.acknowledged);
    }

    unpack(data) {
        const view = new DataView(data);
        const is_numbered = view.getUint8(4) === RELIABLE;
        for (let at = 0, size; at < data.byteLength; at += HEAD_BYTES + size) {
            size = view.getUint32(at + 6, true);
            this.packets.push({
                source: view.getInt32(at, true), mode: view.getUint8(at + 4),
                channel: view.getUint8(at + 5), came: Date.now(),
                payload: hex_of(new Uint8Array(data, at + HEAD_BYTES, size))});
        }
        this.got += is_numbered ? 1 : 0;
        this.seen += data.byteLength;
    }

    tell() {
        clearTimeout(this.due);
        this.due = undefined;
        if (!this.is_in || (this.got === this.told_got && this.seen === this.told_seen))
            return;
        this.socket.send(JSON.stringify({got: this.got, seen: this.seen}));
        this.told_got = this.got;
        this.told_seen = this.seen;
    }

    // Several payloads are several packets of one message.
    put(target, mode, channel, ...payloads) {
        const packets = payloads.map((hex) => packet_of(target, mode, channel, bytes_of(hex)));
        const whole = new Uint8Array(packets.reduce((sum, each) => sum + each.length, 0));
        let at = 0;
        for (const each of packets) {
            whole.set(each, at);
            at += each.length;
        }
        if (mode === RELIABLE) {
            this.outbox.push(whole);
            ++this.numbered;
            this.keep();
        }
        if (this.is_in)
            this.socket.send(whole);
    }

    // For a page that takes the place of this one.
    keep() {
        if (this.is_kept)
            localStorage.setItem(this.id, JSON.stringify({
                ...this, socket: null, due: undefined, outbox: this.outbox.map(hex_of)}));
    }
}

let peer = null;

function begin(url, hello, is_kept) {
    peer = new Peer(url, {is_kept});
    peer.connect(hello);
}

function come_back(id) {
    const kept = JSON.parse(localStorage.getItem(id));
    peer = new Peer(kept.url, {...kept, outbox: kept.outbox.map(bytes_of)});
    peer.come_back();
}
