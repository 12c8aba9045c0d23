// The charts: of uPlot, two sizes, drawn when their frame has time for it.

import {times} from "./model.js";
import {forget, later} from "./tools.js";

const {uPlot} = globalThis;
const colours = {};
const all = new Set();

function read_colours() {
    const style = getComputedStyle(document.documentElement);
    for (const name of ["line", "bars", "behind", "late", "people", "ink", "faint", "rule"])
        colours[name] = style.getPropertyValue(`--${name}`).trim();
}
read_colours();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    read_colours();
    for (const chart of all) chart.redraw();
});
let resized = 0;
addEventListener("resize", () => {
    clearTimeout(resized);
    resized = setTimeout(() => all.forEach((chart) => chart.fit()), 100);
});

// At least up to the floor, so that a calm line looks calm.
const up_to = (floor, share) => (plot, least, most) => [0, Math.max(floor, (most ?? 0) * share)];

// A minute at least; what is kept, once there is so much.
const last = () => times.at(-1) ?? 1;
const first = () => Math.min(times[0] ?? 0, last() - 60);

const scales_of = (floor, bars_floor) => ({
    x: {time: false, range: () => [first(), last()]},
    y: {range: up_to(floor, 1.15)},
    bars: {range: up_to(bars_floor, 1.8)},
});

const line_series = (name) => ({
    scale: "y",
    stroke: () => colours[name],
    width: 1.5,
    points: {show: false},
    // One value alone is no line yet.
    spanGaps: false,
});
const bar_series = (name) => ({
    scale: "bars",
    fill: () => colours[name],
    width: 0,
    points: {show: false},
    paths: uPlot.paths.bars({size: [1, 6, 2]}),
});

class Chart {
    // rows: functions that give what is to be drawn, bars first.
    constructor(place, rows) {
        this.place = place;
        this.rows = rows;
        all.add(this);
    }

    data() {
        const rows = this.rows.map((row) => row());
        const count = Math.max(1, ...rows.map((row) => row.length));
        return [times.slice(-count), ...rows];
    }

    draw() {
        later(this, () => {
            if (this.plot) return this.plot.setData(this.data());
            const width = this.place.clientWidth;
            if (width)
                this.plot = new uPlot(
                    this.options(width, this.place.clientHeight),
                    this.data(),
                    this.place,
                );
        });
    }

    redraw() {
        later(this, () => this.plot?.redraw(false, true));
    }

    fit() {
        later(this, () => {
            const width = this.place.clientWidth;
            if (this.plot && width && width !== this.plot.width)
                this.plot.setSize({width, height: this.place.clientHeight});
        });
    }

    end() {
        forget(this);
        all.delete(this);
        this.plot?.destroy();
        this.plot = null;
    }
}

// Without axes, in a row of text. names: the colours of bars and line; floors: of line and bars.
export class SmallChart extends Chart {
    constructor(place, names, floors, bars, line) {
        super(place, [bars, line]);
        this.names = names;
        this.floors = floors;
    }

    options(width, height) {
        return {
            width,
            height,
            padding: [2, 0, 1, 0],
            cursor: {show: false},
            legend: {show: false},
            axes: [{show: false}, {show: false}],
            scales: scales_of(...this.floors),
            series: [{}, bar_series(this.names[0]), line_series(this.names[1])],
        };
    }
}

// With axes and one row, for the details of a side. as_text: of a value.
export class LargeChart extends Chart {
    constructor(place, {name, floor, as_text, bars}, row) {
        super(place, [row]);
        Object.assign(this, {name, floor, as_text, bars});
    }

    options(width, height) {
        const axis = {
            stroke: () => colours.faint,
            font: "11px system-ui, sans-serif",
            grid: {stroke: () => colours.rule, width: 1},
            ticks: {show: false},
        };
        const scale = this.bars ? "bars" : "y";
        return {
            width,
            height,
            padding: [8, 14, 0, 0],
            legend: {show: false},
            cursor: {x: true, y: false, points: {show: false}, drag: {x: false, y: false}},
            hooks: {setCursor: [(plot) => this.point?.(plot.cursor.idx)]},
            scales: scales_of(this.floor, this.floor),
            axes: [
                {
                    ...axis,
                    size: 20,
                    splits: () =>
                        [0, 30, 60, 120, 180, 300, 600, 900]
                            .filter((ago) => last() - ago >= first())
                            .map((ago) => last() - ago),
                    values: (plot, ticks) => ticks.map((tick) => clock(last() - tick)),
                },
                {
                    ...axis,
                    scale,
                    size: 44,
                    space: 24,
                    incrs: whole_steps,
                    values: (plot, ticks) => ticks.map(this.as_text),
                },
            ],
            series: [{}, this.bars ? bar_series(this.name) : line_series(this.name)],
        };
    }
}

const whole_steps = [1, 10, 100, 1000, 10000].flatMap((one) => [one, 2 * one, 5 * one]);
const clock = (ago) =>
    ago < 1 ? "now" : `−${Math.floor(ago / 60)}:${String(Math.round(ago % 60)).padStart(2, "0")}`;
