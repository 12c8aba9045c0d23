// The test of the visitor's line: sixty messages a second over a WebSocket, which the relay sends back.

import {figures_of, slot_ms, verdict_of} from "./line_figures.js";
import {by, make, say, show} from "./tools.js";

const duration_ms = 8000;
const patience_ms = 2000; // for those that are still on their way
const connect_ms = 8000;

const hidden_text = "The test stops when this page is not seen: browsers slow it down then.";
const formula_text = "Frames = (half of your round trip + half of the other’s + jitter) / 16.7 ms, rounded up, " +
    "with your line for both. Smooth: up to 3 frames and 1 % late; playable: up to 8 frames and 5 % late.";
const honest_text = "It tells of this moment, of your line alone, and of TCP, which RetroArch uses too. It does not " +
    "tell of the other player’s line, nor whether your machine is fast enough to take frames back.";

const socket_url = () => Object.assign(new URL("line", location.href),
                                       {protocol: location.protocol === "https:" ? "wss:" : "ws:"}).href;
const ms = (value) => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
const share = (value) => `${(100 * value).toFixed(value > 0 && value < 0.01 ? 1 : 0)} %`;
const frames_text = (frames) => frames === 1 ? "1 frame" : `${frames} frames`;

// Sends and hears, and ends with {sent, came, blind, skipped}, or with an error whose message is for people.
function measure(on_progress) {
    const sent = [], came = [], blind = [];
    let skipped = 0, last = -1, start = 0, timer = 0, heard = 0, all_sent = false, looked = 0;
    const socket = new WebSocket(socket_url());
    return new Promise((resolve, reject) => {
        const finish = (error) => {
            clearTimeout(timer);
            document.removeEventListener("visibilitychange", hidden);
            socket.onclose = socket.onmessage = socket.onopen = null;
            socket.close();
            if (error) reject(error);
            else resolve({sent, came, blind, skipped});
        };
        const hidden = () => finish(new Error(hidden_text));
        const tick = () => {
            const now = performance.now();
            const slot = Math.floor((now - start) / slot_ms);
            if (now - looked > 2 * slot_ms) blind.push([looked, now + slot_ms / 2]);
            looked = now;
            all_sent = now - start >= duration_ms;
            if (all_sent) {
                timer = setTimeout(finish, heard === sent.length ? 0 : patience_ms);
                return;
            }
            if (slot > last) {
                skipped += slot - last - 1;
                last = slot;
                sent.push(now);
                socket.send(String(sent.length - 1));
                on_progress((now - start) / duration_ms, sent, came);
            }
            timer = setTimeout(tick, start + (last + 1) * slot_ms - performance.now());
        };
        timer = setTimeout(() => finish(new Error("not opened")), connect_ms);
        document.addEventListener("visibilitychange", hidden);
        socket.onopen = () => {
            clearTimeout(timer);
            start = looked = performance.now();
            tick();
        };
        socket.onmessage = ({data}) => {
            const number = Number(data);
            if (!(number < sent.length) || came[number] !== undefined) return;
            came[number] = performance.now();
            if (++heard === sent.length && all_sent) finish();
        };
        // What is known by then may be enough.
        socket.onclose = () => finish(heard > 60 ? null : new Error("not opened"));
    });
}

// Why a WebSocket does not open is told to no page: the same path without one says it.
async function why_not() {
    try {
        const {status} = await fetch("line", {cache: "no-store"});
        if (status === 503)
            return "So many lines are tested now that there is no room for yours. Try again in a moment.";
        if (status === 426)
            return "Something on the way lets pages through, but no WebSockets: a company’s or school’s network, " +
                   "or the relay’s proxy. So the line cannot be tested here; games are not affected.";
    } catch {
        // said below
    }
    return "The relay did not answer. Try again in a moment.";
}

function words_of(figures, {word, cause}) {
    const late = figures.frames * slot_ms;
    const head = {
        smooth: "Smooth.",
        playable: "Playable.",
        hard: "Hard.",
    }[word];
    const first = `Two players with lines like yours would be ${frames_text(figures.frames)} apart ` +
        `(${Math.round(late)} ms): so much is guessed, and taken back when the guess was wrong.`;
    const second = {
        smooth: "You will hardly notice it.",
        playable: "The other’s moves jump now and then. Two or three Input Latency Frames (Netplay → Network) " +
            "help.",
        hard: "The other’s moves jump all the time; turn-based and slow games are still fun.",
    }[word];
    const third = {
        "": "",
        distance: "It is the distance to the relay: one nearer to both of you helps, a faster line does not.",
        unsteady: "It is less the distance than that your line is unsteady: use a cable instead of Wi-Fi, and let " +
            "nobody stream or download meanwhile.",
    }[cause];
    return {head, text: [first, second, third].filter(Boolean).join(" ")};
}

function result_of(figures, skipped) {
    const verdict = verdict_of(figures);
    const {head, text} = words_of(figures, verdict);
    const figure = (name, value, title) => make("div", {title}, make("dt", {}, name), make("dd", {}, value));
    const busy_text = `Your device itself stood still in ${skipped} of the frames, which are left out.`;
    const busy = skipped > figures.messages / 50 ? make("p", {}, busy_text) : null;
    return [
        make("div", {class: `verdict ${verdict.word}`}, make("b", {}, head), make("p", {}, text)),
        make("dl", {class: "figures"},
            figure("Rollback of two", frames_text(figures.frames), "of two players with such lines"),
            figure("Round trip, median", ms(figures.median)),
            figure("95 % within", ms(figures.p95)),
            figure("99 % within", ms(figures.p99)),
            figure("Jitter", ms(figures.jitter), "95 % less the median"),
            figure("Late or clumped", `${figures.missed} of ${figures.messages} (${share(figures.missed_share)})`,
                   "came more than a 60th of a second later than usual")),
        make("div", {class: "why"}, busy,
            make("p", {}, formula_text), make("p", {}, honest_text)),
    ];
}

class Chart {
    #canvas = by("chart");
    #drawn = 0;
    #last = null;

    constructor() {
        const again = () => this.#last && this.draw(...this.#last);
        new ResizeObserver(again).observe(this.#canvas.parentElement);
        matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
    }

    draw(sent, came, figures) {
        const now = performance.now();
        if (!figures && now - this.#drawn < 100) return;
        this.#drawn = now;
        this.#last = figures ? [sent, came, figures] : null;
        const box = this.#canvas.getBoundingClientRect();
        const scale = devicePixelRatio || 1;
        this.#canvas.width = box.width * scale;
        this.#canvas.height = box.height * scale;
        const all = Math.ceil(duration_ms / slot_ms);
        const trips = sent.map((at, number) => came[number] === undefined ? null : came[number] - at);
        const known = trips.filter((trip) => trip !== null).sort((one, other) => one - other);
        const usual = known.length ? known[Math.floor(known.length / 2)] : 0;
        const top = Math.max(2 * slot_ms, Math.min(1000, 1.15 * Math.max(...known, 0)));
        const style = getComputedStyle(document.documentElement);
        const context = this.#canvas.getContext("2d");
        const height = this.#canvas.height, width = this.#canvas.width / all;
        context.fillStyle = style.getPropertyValue("--rule");
        const step = top > 20 * slot_ms ? 10 : top > 8 * slot_ms ? 4 : 1;
        for (let line = 0; line * slot_ms < top; line += step)
            context.fillRect(0, height - line * slot_ms / top * height - scale, this.#canvas.width, scale);
        const colours = [style.getPropertyValue("--accent"), style.getPropertyValue("--late")];
        trips.forEach((trip, number) => {
            if (trip === null && !figures) return;
            const is_late = figures ? figures.late[number] : trip > usual + slot_ms;
            context.fillStyle = colours[Number(is_late)];
            const bar = Math.max(2 * scale, Math.min(1, (trip ?? top) / top) * height);
            const slot = Math.round((sent[number] - sent[0]) / slot_ms);
            context.fillRect(slot * width, height - bar, Math.max(scale, width * 0.8), bar);
        });
        say(by("scale"), step === 1 ? "each line: one frame of 16.7 ms" : `each line: ${step} frames of 16.7 ms`);
    }
}

export class LineTest {
    #chart = new Chart();

    constructor() {
        by("test").addEventListener("click", () => this.#run());
    }

    async #run() {
        const button = by("test");
        button.disabled = true;
        say(button, "Testing …");
        by("result").replaceChildren();
        show(by("running"), true);
        show(by("progress"), true);
        try {
            const {sent, came, blind, skipped} = await measure((part, sent_now, came_now) => {
                by("progress").value = part;
                this.#chart.draw(sent_now, came_now);
            });
            const figures = figures_of(sent, came, blind);
            this.#chart.draw(sent, came, figures);
            if (!figures) throw new Error("Too few messages came back to say anything. Try again.");
            by("result").replaceChildren(...result_of(figures, skipped));
        } catch (error) {
            show(by("running"), false);
            const text = error.message === "not opened" ? await why_not() : error.message;
            by("result").replaceChildren(make("p", {class: "notice"}, text));
        }
        show(by("progress"), false);
        button.disabled = false;
        say(button, "Test again");
        button.focus({preventScroll: true});
    }
}
