// The controls of the relay as a whole, shown when the token was entered.

import {by, copy_button, make, say, show} from "./tools.js";
import {ask_in_place, tell} from "./steer.js";
import {many, span} from "./words.js";

const minutes = {type: "number", min: 1, step: "any", max: 5256000, inputmode: "numeric"};
const seconds_of = (text) => (text ? {seconds: Math.round(Number(text) * 60)} : {});

// A form that is always there: inputs, one button, its own line for what was wrong.
function form_of(fields, label, order, is_danger = false) {
    const inputs = Object.fromEntries(
        fields.map(([name, , attributes]) => [name, make("input", {name, ...attributes})]),
    );
    const button = make(
        "button",
        {
            type: "submit",
            class: is_danger ? "danger" : "",
            "aria-expanded": is_danger ? "false" : null,
        },
        label,
    );
    const fault = make("p", {class: "bad", role: "alert", hidden: true});
    const form = make(
        "form",
        {},
        ...fields.map(([name, text]) => make("label", {}, text, inputs[name])),
        make("div", {class: "buttons"}, button),
        fault,
    );
    form.addEventListener("submit", async (event) => {
        event.preventDefault();
        show(fault, false);
        const values = Object.fromEntries(
            Object.entries(inputs).map(([name, input]) => [name, input.value.trim()]),
        );
        const answer = await order(values, button, form);
        if (answer?.error) {
            say(fault, answer.error);
            show(fault, true);
        } else if (answer) {
            form.reset();
        }
    });
    return form;
}

const goes_on = "What is open goes on to its end.";

const part = (title, ...children) => make("details", {}, make("summary", {}, title), ...children);

export class Controls {
    constructor(steer, model) {
        this.steer = steer;
        this.model = model;
        this.bans = make("ul", {class: "list"});
        this.reserved = make("ul", {class: "list"});
        this.new_button = make("button", {
            type: "button",
            "aria-expanded": "false",
            onclick: () => this.ask_new(),
        });
        this.new_row = make("div", {class: "buttons"}, this.new_button);
        this.undrain = make(
            "button",
            {
                type: "button",
                onclick: () => this.act("undrain", {}, "New ones are taken in again."),
            },
            "Stop draining",
        );
        by("steering-body").append(
            this.new_row,
            this.drain_part(),
            this.say_part(),
            this.ban_part(),
            this.reserve_part(),
            this.log_part(),
        );
        steer.on_change((allowed) => {
            show(by("steering"), allowed);
            if (allowed) this.look();
        });
    }

    // What the status says of it.
    take(status) {
        this.takes_new = status.takes_new !== false;
        say(
            this.new_button,
            this.takes_new ? "Take in nothing new…" : "Take in new sessions and rooms",
        );
        show(this.new_row, status.state === "running");
        const is_planned = typeof status.drain_starts_in_seconds === "number";
        show(this.undrain, status.state === "draining" || is_planned);
        say(this.undrain, is_planned ? "Call the drain off" : "Stop draining");
        show(this.drain_form, status.state === "running");
        if (this.ban_count !== status.bans && this.steer.allowed()) {
            this.ban_count = status.bans;
            this.look();
        }
    }

    // The feed told that somebody, perhaps another tab, has done something.
    has_changed() {
        if (this.steer.allowed()) this.look();
    }

    async act(path, body, done) {
        const answer = await this.steer.act(path, body);
        tell(answer.error ?? done, Boolean(answer.error));
        return answer;
    }

    ask_new() {
        if (!this.takes_new) {
            this.act("new", {allowed: true}, "New sessions and rooms are taken in again.");
            return;
        }
        ask_in_place(this.new_button, this.new_row, {
            question:
                "Take in no new sessions, rooms and parties? Those that are open go on, and can be joined.",
            actions: [["Take in nothing new", true, () => this.steer.act("new", {allowed: false})]],
            done: "New sessions and rooms are turned away now.",
        });
    }

    drain_part() {
        this.drain_form = form_of(
            [
                [
                    "minutes",
                    "In so many minutes (empty: at once)",
                    {...minutes, min: 0},
                ],
                ["message", "Tell the players", {type: "text", maxlength: 200}],
            ],
            "Drain…",
            (values, button, form) => this.ask_drain(values, button, form),
            true,
        );
        return part("Drain", this.drain_form, this.undrain);
    }

    ask_drain({minutes: count, message}, button, form) {
        ask_in_place(button, form, {
            question: count
                ? `Take in nothing new from in ${many(Number(count), "minute")} on? ${goes_on}`
                : `Take in nothing new from now on? ${goes_on}`,
            actions: [
                [
                    "Drain",
                    true,
                    async () => {
                        const answer = await this.steer.act("drain", {
                            in_seconds: Math.round(Number(count || 0) * 60),
                            message,
                        });
                        if (!answer.error) form.reset();
                        return answer;
                    },
                ],
            ],
            done: count ? "The drain is planned." : "The relay drains.",
        });
        return null;
    }

    say_part() {
        return part(
            "Say to all rooms",
            form_of(
                [["text", "Text", {type: "text", required: true, maxlength: 200}]],
                "Say it",
                async ({text}) => {
                    const answer = await this.steer.act("say", {text});
                    if (!answer.error) tell("It was said to all rooms.");
                    return answer;
                },
            ),
        );
    }

    ban_part() {
        return part(
            "Bans",
            this.bans,
            form_of(
                [
                    [
                        "network",
                        "Address or network",
                        {
                            type: "text",
                            required: true,
                            placeholder: "203.0.113.0/24",
                            spellcheck: "false",
                        },
                    ],
                    ["minutes", "For so many minutes (empty: for good)", minutes],
                    ["reason", "Because of", {type: "text", maxlength: 120}],
                ],
                "Ban…",
                (values, button, form) => this.ask_ban(values, button, form),
                true,
            ),
        );
    }

    ask_ban({network, minutes: count, reason}, button, form) {
        ask_in_place(button, form, {
            question: `Ban ${network} ${count ? `for ${span(count * 60)}` : "for good"}? ${
                "Whoever is here from there has to go."
            }`,
            actions: [
                [
                    "Ban",
                    true,
                    async () => {
                        const answer = await this.steer.act("ban", {
                            network,
                            ...seconds_of(count),
                            reason,
                        });
                        if (!answer.error) {
                            form.reset();
                            this.look();
                        }
                        return answer;
                    },
                ],
            ],
            done: `${network} is banned.`,
        });
        return null;
    }

    reserve_part() {
        return part(
            "Reserved sessions",
            this.reserved,
            form_of(
                [
                    [
                        "session",
                        "Session id (empty: make one)",
                        {type: "text", maxlength: 16, spellcheck: "false"},
                    ],
                    [
                        "networks",
                        "For hosts of",
                        {
                            type: "text",
                            required: true,
                            placeholder: "203.0.113.7, 2001:db8::/64",
                            spellcheck: "false",
                        },
                    ],
                    ["minutes", "For so many minutes (empty: for good)", minutes],
                ],
                "Reserve",
                async ({session, networks, minutes: count}) => {
                    const answer = await this.steer.act("reserve", {
                        ...(session ? {session} : {}),
                        networks: networks.split(/[\s,]+/).filter(Boolean),
                        ...seconds_of(count),
                    });
                    if (answer.error) return answer;
                    tell(`${answer.session ?? session} is reserved.`);
                    this.look();
                    return answer;
                },
            ),
        );
    }

    log_part() {
        const select = make(
            "select",
            {name: "level"},
            ...["debug", "info", "warning", "error"].map((level) =>
                make("option", {value: level, selected: level === "info"}, level),
            ),
        );
        const form = form_of([], "Set", () =>
            this.act("log_level", {level: select.value}, `The log is at ${select.value} now.`).then(
                () => null,
            ),
        );
        form.prepend(make("label", {}, "Level", select));
        return part("Log", form);
    }

    // The lists, as they are now.
    async look() {
        const [bans, reservations] = await Promise.all([
            this.steer.look("bans"),
            this.steer.look("reservations"),
        ]);
        if (!bans.error)
            this.write(this.bans, bans.bans ?? bans, "Nobody is banned.", (ban) =>
                this.ban_row(ban),
            );
        if (!reservations.error)
            this.write(this.reserved, reservations.reservations ?? reservations, "None.", (one) =>
                this.reservation_row(one),
            );
    }

    write(list, rows, none, row_of) {
        const written = JSON.stringify(rows);
        if (list.written === written) return;
        list.written = written;
        list.replaceChildren(
            ...(Array.isArray(rows) && rows.length
                ? rows.map(row_of)
                : [make("li", {class: "small"}, none)]),
        );
    }

    ban_row(ban) {
        const until = ban.until ? `until ${new Date(ban.until).toLocaleString()}` : "for good";
        const row = make(
            "li",
            {},
            make("code", {}, ban.network),
            make(
                "span",
                {class: "small"},
                [until, ban.reason, ban.by && `by ${ban.by}`].filter(Boolean).join(" · "),
            ),
        );
        row.append(
            make(
                "button",
                {
                    type: "button",
                    class: "quiet",
                    "aria-label": `Lift the ban of ${ban.network}`,
                    onclick: () =>
                        this.lift(
                            "unban",
                            {network: ban.network},
                            `${ban.network} may come again.`,
                        ),
                },
                "Lift",
            ),
        );
        return row;
    }

    reservation_row(one) {
        const until = one.until ? `until ${new Date(one.until).toLocaleString()}` : "for good";
        const row = make(
            "li",
            {},
            make("code", {}, one.session),
            make(
                "span",
                {class: "small"},
                [(one.networks ?? []).join(", ") || "anybody", until].join(" · "),
            ),
            copy_button(() => one.session, one.session),
        );
        row.append(
            make(
                "button",
                {
                    type: "button",
                    class: "quiet",
                    "aria-label": `Lift the reservation of ${one.session}`,
                    onclick: () =>
                        this.lift(
                            "unreserve",
                            {session: one.session},
                            `${one.session} is no longer reserved.`,
                        ),
                },
                "Lift",
            ),
        );
        return row;
    }

    async lift(path, body, done) {
        await this.act(path, body, done);
        await this.look();
        if (document.activeElement === document.body)
            by("steering").querySelector("summary").focus();
    }
}
