// Small things that all parts of the page need: elements, work spread over frames, copying.

// make("p", {class: "a", onclick: f}, "text", child). Texts become text nodes, never markup.
export function make(name, attributes = {}, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
        if (value === false || value === undefined || value === null) continue;
        if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
        else element.setAttribute(key, value === true ? "" : value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
}

export const by = (id) => document.getElementById(id);

// Writes only what differs: a text that is written anew makes the browser lay out anew.
export function say(element, text) {
    if (element.textContent !== text) element.textContent = text;
}

export function show(element, shown) {
    if (element.hidden === shown) element.hidden = !shown;
}

export function mark(element, name, on) {
    if (element.classList.contains(name) !== on) element.classList.toggle(name, on);
}

// Work that can wait for the next frame, and for the one after it if this one has no time left. The
// same key is done once.
const frame_ms = 5;
const due = new Map();
let asked = false;

export function later(key, work) {
    due.set(key, work);
    if (asked) return;
    asked = true;
    requestAnimationFrame(work_off);
}

export function forget(key) {
    due.delete(key);
}

function work_off() {
    asked = false;
    const end = performance.now() + frame_ms;
    for (const [key, work] of due) {
        due.delete(key);
        try {
            work();
        } catch (fault) {
            reportError(fault); // and the others go on
        }
        if (performance.now() > end) break;
    }
    if (due.size) {
        asked = true;
        requestAnimationFrame(work_off);
    }
}

// navigator.clipboard is there only over HTTPS and on loopback.
export async function copy(text) {
    try {
        await navigator.clipboard.writeText(text);
        return true;
    } catch {
        const area = make("textarea", {class: "away", "aria-hidden": "true"}, text);
        document.body.append(area);
        const had = document.activeElement;
        area.select();
        const done = document.execCommand("copy");
        area.remove();
        had?.focus({preventScroll: true});
        return done;
    }
}

export function copy_button(text_of, name) {
    const button = make(
        "button",
        {type: "button", class: "quiet", "aria-label": `Copy ${name}`},
        "Copy",
    );
    button.addEventListener("click", async () => {
        say(button, (await copy(text_of())) ? "Copied" : "Not copied");
        setTimeout(() => say(button, "Copy"), 1500);
    });
    return button;
}
