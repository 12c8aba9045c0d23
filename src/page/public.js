// Puts the page for everybody together: asks for the games as long as somebody looks, and writes the
// relay's name wherever it has to be typed.

import {Games} from "./public_games.js";
import {LineTest} from "./public_line.js";
import {by, copy_button, say, show} from "./tools.js";

const interval_ms = 5000;
const usual_port = 55435;
const games = new Games();
let timer = 0;
let failed = 0;

// What players type. Nobody but the browser knows by which name it has come here.
function texts_of({name, port}) {
    const host = name ?? location.hostname.replace(/^\[|\]$/g, "");
    const in_url = host.includes(":") ? `[${host}]` : host;
    return {
        relay: port === usual_port ? host : `${host}|${port}`,
        host: `${host}|${port}`,
        name: host,
        godot: port === usual_port ? in_url : `${in_url}:${port}`,
    };
}

function write_names(texts) {
    for (const element of document.querySelectorAll("[data-say]"))
        say(element, element.dataset.say.replace(/\{(relay|host|godot)\}/g, (_, key) => texts[key]));
}

function take(data) {
    const texts = texts_of(data.relay);
    const title = data.title ?? `Games on ${texts.name}`;
    say(by("title"), title);
    if (document.title !== title) document.title = title;
    write_names(texts);
    for (const element of document.querySelectorAll(".rooms-only")) show(element, data.leads_into_rooms);
    games.take(data, texts);
    show(by("trouble"), !data.takes_new);
    say(by("trouble"), data.takes_new ? "" : "The relay opens no new games for now; those that are open go on.");
}

async function look() {
    clearTimeout(timer);
    if (document.hidden) return;
    try {
        const answer = await fetch("games", {cache: "no-store"});
        if (!answer.ok) throw new Error(String(answer.status));
        take(await answer.json());
        failed = 0;
    } catch {
        // One alone is a restart of the relay, or a line that blinked.
        if (++failed > 1) {
            show(by("trouble"), true);
            say(by("trouble"), "The relay does not answer; what is below may be of before. Trying again.");
        }
    }
    clearTimeout(timer);
    timer = setTimeout(look, interval_ms * Math.min(1 + failed, 6));
}

document.addEventListener("visibilitychange", look);
by("reach").after(copy_button(() => by("reach").textContent, "the relay’s address"));
new LineTest();
look();
