// What messages that went to the relay and back tell of a line, and of a game of two who have such lines.

export const slot_ms = 1000 / 60;

// Of numbers that are sorted: the one that `share` of them do not exceed.
export function quantile(sorted, share) {
    if (!sorted.length) return NaN;
    return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))];
}

// Each player's input goes half a round trip to the relay, and half a round trip of the other's line to the
// other: so many frames are guessed, and taken back if the guess was wrong.
export function rollback_frames(round_trip_a, round_trip_b, jitter) {
    return Math.max(1, Math.ceil((round_trip_a / 2 + round_trip_b / 2 + jitter) / slot_ms));
}

// When each message was sent, and when it came back (undefined: it did not). While the device itself stood
// still, in the spans `blind`, nobody knows when something came: that is left out. Null if too little is known.
export function figures_of(sent, came, blind = []) {
    const is_unseen = (at) => blind.some(([from, to]) => at > from && at <= to);
    const trips = sent.map((at, number) => came[number] === undefined ? Infinity
        : is_unseen(came[number]) ? NaN : came[number] - at);
    const known = trips.filter((trip) => !Number.isNaN(trip));
    const sorted = known.filter(Number.isFinite).sort((one, other) => one - other);
    if (sorted.length < 60) return null;
    const median = quantile(sorted, 0.5);
    const p95 = quantile(sorted, 0.95);
    const jitter = p95 - median;
    // In a game its frame would have been there without it: it came late, or clumped with others.
    const late = trips.map((trip) => trip > median + slot_ms);
    const missed = late.filter(Boolean).length;
    return {
        messages: known.length, median, p95, p99: quantile(sorted, 0.99), jitter, late, missed,
        lost: known.length - sorted.length, missed_share: missed / known.length,
        frames: rollback_frames(median, median, jitter),
    };
}

// "smooth", "playable" or "hard", and what is to blame: "distance", "unsteady" or nothing.
export function verdict_of({frames, missed_share, median}) {
    const by_frames = frames <= 3 ? 0 : frames <= 8 ? 1 : 2;
    const by_missed = missed_share <= 0.01 ? 0 : missed_share <= 0.05 ? 1 : 2;
    const worst = Math.max(by_frames, by_missed);
    const frames_of_distance = rollback_frames(median, median, 0);
    const is_unsteady = by_missed >= by_frames || frames - frames_of_distance > frames_of_distance;
    const cause = worst === 0 ? "" : is_unsteady ? "unsteady" : "distance";
    return {word: ["smooth", "playable", "hard"][worst], cause};
}
