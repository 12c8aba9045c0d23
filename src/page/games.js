// The list of games. Only those in view, or nearly, have rows and charts; the others keep their
// height.

import {copy_button, by, make, mark, say, show} from "./tools.js";
import {qr_button} from "./figures.js";
import {ask_in_place} from "./steer.js";
import {SideRow, name_of} from "./sides.js";
import {bytes, many, span, whole} from "./words.js";

const order_every_ms = 5000; // a list that jumps cannot be read
const pointed_ms = 3000;
const limits = {session: "seat", room: "place", party: "peer"};

class Card {
    constructor(game, steer, reach) {
        this.game = game;
        this.steer = steer;
        this.reach = reach;
        this.rows = new Map();
        this.near = false;
        this.title = make("h3", {id: `title ${game.key}`.replaceAll(" ", "-")});
        this.element = make(
            "article",
            {class: "card far", "aria-labelledby": this.title.id},
            this.title,
        );
        this.element.card = this;
        this.write_title();
        this.estimate();
    }

    write_title() {
        const {game} = this;
        say(
            this.title,
            game.title ?? (game.people > 1 ? "A game not known yet" : "Waits for players"),
        );
    }

    // Its height while it is far, in rows.
    estimate() {
        if (this.sides === this.game.sides.size) return;
        this.sides = this.game.sides.size;
        this.element.style.setProperty("--sides", this.sides);
    }

    build() {
        const {game} = this;
        const is_session = game.kind === "session";
        const has_join_text = game.join_text !== null;
        this.kind = make(
            "span",
            {class: "kind"},
            is_session ? "session" : `${game.kind} ${game.id}`,
        );
        this.level = make("span", {class: "level"});
        this.meta = make("p", {class: "meta"});
        this.end_button = make(
            "button",
            {
                type: "button",
                class: "quiet",
                "aria-expanded": "false",
                onclick: () => this.ask_end(),
            },
            `End ${game.kind}…`,
        );
        this.say_button =
            game.kind !== "room"
            ? null
            : make(
                  "button",
                  {
                      type: "button",
                      class: "quiet",
                      "aria-expanded": "false",
                      onclick: () => this.ask_say(),
                  },
                  "Say…",
              );
        this.bar = make(
            "div",
            {class: "join"},
            ...(has_join_text
                ? [
                      make("code", {}, game.join_text),
                      copy_button(() => game.join_text, is_session ? "the join text" : "the code"),
                      qr_button(() => game.join_text),
                  ]
                : []),
            make("span", {class: "act"}, this.say_button, this.end_button),
        );
        this.list = make("ul", {class: "sides"});
        this.head = make(
            "div",
            {class: "head"},
            make("div", {class: "titles"}, this.title, this.kind, this.level),
            this.bar,
            this.meta,
        );
        this.element.append(this.head, this.list);
    }

    come_near() {
        this.near = true;
        if (!this.head) this.build();
        mark(this.element, "far", false);
        this.write();
    }

    go_far() {
        this.near = false;
        if (this.is_busy()) return;
        for (const row of this.rows.values()) row.end();
        this.rows.clear();
        this.element.replaceChildren(this.title);
        this.head = null;
        mark(this.element, "far", true);
    }

    is_busy() {
        return (
            this.element.contains(document.activeElement) ||
            this.element.querySelector(".ask, .qr") !== null ||
            [...this.rows.values()].some((row) => row.is_busy())
        );
    }

    write() {
        this.write_title();
        this.estimate();
        if (!this.head) return;
        const {game} = this;
        say(
            this.meta,
            [
                `${game.taken} of ${many(game.limit, limits[game.kind])}`,
                game.kept ? `${game.kept} kept` : null,
                game.waiting ? `${game.waiting} waiting` : null,
                game.frame === null ? null : `frame ${whole(game.frame)}`,
                span(game.age),
                `${bytes(game.rate)}/s`,
                game.content ? `content ${game.content}` : null,
                game.join_port ? `port ${game.join_port}` : null,
                game.by_password ? "by password" : null,
                game.reserved ? "reserved" : null,
                game.mesh ? "mesh" : null,
                game.shown ? "its host wants it shown to everybody" : null,
                game.refuses ? "lets nobody in" : null,
                game.state === "ending" ? "its host has left" : null,
            ]
                .filter(Boolean)
                .join(" · "),
        );
        say(
            this.level,
            game.level && game.worst
                ? `${name_of(game.worst)} ${game.level === 2 ? "lags" : "is slow"}`
                : "",
        );
        this.element.dataset.level = game.level;
        show(this.end_button, this.steer.allowed());
        if (this.say_button) show(this.say_button, this.steer.allowed());
        show(this.bar, game.join_text !== null || this.steer.allowed());
        for (const [key, row] of this.rows)
            if (!game.sides.has(key)) {
                const had = row.element.contains(document.activeElement);
                row.end();
                this.rows.delete(key);
                if (had) by("games").focus({preventScroll: true});
            }
        for (const [key, side] of game.sides) {
            const row = this.rows.get(key);
            if (row) {
                row.write();
                continue;
            }
            const added = new SideRow(side, this.steer);
            this.rows.set(key, added);
            this.list.append(added.element);
        }
    }

    ask_end() {
        const {game, steer} = this;
        ask_in_place(this.end_button, this.head, {
            question: `End this ${game.kind}? ${many(game.people, "person has", "people have")} to go.`,
            actions: [
                [
                    `End the ${game.kind}`,
                    true,
                    () => steer.act("end", {[game.kind]: game.id}),
                ],
            ],
            done: `The ${game.kind} was ended.`,
        });
    }

    ask_say() {
        const {game, steer} = this;
        ask_in_place(this.say_button, this.head, {
            question: `Say to all in room ${game.id}:`,
            fields: [["text", "Text", {type: "text", required: true, maxlength: 200}]],
            actions: [["Say it", false, ({text}) => steer.act("say", {room: game.id, text})]],
            done: "It was said.",
        });
    }

    end() {
        for (const row of this.rows.values()) row.end();
        if (this.element.contains(document.activeElement)) by("games").focus({preventScroll: true});
        this.element.remove();
    }

    matches(words) {
        if (!words.length) return true;
        const {game} = this;
        const text = [
            game.title,
            game.kind,
            game.id,
            game.join_text,
            game.content,
            ...[...game.sides.values()].map(({facts}) => `${facts.nick ?? ""} ${facts.address}`),
        ]
            .join(" ")
            .toLowerCase();
        return words.every((word) => text.includes(word));
    }
}

const orders = {
    // In steps of half as much again, so that what is nearly the same keeps its order.
    lag: (a, b) => step_of(b) - step_of(a) || b.age - a.age,
    new: (a, b) => a.age - b.age,
    people: (a, b) => b.people - a.people || b.age - a.age,
};
const step_of = (game) => (game.level ? Math.floor(Math.log(game.lag) / Math.log(1.5)) : 0);

export class Games {
    constructor(model, steer) {
        this.model = model;
        this.steer = steer;
        this.cards = new Map();
        this.place = by("cards");
        this.ordered = 0;
        this.pointed = 0;
        this.observer = new IntersectionObserver(
            (entries) => {
                for (const {target, isIntersecting} of entries)
                    if (isIntersecting) target.card.come_near();
                    else target.card.go_far();
            },
            {rootMargin: "250px 0px"},
        );
        this.place.addEventListener("pointermove", () => (this.pointed = Date.now()));
        by("filter").addEventListener("input", () => this.sift());
        by("order").addEventListener("change", () => this.order(true));
        steer.on_change(() => {
            for (const card of this.cards.values()) if (card.near) card.write();
        });
    }

    take() {
        const {games} = this.model;
        let is_new = false;
        for (const [key, card] of this.cards)
            if (games.get(key) !== card.game) {
                this.observer.unobserve(card.element);
                card.end();
                this.cards.delete(key);
            }
        for (const [key, game] of games) {
            const card = this.cards.get(key);
            if (card) {
                if (card.near || card.head) card.write();
                else card.estimate();
                continue;
            }
            const added = new Card(game, this.steer);
            this.cards.set(key, added);
            this.place.append(added.element);
            this.observer.observe(added.element);
            is_new = true;
        }
        this.sift();
        this.order(is_new && !this.ordered);
    }

    sift() {
        const words = by("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
        let shown = 0;
        for (const card of this.cards.values()) {
            const fits = card.matches(words);
            show(card.element, fits);
            shown += fits;
        }
        say(
            by("count"),
            words.length ? `${whole(shown)} of ${whole(this.cards.size)}` : whole(this.cards.size),
        );
        show(by("nobody"), !shown);
        say(
            by("nobody"),
            this.cards.size
                ? "No game is like that."
                : "Nobody is here. Games appear as they are opened.",
        );
    }

    order(now) {
        const wait =
            this.place.contains(document.activeElement) || Date.now() - this.pointed < pointed_ms;
        if (!now && (wait || Date.now() - this.ordered < order_every_ms)) return;
        this.ordered = Date.now();
        const cards = [...this.cards.values()].sort((a, b) =>
            orders[by("order").value](a.game, b.game),
        );
        let next = this.place.firstElementChild;
        for (const {element} of cards) {
            if (element === next) {
                next = next.nextElementSibling;
            } else if (next?.nextElementSibling === element) {
                const moved = next; // sank; its turn comes
                next = element.nextElementSibling;
                this.place.append(moved);
            } else {
                this.place.insertBefore(element, next);
            }
        }
    }
}
