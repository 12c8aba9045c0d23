// Puts the page together: what comes of the stream goes into the model, and from there onto the
// screen, once a frame at most.

import {Controls} from "./controls.js";
import {Feed} from "./feed.js";
import {Figures} from "./figures.js";
import {Fleet} from "./fleet.js";
import {Games} from "./games.js";
import {Model} from "./model.js";
import {Steer} from "./steer.js";
import {SharedStream} from "./stream.js";
import {by, later, mark, say} from "./tools.js";

const model = new Model();
const steer = new Steer();
const figures = new Figures(model);
const games = new Games(model, steer);
const feed = new Feed();
const fleet = new Fleet();
const controls = new Controls(steer, model);
let drain_end = null;

function take(kind, data) {
    if (kind === "line") return take_line(data);
    take_line({up: true});
    if (kind !== "status") {
        feed.take({event: kind, ...data});
        if (kind === "draining" && data.ends_in_seconds)
            drain_end = Date.parse(data.at) + 1000 * data.ends_in_seconds;
        if (kind === "undrained") drain_end = null;
        if (kind === "control") controls.has_changed();
        return;
    }
    model.take(data, data.uptime_seconds);
    if (data.state !== "draining") drain_end = null;
    if (document.hidden) return;
    later("figures", () => figures.take(data, drain_end));
    later("games", () => games.take());
    later("controls", () => controls.take(data));
    later("fleet", () => fleet.take(data));
}

// What is read out changes once, the countdown behind it each second.
function take_line({up, next_try}) {
    mark(document.body, "down", !up);
    if (up) {
        say(by("line"), "");
        say(by("next"), "");
        return;
    }
    if (!model.last) say(by("state"), "not reached");
    const seconds = Math.max(0, Math.round((next_try - Date.now()) / 1000));
    say(by("line"), `No word of the relay${model.last ? "; what is below is of before" : ""}.`);
    say(by("next"), seconds > 1 ? `Trying again in ${seconds} s.` : "Trying again.");
}

document.addEventListener("keydown", (event) => {
    if (
        event.key !== "/" ||
        event.ctrlKey ||
        event.metaKey ||
        /^(input|select|textarea)$/i.test(event.target.tagName)
    )
        return;
    event.preventDefault();
    by("filter").focus();
});

new SharedStream(take);
