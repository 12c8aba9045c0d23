// The list of games. A game keeps its element, so that a button stays under the finger.

import {by, copy_button, make, mark, say, show} from "./tools.js";

const count_of = (number, one, many) => `${number} ${number === 1 ? one : many}`;

function age_of(seconds) {
    if (seconds < 60) return "opened a moment ago";
    const minutes = Math.floor(seconds / 60);
    if (minutes < 60) return `open for ${count_of(minutes, "minute", "minutes")}`;
    const hours = Math.floor(minutes / 60);
    if (hours < 48) return `open for ${count_of(hours, "hour", "hours")}`;
    return `open for ${Math.floor(hours / 24)} days`;
}

function people_of(game) {
    const parts = [];
    if (game.kind === "party")
        return game.people === 1 ? "the host waits for others" : `${game.people} play`;
    if (game.players === null) {
        parts.push(game.people === 1 ? "the host waits for guests" : `${game.people} people`);
    } else {
        parts.push(game.players === 1 ? "1 plays" : `${game.players} play`);
        if (game.watchers) parts.push(game.watchers === 1 ? "1 watches" : `${game.watchers} watch`);
    }
    const text = parts.join(", ");
    return game.nicks?.length ? `${text}: ${game.nicks.join(", ")}` : text;
}

function free_of(game) {
    if (game.kind === "party" && !game.lets_in) return "lets nobody in";
    if (!game.free) return "full";
    if (game.kind === "session") return "open to guests";
    return count_of(game.free, "place free", "places free");
}

function facts_of(game) {
    const facts = [];
    if (game.content) facts.push(`content ${game.content}`);
    if (game.asks_password) facts.push("asks for a password");
    facts.push(age_of(game.age_seconds));
    return facts.join(" · ");
}

function title_of({kind, game, core, core_version, people}) {
    if (kind === "party") return game ?? "A game of Godot";
    if (core === null) return people > 1 ? "A game" : "A game nobody has joined yet";
    return core_version ? `${core} ${core_version}` : core;
}

// What is typed in a menu. Only names, ports and ids are in it: whatever players have chosen (nicks,
// names of cores) never gets into a command that somebody runs.
function join_text(game, texts) {
    const host = `${texts.name}|${game.port}`;
    if (game.kind === "party") return game.code;
    if (game.session) return `${host}|${game.session}`;
    return game.port === 55435 ? texts.name : host;
}

const command = (text) => ["retroarch", "-L core.so", `--connect "${text}"`, "--nick me", "game.file"];

// Each option stays in one piece if there is room for it.
function write_command(element, words) {
    if (element.textContent === words.join(" ")) return;
    element.replaceChildren(...words.flatMap((word, at) => [at ? " " : "", make("span", {class: "word"}, word)]));
}

const join_names = {
    session: ["Join text", "the join text"],
    room: ["Address", "the address"],
    party: ["Code", "the code"],
};

// A game of Godot is started by its players: they type the code there, and the address of the relay
// if the game does not know it.
const second_text = (game, texts) =>
    game.kind === "party" ? [texts.godot] : command(join_text(game, texts));

class Card {
    constructor(game) {
        this.title = make("h3");
        this.free = make("span", {class: "free"});
        this.facts = make("p", {class: "facts"});
        this.people = make("p", {class: "people"});
        this.join = make("code", {class: "join-text"});
        this.command = make("code", {class: "command"});
        const [name, what] = join_names[game.kind];
        const [second, second_what] = game.kind === "party"
            ? ["On the relay", "the relay’s address"] : ["Or start with", "the command line"];
        this.element = make("li", {class: "game new"},
            make("div", {class: "top"}, this.title,
                 make("span", {class: "kind"}, game.kind === "party" ? "Godot" : game.kind),
                 this.free),
            this.facts, this.people,
            make("div", {class: "copy"}, make("span", {class: "name"}, name),
                 this.join, copy_button(() => this.join.textContent, what)),
            make("div", {class: "copy"}, make("span", {class: "name"}, second),
                 this.command, copy_button(() => this.command.textContent, second_what)));
    }

    take(game, texts) {
        const text = join_text(game, texts);
        say(this.title, title_of(game));
        say(this.free, free_of(game));
        mark(this.free, "none", !game.free || game.lets_in === false);
        say(this.facts, facts_of(game));
        say(this.people, people_of(game));
        say(this.join, text);
        write_command(this.command, second_text(game, texts));
    }
}

export class Games {
    #cards = new Map();

    take(data, texts) {
        const keys = new Set(data.games.map(({key}) => key));
        for (const [key, card] of this.#cards) {
            if (keys.has(key)) continue;
            card.element.remove();
            this.#cards.delete(key);
        }
        for (const game of data.games) {
            let card = this.#cards.get(game.key);
            if (!card) {
                card = new Card(game);
                this.#cards.set(game.key, card);
                by("list").append(card.element);
            }
            card.take(game, texts);
        }
        say(by("count"), data.games.length ? count_of(data.games.length, "game", "games") : "");
        show(by("nobody"), !data.games.length);
        say(by("nobody"), data.leads_into_rooms
            ? `No game that is shown here is open. Open one: load a game, and connect to ${texts.relay}. ` +
              "Whoever does the same with the same game meets you there."
            : "No game that is shown here is open. Below is how to host one.");
    }
}
