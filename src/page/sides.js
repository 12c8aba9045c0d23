// The row of one side of a game: who it is, its line and its place in the game, with a chart of
// each, and its details.

import {LargeChart, SmallChart} from "./charts.js";
import {make, mark, say, show} from "./tools.js";
import {ask_in_place} from "./steer.js";
import {bytes, many, milliseconds, span, spaced, whole} from "./words.js";

const levels = ["", "slow", "lags"];
const roles = {
    clock: "has the clock",
    playing: "plays",
    watching: "watches",
    joining: "comes in",
    host: "host",
    guest: "guest",
    peer: "plays",
    absent: "is absent, its place is held",
    leaving: "is out, and hears of it when it can",
};

export const name_of = (side) => side.facts.nick || side.facts.address;

export class SideRow {
    constructor(side, steer) {
        this.side = side;
        this.nick = make("button", {
            type: "button",
            class: "nick",
            "aria-expanded": "false",
            onclick: () => this.open(!this.details),
        });
        this.level = make("span", {class: "level"});
        this.role = make("span", {class: "role"});
        this.rtt = make("b");
        this.spread = make("span");
        this.resent = make("span");
        this.behind = make("b");
        this.late = make("span");
        this.send_away = make(
            "button",
            {type: "button", class: "quiet", "aria-expanded": "false", onclick: () => this.ask()},
            "Send away…",
        );
        const [line, game] = [
            make("div", {class: "chart", "aria-hidden": "true"}),
            make("div", {class: "chart", "aria-hidden": "true"}),
        ];
        this.head = make(
            "div",
            {class: "side"},
            make("div", {class: "who"}, this.nick, this.level, this.role),
            make(
                "div",
                {class: "meter"},
                make("div", {class: "values"}, this.rtt, this.spread, this.resent),
                line,
            ),
            make(
                "div",
                {class: "meter"},
                make("div", {class: "values"}, this.behind, this.late),
                game,
            ),
            make("div", {class: "act"}, this.send_away),
        );
        this.element = make("li", {}, this.head);
        this.steer = steer;
        this.charts = [
            new SmallChart(
                line,
                ["bars", "line"],
                [80, 4],
                () => side.resent,
                () => side.rtt,
            ),
            new SmallChart(
                game,
                ["late", "behind"],
                [8, 20],
                () => side.late.map((late) => late ?? 0),
                () => side.behind,
            ),
        ];
        this.write();
    }

    write() {
        const {side} = this;
        const {facts, level} = side;
        const name = name_of(side);
        say(this.nick, name);
        say(
            this.role,
            [
                roles[facts.role] ?? facts.role,
                facts.ports?.length ? `port ${facts.ports.join(", ")}` : null,
                facts.in_line ? `waits for a place, number ${facts.in_line}` : null,
                facts.nick ? facts.address : null,
            ]
                .filter(Boolean)
                .join(" · "),
        );
        say(this.level, levels[level]);
        this.head.dataset.level = level;
        say(this.rtt, milliseconds(facts.rtt_ms));
        say(this.spread, facts.variance_ms === null ? "" : `± ${Math.round(facts.variance_ms)}`);
        say(this.resent, `${whole(side.resent_lately)} resent`);
        mark(this.resent, "warn", side.resent_lately >= 5);
        const behind = facts.behind === null ? "–" : `${whole(facts.behind)} behind`;
        say(this.behind, facts.place ? `${bytes(facts.kept_bytes)} kept` : behind);
        say(
            this.late,
            side.late_lately === null
                ? ""
                : `${whole(side.late_lately)} ${facts.place ? "dropped" : "late"}`,
        );
        mark(this.late, "warn", side.late_lately >= 60);
        const is_out = facts.role === "leaving";
        const has_name = Boolean(facts.id ?? facts.place);
        show(this.send_away, this.steer.allowed() && has_name && !is_out);
        if (this.send_away.dataset.of !== name) {
            this.send_away.dataset.of = name;
            this.send_away.setAttribute("aria-label", `Send ${name} away`);
        }
        for (const chart of this.charts) chart.draw();
        if (this.details) this.write_details();
    }

    end() {
        for (const chart of [...this.charts, ...(this.large ?? [])]) chart.end();
        this.element.remove();
    }

    is_busy() {
        return this.details !== undefined || this.element.querySelector(".ask") !== null;
    }

    open(shown) {
        this.nick.setAttribute("aria-expanded", shown);
        if (!shown) {
            for (const chart of this.large) chart.end();
            this.details.remove();
            this.details = this.large = undefined;
            return;
        }
        const {side} = this;
        this.facts = make("dl");
        this.details = make("div", {class: "details"});
        this.large = [
            [
                "Round trip",
                {name: "line", floor: 60, as_text: (value) => `${value} ms`},
                () => side.rtt,
                milliseconds,
            ],
            [
                "Resent segments",
                {name: "bars", floor: 4, bars: true, as_text: whole},
                () => side.resent,
                whole,
            ],
            ["Frames behind", {name: "behind", floor: 6, as_text: whole}, () => side.behind, whole],
            [
                side.facts.place ? "Dropped messages" : "Late inputs",
                {name: "late", floor: 10, bars: true, as_text: whole},
                () => side.late,
                whole,
            ],
        ]
            .filter(([, , row]) => row().some((value) => value !== null))
            .map(([title, options, row, as_text]) =>
                this.large_chart(title, options, row, as_text),
            );
        this.details.append(this.facts);
        this.element.append(this.details);
        this.write_details();
    }

    large_chart(title, options, row, as_text) {
        const place = make("div", {class: "chart", "aria-hidden": "true"});
        const caption = make("figcaption");
        this.details.append(make("figure", {}, caption, place));
        const chart = new LargeChart(place, options, row);
        const write = () => {
            const values = row().filter((value) => value !== null);
            const at =
                chart.at === null || chart.at === undefined ? null : chart.plot?.data[1][chart.at];
            const of = (value) => as_text(value);
            say(
                caption,
                !values.length
                    ? title
                    : `${title}: ${at === null || at === undefined ? `now ${of(values.at(-1))}` : of(at)}, at most ${of(
                          Math.max(...values),
                      )} in ${span(values.length)}`,
            );
        };
        chart.point = (at) => {
            chart.at = at;
            write();
        };
        chart.write = write;
        return chart;
    }

    write_details() {
        const {facts, rate} = this.side;
        const rows = [
            ["here for", span(facts.age)],
            ["address", facts.address],
            facts.frame === null || facts.frame === undefined
                ? null
                : ["frame", whole(facts.frame)],
            ["moves", `${bytes(rate)}/s`],
            facts.to_relay === undefined
                ? null
                : ["from it, to it", `${bytes(facts.to_relay)}, ${bytes(facts.from_relay)}`],
            ["not yet taken", bytes(facts.kept_bytes)],
            facts.ping_ms === null ? null : [
                      facts.place ? "game answers in" : "frontend answers in",
                      milliseconds(facts.ping_ms),
                  ],
            facts.ahead === undefined ? null : ["frames ahead", whole(facts.ahead)],
            facts.waits === undefined
                ? null
                : [
                      "others waited for it",
                      `${many(facts.waits, "time")}, ${facts.waited.toFixed(1)} s`,
                  ],
            facts.repeats_last_minute === undefined
                ? null
                : [
                      "frames repeated for it",
                      `${whole(facts.repeats_last_minute)} in the last minute`,
                  ],
            facts.packets === undefined
                ? null
                : ["packets from it, for it", facts.packets.map(whole).join(", ")],
            facts.dropped === undefined ? null : ["dropped for it", many(facts.dropped, "message")],
            facts.resumes === undefined ? null : ["came back", many(facts.resumes, "time")],
            facts.desyncs === undefined ? null : ["desyncs", whole(facts.desyncs)],
            facts.unanswered ? ["silent to a ping", span(facts.unanswered)] : null,
            facts.stage && facts.stage !== "game" ? ["stage", spaced(facts.stage)] : null,
        ].filter(Boolean);
        while (this.facts.children.length < rows.length)
            this.facts.append(make("div", {}, make("dt"), make("dd")));
        while (this.facts.children.length > rows.length) this.facts.lastElementChild.remove();
        rows.forEach(([name, value], at) => {
            say(this.facts.children[at].children[0], name);
            say(this.facts.children[at].children[1], value);
        });
        for (const chart of this.large) {
            chart.draw();
            chart.write();
        }
    }

    ask() {
        const {facts} = this.side;
        const name = name_of(this.side);
        const is_host = facts.role === "host" || facts.ends_game;
        // A peer may lose its connection while the question stands there: its place has no other name.
        const whom = facts.place ?? {id: facts.id};
        const ban_fields = [
            [
                "minutes",
                "Ban for so many minutes",
                {
                    type: "number",
                    min: 1,
                    max: 525600,
                    value: 60,
                    inputmode: "numeric",
                    required: true,
                },
            ],
            [
                "reason",
                "Because of",
                {type: "text", maxlength: 120, placeholder: "for the list of bans"},
            ],
        ];
        const kick_and_ban = [
            "Kick and ban",
            true,
            ({minutes, reason}) =>
                this.steer.act("kick", {
                    id: facts.id,
                    ban_seconds: Number(minutes) * 60,
                    ...(reason ? {reason} : {}),
                }),
        ];
        const can_be_banned = Boolean(facts.id); // by the address of its connection
        ask_in_place(this.send_away, this.head, {
            question: is_host
                ? `Send ${name} away? Its ${facts.ends_game ? "party" : "session"} ends for all who play there.`
                : `Send ${name} away?`,
            fields: can_be_banned ? ban_fields : [],
            actions: [
                ["Kick", true, () => this.steer.act("kick", whom)],
                ...(can_be_banned ? [kick_and_ban] : []),
            ],
            done: `${name} was sent away.`,
        });
    }
}
