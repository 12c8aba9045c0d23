// Orders to the relay: the token, what is asked of the control interface, and its answers in words.

import {by, make, say, show} from "./tools.js";

const kept_as = "netplay-relay token"; // of this tab alone, and gone with it

export class Steer {
    constructor() {
        this.token = sessionStorage.getItem(kept_as);
        this.listeners = [];
        by("token-form").addEventListener("submit", (event) => {
            event.preventDefault();
            this.enter(by("token").value.trim());
        });
        by("forget").addEventListener("click", () => {
            this.set(null);
            by("token").focus();
        });
        this.show();
    }

    // Tells those that show controls, now and whenever that changes.
    on_change(listener) {
        this.listeners.push(listener);
        listener(this.allowed());
    }

    allowed() {
        return this.token !== null;
    }

    async enter(token) {
        if (!token) return;
        const answer = await this.ask("GET", "bans", undefined, token);
        if (answer.error) {
            tell(answer.error, true);
            by("token").select();
            return;
        }
        this.set(token);
        tell("The token is right. Controls are beside what they are for.");
    }

    set(token) {
        this.token = token;
        if (token) sessionStorage.setItem(kept_as, token);
        else sessionStorage.removeItem(kept_as);
        by("token").value = "";
        this.show();
        for (const listener of this.listeners) listener(this.allowed());
    }

    show() {
        const has = this.allowed();
        show(by("token"), !has);
        show(by("token-form").querySelector("label"), !has);
        show(by("token-form").querySelector("[type=submit]"), !has);
        show(by("forget"), has);
    }

    act(path, body) {
        return this.ask("POST", path, body, this.token);
    }

    look(path) {
        return this.ask("GET", path, undefined, this.token);
    }

    // What the relay answers, or {error: a sentence}.
    async ask(method, path, body, token) {
        let response;
        try {
            response = await fetch(`control/${path}`, {
                method,
                cache: "no-store",
                credentials: "omit",
                headers: {
                    Authorization: `Bearer ${token}`,
                    ...(body ? {"Content-Type": "application/json"} : {}),
                },
                body: body ? JSON.stringify(body) : undefined,
            });
        } catch {
            return {error: "The relay does not answer."};
        }
        let answer = null;
        try {
            answer = await response.json();
        } catch {
            // Without words of its own, the number has to do.
        }
        if (response.ok) return answer ?? {};
        if (response.status === 401) {
            if (token === this.token) this.set(null);
            return {error: "This is not the relay’s token."};
        }
        return {error: as_sentence(answer?.error ?? `The relay answered ${response.status}.`)};
    }
}

function as_sentence(text) {
    const sentence = text.charAt(0).toUpperCase() + text.slice(1);
    return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
}

let hide = 0;

// Shown at the head of the page for a while, and read out.
export function tell(text, is_bad = false) {
    const place = by("told");
    say(place, text);
    place.classList.toggle("bad", is_bad);
    show(place, true);
    clearTimeout(hide);
    hide = setTimeout(() => show(place, false), 8000);
}

// A form in place, below the element that it is about: what would happen, and the buttons that do
// it. fields: [name, label, attributes of its input]; actions: [label, is_dangerous, order of the
// values, which gives the answer]. done: what to tell then.
let open_form = null;

export function ask_in_place(opener, below, {question, fields = [], actions, done}) {
    open_form?.close();
    const inputs = Object.fromEntries(
        fields.map(([name, , attributes]) => [name, make("input", {name, ...attributes})]),
    );
    const fault = make("p", {class: "bad", role: "alert", hidden: true});
    const form = make(
        "form",
        {class: "ask", "aria-label": question},
        make("p", {}, question),
        ...fields.map(([name, label]) => make("label", {}, label, inputs[name])),
    );
    const close = () => {
        form.remove();
        open_form = null;
        opener.setAttribute("aria-expanded", "false");
        if (opener.isConnected) opener.focus();
        else by("games").focus({preventScroll: true});
    };
    const run = async (button, order) => {
        const values = Object.fromEntries(
            Object.entries(inputs).map(([name, input]) => [name, input.value.trim()]),
        );
        if (!form.reportValidity()) return;
        button.disabled = true;
        const answer = await order(values);
        button.disabled = false;
        if (answer.error) {
            say(fault, answer.error);
            show(fault, true);
            return;
        }
        close();
        tell(typeof done === "function" ? done(answer, values) : done);
    };
    // Of several none is what Enter means.
    const only_one = actions.length === 1;
    const buttons = actions.map(([label, is_dangerous, order]) => {
        const button = make(
            "button",
            {type: only_one ? "submit" : "button", class: is_dangerous ? "danger" : ""},
            label,
        );
        if (!only_one) button.addEventListener("click", () => run(button, order));
        return button;
    });
    form.addEventListener("submit", (event) => {
        event.preventDefault();
        if (only_one) run(buttons[0], actions[0][2]);
    });
    form.addEventListener("keydown", (event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        close();
    });
    form.append(
        make(
            "div",
            {class: "buttons"},
            ...buttons,
            make("button", {type: "button", onclick: close}, "Cancel"),
        ),
        fault,
    );
    below.after(form);
    opener.setAttribute("aria-expanded", "true");
    open_form = {form, close};
    ((only_one && form.querySelector("input")) || buttons[0]).focus();
}
