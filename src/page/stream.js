// The one stream of events that all tabs of this browser share. A browser opens six connections to
// a server at most: six tabs with a stream each would leave none for a button.
//
// One tab leads: it has the stream and passes on what comes. With navigator.locks the browser says
// who leads; where there are none (over plain HTTP from another machine) a tab leads when it has
// heard of no leader for a while, and of two the one with the smaller name.

import {event_kinds} from "./words.js";

const silence_ms = 8000; // without any event, although the status comes every second
const lead_after_ms = 4000; // without word of a leader
const pause_min_ms = 500;
const pause_max_ms = 30000;
const kept_events = 200; // for tabs that come later
const follower_ms = 10000; // since a tab asked for statuses: without one, none are passed on
const large_status = 1500000; // characters; as often as every second it would be a burden to both ends

export class SharedStream {
    // take(kind, data), kind is one of the events or "line" for {up, next_try}.
    constructor(take) {
        this.take = take;
        this.name = Math.random();
        this.leads = false;
        this.last_id = "0"; // all that is kept, at first
        this.pause = pause_min_ms;
        this.next_try = 0;
        this.heard = Date.now();
        this.kept = [];
        this.status = null; // the last, as it came
        this.followed = 0;
        this.seconds = 1;
        this.channel = new BroadcastChannel(`netplay-relay ${location.pathname}`);
        this.channel.onmessage = (message) => this.heard_from_tab(message.data);
        this.channel.postMessage({hello: this.name});
        if (navigator.locks)
            navigator.locks.request(`netplay-relay ${location.pathname}`, () => {
                this.lead();
                return new Promise(() => {}); // until this tab is gone
            });
        setInterval(() => this.look(), 1000);
        addEventListener("online", () => this.try_now());
        addEventListener("visibilitychange", () => {
            if (document.hidden) return;
            if (!this.leads) this.heard = Date.now(); // nothing was passed on to a hidden tab
            this.look();
        });
    }

    lead() {
        this.leads = true;
        this.open();
    }

    open() {
        this.close();
        this.heard = Date.now();
        const source = new EventSource(
            `events?status=${this.seconds}&last_event_id=${this.last_id}`,
        );
        this.source = source;
        for (const kind of ["status", ...event_kinds])
            source.addEventListener(
                kind,
                (event) => this.source === source && this.came(kind, event),
            );
        source.onopen = () => (this.heard = Date.now());
        // It would try again by itself after an end, but never after a 503 or 204.
        source.onerror = () => this.source === source && this.lost();
    }

    close() {
        this.source?.close();
        this.source = null;
    }

    lost() {
        this.close();
        this.next_try = Date.now() + this.pause * (0.75 + Math.random() / 2);
        this.pause = Math.min(this.pause * 2, pause_max_ms);
        this.tell({kind: "line", data: {up: false, next_try: this.next_try}});
        setTimeout(() => this.try_now(), this.next_try - Date.now() + 1);
    }

    try_now() {
        if (this.leads && !this.source && Date.now() >= this.next_try) this.open();
    }

    came(kind, event) {
        this.heard = Date.now();
        if (event.lastEventId) this.last_id = event.lastEventId;
        if (kind === "status") {
            this.pause = pause_min_ms;
            if (event.data.length > large_status && this.seconds === 1) {
                this.seconds = 5;
                this.open();
            }
        }
        this.tell({kind, text: event.data, id: event.lastEventId});
    }

    tell(message) {
        if (message.kind !== "status" || Date.now() - this.followed < follower_ms)
            this.channel.postMessage({...message, from: this.name});
        this.pass(message);
    }

    // Each tab keeps it, for one day it may lead. Texts are passed between tabs, which costs less
    // than what they mean would.
    pass({kind, text, id, data}) {
        if (id) this.last_id = id;
        if (kind === "status") {
            this.status = text;
        } else if (kind !== "line") {
            this.kept.push({kind, text, id});
            if (this.kept.length > kept_events) this.kept.shift();
        }
        try {
            this.take(kind, data ?? JSON.parse(text));
        } catch (fault) {
            if (!(fault instanceof SyntaxError)) throw fault;
        }
    }

    heard_from_tab(message) {
        if (message.hello !== undefined) {
            if (!this.leads) return;
            this.followed = Date.now();
            this.channel.postMessage({
                for: message.hello,
                from: this.name,
                kept: this.kept,
                status: this.status,
                last_id: this.last_id,
            });
        } else if (message.wanted) {
            this.followed = Date.now();
            this.try_now();
        } else if (message.from !== undefined) {
            if (this.leads && !navigator.locks && message.from < this.name) {
                this.leads = false;
                this.close();
            }
            if (this.leads) return;
            this.heard = Date.now();
            if (message.kind) {
                this.pass(message);
            } else if (message.for === this.name && !this.kept.length) {
                for (const event of message.kept) this.pass(event);
                if (message.status) this.pass({kind: "status", text: message.status});
                this.last_id = message.last_id;
            }
        }
    }

    look() {
        const quiet = Date.now() - this.heard;
        if (this.leads) {
            if (this.source && quiet > silence_ms + this.seconds * 1000) this.lost();
            this.try_now();
            if (!this.source) this.tell({kind: "line", data: {up: false, next_try: this.next_try}});
            return;
        }
        if (document.hidden) return;
        // A hidden leader's clock is slowed down by the browser; a message wakes it.
        this.channel.postMessage({wanted: true});
        if (quiet > lead_after_ms * (1 + this.name) && !navigator.locks) this.lead();
    }
}
