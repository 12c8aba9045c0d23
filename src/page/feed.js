// What happened lately, newest first.

import {by, later, make} from "./tools.js";
import {told} from "./words.js";

const shown_max = 120;

export class Feed {
    constructor() {
        this.place = by("feed");
        this.coming = [];
    }

    take(event) {
        this.coming.push(event);
        if (this.coming.length > shown_max) this.coming.shift();
        later(this, () => this.write());
    }

    write() {
        for (const event of this.coming) {
            const at = new Date(event.at);
            const {weight, text} = told(event);
            const time = isNaN(at)
                ? ""
                : at.toLocaleTimeString([], {
                      hour: "2-digit",
                      minute: "2-digit",
                      second: "2-digit",
                      hour12: false,
                  });
            this.place.prepend(
                make(
                    "li",
                    {class: `weight-${weight}`},
                    make("time", {datetime: event.at, title: event.at}, time),
                    make("span", {}, text),
                ),
            );
        }
        this.coming = [];
        while (this.place.children.length > shown_max) this.place.lastElementChild.remove();
    }
}
