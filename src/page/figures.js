// The head of the page: how the relay is, and its figures with a chart each; how to come here, and
// who was turned away.

import {SmallChart} from "./charts.js";
import {by, copy_button, make, mark, say, show} from "./tools.js";
import {qr_picture} from "./qr.js";
import {bytes, many, span, spaced, turns_away, whole} from "./words.js";

const lately_seconds = 300;

class Figure {
    constructor(place, name, colour, floor, row, is_bars = false) {
        this.value = make("b");
        this.more = make("span", {class: "more"});
        const chart = make("div", {class: "chart", "aria-hidden": "true"});
        this.element = make(
            "div",
            {class: "figure"},
            make("span", {class: "name"}, name),
            this.value,
            this.more,
            chart,
        );
        place.append(this.element);
        const nothing = () => [];
        this.chart = new SmallChart(
            chart,
            [colour, colour],
            [floor, floor],
            is_bars ? row : nothing,
            is_bars ? nothing : row,
        );
    }

    take(value, more, title = "") {
        say(this.value, value);
        say(this.more, more);
        this.chart.draw();
    }
}

export class Figures {
    constructor(model) {
        const place = by("figures");
        this.model = model;
        this.games = new Figure(place, "Playing now", "people", 4, () => model.people);
        this.rate = new Figure(place, "Throughput", "line", 2000, () => model.rate);
        this.refused = new Figure(place, "Turned away", "bars", 3, () => model.refused, true);
        this.cpu = new Figure(place, "CPU", "line", 10, () => model.cpu);
        this.memory = new Figure(place, "Memory", "behind", 1e6, () => model.memory);
        this.past = [];
        this.reach_is = "";
    }

    take(status, drain_end) {
        const {model} = this;
        this.take_state(status, drain_end);
        const {use, limits} = status;
        this.games.take(
            many(use.sessions + use.links + use.members + (use.peers ?? 0), "person", "people"),
            `${many(use.sessions, "session")} of ${whole(limits.sessions)}, ${many(use.rooms, "room")}${
                use.parties ? `, ${many(use.parties, "party", "parties")}` : ""
            }`,
        );
        this.rate.take(
            `${bytes(model.rate.at(-1) ?? 0)}/s`,
            `${whole(use.connections)} of ${many(limits.connections, "connection")}`,
        );
        const minute = model.refused.slice(-60).reduce((sum, count) => sum + count, 0);
        this.refused.take(whole(minute), "in the last minute");
        show(this.cpu.element, status.cpu_seconds !== undefined);
        const average = (100 * status.cpu_seconds) / Math.max(1, status.uptime_seconds);
        if (status.cpu_seconds !== undefined)
            this.cpu.take(
                `${(model.cpu.at(-1) ?? 0).toFixed(1)} %`,
                `of a core, ${average.toFixed(1)} % on average`,
            );
        show(this.memory.element, status.resident_bytes !== undefined);
        if (status.resident_bytes !== undefined)
            this.memory.take(
                bytes(status.resident_bytes),
                `${bytes(status.memory.slow_peers_bytes)} for slow readers`,
            );
        this.take_reach(status);
        this.take_refused(status);
    }

    take_state(status, drain_end) {
        const closed = status.takes_new === false && status.state === "running";
        const starts = status.drain_starts_in_seconds;
        const left = drain_end ? Math.max(0, (drain_end - Date.now()) / 1000) : null;
        const is_planned = typeof starts === "number";
        const state = closed ? "closed to new" : status.state;
        say(
            by("state"),
            (status.state === "draining" && left !== null
                ? `draining, ends in ${countdown(left)}`
                : state) + (is_planned ? `, drains in ${countdown(starts)}` : ""),
        );
        document.body.dataset.state = closed || is_planned ? "closed" : status.state;
        const name = status.reach.players;
        say(by("name"), name);
        const title = `${state === "running" ? "" : `${state}: `}${name} · netplay-relay`;
        if (document.title !== title) document.title = title;
        say(
            by("facts"),
            `netplay-relay ${status.version}, up ${span(status.uptime_seconds)}` +
                (status.handovers.done ? `, ${many(status.handovers.done, "live upgrade")}` : ""),
        );
    }

    take_reach(status) {
        const {reach, listening} = status;
        const now = JSON.stringify([reach, listening]);
        if (now === this.reach_is) return;
        this.reach_is = now;
        const host_missing = listening.filter((one) => one.state !== "listening");
        by("reach").replaceChildren(
            ...[
                reach_row("Players type", reach.players),
                reach_row("Hosts set as custom relay", reach.hosts),
                make(
                    "p",
                    {class: "small"},
                    `Listening on ${listening
                        .map(
                            ({address, port}) =>
                                `${address.includes(":") ? `[${address}]` : address}:${port}`,
                        )
                        .join(", ")}.`,
                ),
                host_missing.length
                    ? make(
                          "p",
                          {class: "bad small"},
                          `Not there now: ${host_missing
                              .map((one) => `${one.address} (${spaced(one.state)})`)
                              .join(", ")}.`,
                      )
                    : null,
            ].filter(Boolean),
        );
    }

    take_refused(status) {
        const totals = status.totals.close_reasons;
        this.past.push({at: status.uptime_seconds, totals});
        if (this.past[0].at > status.uptime_seconds) this.past = [this.past.at(-1)];
        while (this.past.length > 2 && status.uptime_seconds - this.past[0].at > lately_seconds)
            this.past.shift();
        const before = this.past[0].totals;
        const rows = [[], []];
        for (const [word, count] of Object.entries(totals))
            if (count)
                rows[turns_away(word) ? 0 : 1].push([word, count - (before[word] ?? 0), count]);
        const place = by("refused");
        if (!this.lists) {
            this.lists = [new Reasons(), new Reasons()];
            this.none = make("p", {class: "small"}, "Nobody so far.");
            place.append(
                this.none,
                this.lists[0].element,
                make(
                    "details",
                    {},
                    make("summary", {}, "How the others ended"),
                    this.lists[1].element,
                ),
            );
        }
        this.lists.forEach((list, at) => list.take(rows[at]));
        show(this.none, !rows[0].length);
    }
}

function countdown(seconds) {
    const whole_seconds = Math.ceil(seconds);
    return `${Math.floor(whole_seconds / 60)}:${String(whole_seconds % 60).padStart(2, "0")}`;
}

function reach_row(name, text) {
    const row = make(
        "div",
        {class: "join"},
        make("span", {class: "name"}, name),
        make("code", {}, text),
        copy_button(() => text, text),
        qr_button(() => text),
    );
    return row;
}

// Shows the QR code below its own row, and hides it.
export function qr_button(text_of) {
    const button = make(
        "button",
        {
            type: "button",
            class: "quiet",
            "aria-expanded": "false",
            "aria-label": `QR code of ${text_of()}`,
        },
        "QR",
    );
    let shown = null;
    button.addEventListener("click", () => {
        if (shown) {
            shown.remove();
            shown = null;
        } else {
            shown = qr_picture(text_of()) ?? make("p", {}, "Too long for a QR code.");
            button.parentElement.after(shown);
        }
        button.setAttribute("aria-expanded", shown !== null);
    });
    return button;
}

class Reasons {
    constructor() {
        this.element = make(
            "table",
            {class: "reasons"},
            make(
                "thead",
                {},
                make(
                    "tr",
                    {},
                    make("th", {scope: "col"}, "why"),
                    make("th", {scope: "col"}, "last 5 min"),
                    make("th", {scope: "col"}, "in all"),
                ),
            ),
            (this.body = make("tbody")),
        );
        this.rows = new Map();
    }

    take(reasons) {
        show(this.element, reasons.length > 0);
        reasons.sort((a, b) => b[1] - a[1] || b[2] - a[2]);
        const order = [];
        for (const [word, lately, count] of reasons) {
            let row = this.rows.get(word);
            if (!row) {
                row = make(
                    "tr",
                    {},
                    make("th", {scope: "row"}, spaced(word)),
                    make("td"),
                    make("td"),
                );
                this.rows.set(word, row);
            }
            say(row.children[1], lately ? whole(lately) : "");
            say(row.children[2], whole(count));
            mark(row, "now", lately > 0);
            order.push(row);
        }
        order.forEach((row, at) => {
            if (this.body.children[at] !== row)
                this.body.insertBefore(row, this.body.children[at] ?? null);
        });
    }
}
