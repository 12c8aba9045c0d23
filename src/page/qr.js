// A QR code (ISO/IEC 18004) of a short text: bytes, error correction M, versions 1 to 10 (213
// bytes).

// By version: bytes of error correction in a block, and the blocks as [how many, data bytes in
// each].
const versions = [
    [10, [1, 16]],
    [16, [1, 28]],
    [26, [1, 44]],
    [18, [2, 32]],
    [24, [2, 43]],
    [16, [4, 27]],
    [18, [4, 31]],
    [22, [2, 38], [2, 39]],
    [22, [3, 36], [2, 37]],
    [26, [4, 43], [1, 44]],
];
const alignment = [
    [],
    [6, 18],
    [6, 22],
    [6, 26],
    [6, 30],
    [6, 34],
    [6, 22, 38],
    [6, 24, 42],
    [6, 26, 46],
    [6, 28, 50],
];

// GF(256) with x^8 + x^4 + x^3 + x^2 + 1.
const power = new Uint8Array(512);
const log = new Uint8Array(256);
for (let at = 0, value = 1; at < 255; ++at) {
    power[at] = power[at + 255] = value;
    log[value] = at;
    value = (value << 1) ^ (value & 0x80 ? 0x11d : 0);
}
const times = (a, b) => (a && b ? power[log[a] + log[b]] : 0);

function correction(data, count) {
    let generator = [1]; // the product of (x - 2^i), highest power first
    for (let at = 0; at < count; ++at) {
        const next = [...generator, 0];
        generator.forEach((factor, place) => (next[place + 1] ^= times(factor, power[at])));
        generator = next;
    }
    const rest = [...data, ...new Array(count).fill(0)];
    for (let at = 0; at < data.length; ++at) {
        const factor = rest[at];
        generator.forEach((value, place) => (rest[at + place] ^= times(value, factor)));
    }
    return rest.slice(data.length);
}

const capacity = (version) =>
    versions[version - 1].slice(1).reduce((sum, [count, size]) => sum + count * size, 0);

function data_bytes(bytes, version) {
    const bits = [];
    const put = (value, count) => {
        for (let at = count - 1; at >= 0; --at) bits.push((value >> at) & 1);
    };
    put(4, 4);
    put(bytes.length, version < 10 ? 8 : 16);
    for (const byte of bytes) put(byte, 8);
    const room = capacity(version) * 8;
    put(0, Math.min(4, room - bits.length));
    while (bits.length % 8) bits.push(0);
    for (let pad = 0xec; bits.length < room; pad ^= 0xec ^ 0x11) put(pad, 8);
    const data = [];
    for (let at = 0; at < bits.length; at += 8)
        data.push(parseInt(bits.slice(at, at + 8).join(""), 2));
    return data;
}

// Data and its correction, the blocks' bytes in turn.
function interleaved(data, version) {
    const [count, ...groups] = versions[version - 1];
    const blocks = [];
    for (const [many, size] of groups)
        for (let at = 0; at < many; ++at) blocks.push(data.splice(0, size));
    const corrections = blocks.map((block) => correction(block, count));
    const all = [];
    for (const rows of [blocks, corrections])
        for (let at = 0; at < Math.max(...rows.map((row) => row.length)); ++at)
            for (const row of rows) if (at < row.length) all.push(row[at]);
    return all;
}

function with_check(value, bits, generator) {
    let rest = value << bits;
    for (let at = 31; at >= bits; --at) if ((rest >>> at) & 1) rest ^= generator << (at - bits);
    return (value << bits) | rest;
}

// fixed: modules that are no data. Each is [row][column].
function draw_fixed(version) {
    const size = 17 + 4 * version;
    const dark = Array.from({length: size}, () => new Array(size).fill(false));
    const fixed = Array.from({length: size}, () => new Array(size).fill(false));
    const set = (row, column, value) => {
        if (row < 0 || column < 0 || row >= size || column >= size) return;
        dark[row][column] = value;
        fixed[row][column] = true;
    };
    const square = (row, column, radius, is_dark) => {
        for (let y = -radius; y <= radius; ++y)
            for (let x = -radius; x <= radius; ++x)
                set(row + y, column + x, is_dark(Math.max(Math.abs(x), Math.abs(y))));
    };
    for (let at = 0; at < size; ++at) {
        set(6, at, at % 2 === 0);
        set(at, 6, at % 2 === 0);
    }
    for (const [row, column] of [
        [3, 3],
        [3, size - 4],
        [size - 4, 3],
    ])
        square(row, column, 4, (ring) => ring !== 2 && ring !== 4);
    const places = alignment[version - 1];
    const last = places.length - 1;
    places.forEach((row, y) =>
        places.forEach((column, x) => {
            const in_finder = (y === 0 && (x === 0 || x === last)) || (y === last && x === 0);
            if (!in_finder) square(row, column, 2, (ring) => ring !== 1);
        }),
    );
    if (version >= 7) {
        const bits = with_check(version, 12, 0x1f25);
        for (let at = 0; at < 18; ++at) {
            const value = ((bits >> at) & 1) === 1;
            set(Math.floor(at / 3), size - 11 + (at % 3), value);
            set(size - 11 + (at % 3), Math.floor(at / 3), value);
        }
    }
    draw_format(set, size, 0);
    return {size, dark, fixed, set};
}

function draw_format(set, size, mask) {
    const bits = with_check(mask, 10, 0x537) ^ 0x5412; // correction M is 00
    const bit = (at) => ((bits >> at) & 1) === 1;
    for (let at = 0; at < 15; ++at) {
        const row = at < 6 ? at : at < 8 ? at + 1 : size - 15 + at;
        set(row, 8, bit(at));
        const column = at < 8 ? size - 1 - at : at < 9 ? 7 : 14 - at;
        set(8, column, bit(at));
    }
    set(size - 8, 8, true);
}

function draw_data({size, dark, fixed}, bytes) {
    let at = 0;
    for (let right = size - 1; right > 0; right -= 2) {
        if (right === 6) right = 5;
        const up = ((right + 1) & 2) === 0;
        for (let step = 0; step < size; ++step)
            for (const column of [right, right - 1]) {
                const row = up ? size - 1 - step : step;
                if (fixed[row][column]) continue;
                dark[row][column] =
                    at < bytes.length * 8 && ((bytes[at >> 3] >> (7 - (at & 7))) & 1) === 1;
                ++at;
            }
    }
}

const masks = [
    (y, x) => (x + y) % 2 === 0,
    (y) => y % 2 === 0,
    (y, x) => x % 3 === 0,
    (y, x) => (x + y) % 3 === 0,
    (y, x) => (Math.floor(y / 2) + Math.floor(x / 3)) % 2 === 0,
    (y, x) => ((x * y) % 2) + ((x * y) % 3) === 0,
    (y, x) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
    (y, x) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

// The less, the easier to read.
function penalty({size, dark}) {
    let sum = 0;
    let count = 0;
    const lines = [];
    for (let at = 0; at < size; ++at) {
        lines.push(dark[at].map(Number).join(""), dark.map((row) => Number(row[at])).join(""));
        count += dark[at].filter(Boolean).length;
    }
    for (const line of lines) {
        for (const run of line.match(/0{5,}|1{5,}/g) ?? []) sum += run.length - 2;
        for (let at = 0; at + 11 <= size; ++at)
            if (/^(10111010000|00001011101)/.test(line.slice(at, at + 11))) sum += 40;
    }
    for (let y = 1; y < size; ++y)
        for (let x = 1; x < size; ++x)
            if (
                dark[y][x] === dark[y - 1][x] &&
                dark[y][x] === dark[y][x - 1] &&
                dark[y][x] === dark[y - 1][x - 1]
            )
                sum += 3;
    return sum + 10 * Math.floor(Math.abs((count * 20) / (size * size) - 10));
}

// Rows of booleans, true is dark; null if the text is too long.
export function qr(text) {
    const bytes = new TextEncoder().encode(text);
    let version = 1;
    while (version <= 10 && bytes.length + (version < 10 ? 2 : 3) > capacity(version)) ++version;
    if (version > 10) return null;
    const code = draw_fixed(version);
    draw_data(code, interleaved(data_bytes(bytes, version), version));
    const apply = (mask) => {
        for (let y = 0; y < code.size; ++y)
            for (let x = 0; x < code.size; ++x)
                if (!code.fixed[y][x] && masks[mask](y, x)) code.dark[y][x] = !code.dark[y][x];
        draw_format(code.set, code.size, mask);
    };
    let best = 0;
    let least = Infinity;
    for (let mask = 0; mask < 8; ++mask) {
        apply(mask);
        const now = penalty(code);
        if (now < least) [best, least] = [mask, now];
        apply(mask);
    }
    apply(best);
    return code.dark;
}

// An SVG of it with its quiet zone, black on white whatever the colours of the page: readers want
// that.
export function qr_picture(text) {
    const rows = qr(text);
    if (!rows) return null;
    const namespace = "http://www.w3.org/2000/svg";
    const picture = document.createElementNS(namespace, "svg");
    const side = rows.length + 8;
    picture.setAttribute("viewBox", `0 0 ${side} ${side}`);
    picture.setAttribute("role", "img");
    picture.setAttribute("aria-label", `QR code of ${text}`);
    picture.setAttribute("class", "qr");
    const ground = document.createElementNS(namespace, "path");
    ground.setAttribute("fill", "#fff");
    ground.setAttribute("d", `M0 0h${side}v${side}H0z`);
    const modules = document.createElementNS(namespace, "path");
    modules.setAttribute(
        "d",
        rows
            .flatMap((row, y) => row.map((dark, x) => (dark ? `M${x + 4} ${y + 4}h1v1h-1z` : "")))
            .join(""),
    );
    picture.append(ground, modules);
    return picture;
}
