// The other nodes of the fleet, and their games: asked for every few seconds while they are shown.

import {by, make, mark, say, show} from "./tools.js";
import {many, span, whole} from "./words.js";

const ask_every_ms = 3000;
const kept_as = "netplay-relay fleet"; // of this tab: which view it has
// As the head has its colours.
const states = {up: "running", closed: "closed", draining: "draining", down: "stopping"};

// Of those who hop, what a node's own status tells; older ones tell of none.
const hops_of = (fleet) =>
    [
        fleet?.hops_sent ? `${many(fleet.hops_sent, "player")} passed on to other nodes` : "",
        fleet?.hops_taken ? `${many(fleet.hops_taken, "player")} from other nodes` : "",
    ].filter(Boolean);

const people_of = (use) => use.sessions + use.links + use.members + use.peers;
const names_of = (sides) => [...new Set(sides.filter(Boolean))].join(", ");

// Of a node's status, what its list has of each game.
function games_of({node, status}) {
    const of = (kind, id, title, names, people, age) => ({
        key: `${node} ${kind} ${id}`,
        node,
        kind,
        id: String(id),
        title,
        names,
        people,
        age,
    });
    const sessions = status.sessions.map((session) => {
        const games = session.links.map((link) => link.game).filter(Boolean);
        return of(
            "session",
            session.id,
            games.find((game) => game.core)?.core.name ?? "",
            names_of(games.flatMap((game) => [game.host.nick, game.guest.nick])),
            1 + session.links.length,
            session.age_seconds,
        );
    });
    const rooms = status.rooms.map((room) =>
        of(
            "room",
            room.number,
            room.core,
            names_of(room.members.map((member) => member.nick)),
            room.members.length,
            room.age_seconds,
        ),
    );
    const parties = status.parties.map((party) =>
        of("party", party.code, party.game, "", party.peers.length, party.age_seconds),
    );
    return [...sessions, ...rooms, ...parties];
}

// A row of a table, which is written anew where it differs.
function write_row(row, texts) {
    while (row.children.length < texts.length)
        row.append(row.children.length ? make("td") : make("th", {scope: "row"}));
    texts.forEach((text, at) => say(row.children[at], text));
}

function table_of(id, names) {
    const body = make("tbody");
    const head = make("tr", {}, ...names.map((name) => make("th", {scope: "col"}, name)));
    const table = make("table", {id}, make("thead", {}, head), body);
    return {table, body, rows: new Map()};
}

function write_rows({body, rows}, entries) {
    const keys = new Set(entries.map(([key]) => key));
    for (const [key, row] of rows)
        if (!keys.has(key)) {
            row.remove();
            rows.delete(key);
        }
    entries.forEach(([key, texts], at) => {
        const row = rows.get(key) ?? make("tr");
        rows.set(key, row);
        write_row(row, texts);
        if (body.children[at] !== row) body.insertBefore(row, body.children[at] ?? null);
    });
}

export class Fleet {
    constructor() {
        this.is_shown = sessionStorage.getItem(kept_as) === "all";
        this.timer = 0;
        this.games = [];
        this.all_answer = true;
        this.buttons = [
            make("button", {type: "button", onclick: () => this.choose(false)}, "This node"),
            make("button", {type: "button", onclick: () => this.choose(true)}, "All nodes"),
        ];
        this.summary = make("p", {class: "count", role: "status"});
        this.fault = make("p", {class: "bad", hidden: true});
        this.nodes = make("ul", {class: "nodes"});
        by("fleet").append(
            make(
                "div",
                {class: "bar"},
                make("h2", {id: "fleet-title"}, "Fleet"),
                this.summary,
                ...this.buttons,
            ),
            this.fault,
            this.nodes,
        );
        this.list = table_of("elsewhere-games", ["node", "game", "what", "who", "people", "age"]);
        this.none = make("p", {class: "small"});
        by("elsewhere").append(
            make("h2", {}, "At other nodes"),
            make("p", {class: "small"}, "To steer one of them, open the page of its node."),
            this.none,
            this.list.table,
        );
        by("filter").addEventListener("input", () => this.write_games());
        addEventListener("visibilitychange", () => this.look());
        this.mark();
    }

    // Of this node, what its own status says of the fleet.
    take(status) {
        const {fleet} = status;
        this.is_there = Boolean(fleet);
        show(by("fleet"), this.is_there);
        if (!fleet) return this.mark();
        const down = fleet.nodes - fleet.up;
        say(
            this.summary,
            [
                `node ${fleet.node} of ${fleet.nodes}`,
                ...(down ? [`${many(down, "node")} down`] : []),
                ...hops_of(fleet),
                ...(fleet.problem ? [fleet.problem] : []),
            ].join(", "),
        );
        mark(this.summary, "bad", down > 0 || Boolean(fleet.problem));
        if (this.is_shown && !this.timer) this.look();
    }

    choose(all) {
        this.is_shown = all;
        sessionStorage.setItem(kept_as, all ? "all" : "own");
        this.mark();
        this.look();
    }

    mark() {
        this.buttons.forEach((button, at) =>
            button.setAttribute("aria-pressed", Boolean(at) === this.is_shown),
        );
        const shown = Boolean(this.is_there && this.is_shown);
        show(this.nodes, shown);
        show(by("elsewhere"), shown);
        show(this.fault, false);
    }

    async look() {
        clearTimeout(this.timer);
        this.timer = 0;
        if (!this.is_there || !this.is_shown || document.hidden || this.is_asking) return;
        this.is_asking = true;
        let fault = "";
        try {
            const response = await fetch("fleet", {cache: "no-store", credentials: "omit"});
            const answer = await response.json();
            if (response.ok)
                this.write(answer);
            else
                fault = answer.error;
        } catch {
            fault = "this node does not answer";
        }
        this.is_asking = false;
        this.mark();
        say(this.fault, fault && `No word of the nodes: ${fault}.`);
        show(this.fault, Boolean(fault) && this.is_shown);
        if (this.is_shown && !document.hidden)
            this.timer = setTimeout(() => this.look(), ask_every_ms);
    }

    write({nodes}) {
        while (this.nodes.children.length > nodes.length)
            this.nodes.lastElementChild.remove();
        nodes.forEach((node, at) => this.write_node(node, at));
        this.all_answer = nodes.every((node) => node.status);
        const others = nodes.filter((node) => node.status && !node.own);
        this.games = others.flatMap(games_of).sort((a, b) => a.node - b.node || b.age - a.age);
        this.write_games();
    }

    write_node({node, own, address, state, problem, status}, at) {
        if (!this.nodes.children[at])
            this.nodes.append(
                make("li", {class: "figure"}, ...["h3", "b", "p", "p"].map((name) => make(name))),
            );
        const place = this.nodes.children[at];
        const [title, word, first, second] = place.children;
        place.dataset.state = states[state];
        say(title, `Node ${node}${own ? " (this one)" : ""}`);
        say(word, state === "closed" ? "closed to new" : state);
        if (!status) {
            say(first, problem);
            say(second, address);
            return;
        }
        const {use, limits} = status;
        say(
            first,
            [
                ...(problem ? [problem] : []),
                many(people_of(use), "person", "people"),
                many(use.sessions, "session"),
                many(use.rooms, "room"),
                many(use.parties, "party", "parties"),
                ...hops_of(status.fleet),
            ].join(", "),
        );
        say(
            second,
            `${whole(use.connections)} of ${many(limits.connections, "connection")}, ` +
                `${status.version}, up ${span(status.uptime_seconds)}`,
        );
    }

    write_games() {
        const words = by("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
        const fits = ({kind, id, title, names}) => {
            const text = `${kind} ${id} ${title} ${names}`.toLowerCase();
            return words.every((word) => text.includes(word));
        };
        const games = this.games.filter(fits);
        write_rows(
            this.list,
            games.map((game) => [
                game.key,
                [
                    String(game.node),
                    `${game.kind} ${game.id}`,
                    game.title,
                    game.names,
                    whole(game.people),
                    span(game.age),
                ],
            ]),
        );
        show(this.list.table, games.length > 0);
        show(this.none, !games.length);
        say(
            this.none,
            this.games.length
                ? "No game is like that."
                : this.all_answer
                  ? "Nobody plays there."
                  : "Nobody plays at those that answer; of those that are down nothing is known.",
        );
    }
}
