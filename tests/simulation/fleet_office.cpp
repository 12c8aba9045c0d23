// What the nodes of a simulated fleet tell each other: as net::FleetOffice does it, with links that
// take their time.
#include "fleet.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace netplay_relay::simulation {

namespace {

using namespace std::chrono_literals;

// As in net: how long a link is waited for, when it is tried again, and how often all is looked at.
constexpr std::chrono::milliseconds link_greeting_limit{4000};
constexpr std::chrono::milliseconds retry_pause{1000};
constexpr std::chrono::milliseconds look_interval{250};
constexpr std::chrono::milliseconds gather_interval{500};
// A kernel that hears nothing sends its first packet again behind 1 s, and behind 2 s more.
constexpr std::array<std::chrono::milliseconds, 3> first_packets{0ms, 1000ms, 3000ms};

} // namespace

void Fleet::connect(std::size_t listener, std::size_t teller, lobby::Duration delay)
{
    Machine::Link& link = machines_[listener].links[teller];
    link.is_up = false;
    const std::uint64_t attempt = ++link.attempt;
    schedule_.after(delay,
                    [this, listener, teller, attempt] { try_link(listener, teller, attempt, 0); });
}

void Fleet::try_link(std::size_t listener, std::size_t teller, std::uint64_t attempt, unsigned sent)
{
    Machine::Link& link = machines_[listener].links[teller];
    if (is_over_ || link.attempt != attempt) return;
    if (!reaches(listener, teller)) {
        const auto next = sent + 1 < first_packets.size()
                              ? first_packets[sent + 1] - first_packets[sent]
                              : link_greeting_limit - first_packets.back();
        return schedule_.after(next, [this, listener, teller, attempt, sent] {
            if (machines_[listener].links[teller].attempt != attempt) return;
            if (sent + 1 < first_packets.size())
                try_link(listener, teller, attempt, sent + 1);
            else
                lose(listener, teller);
        });
    }
    if (!is_up(teller)) return lose(listener, teller);
    link.is_up = true;
    link.heard = link.last_arrival = schedule_.now();
    tell_again(listener, teller, attempt);
}

// Once a second, over this link.
void Fleet::tell_again(std::size_t listener, std::size_t teller, std::uint64_t attempt)
{
    const Machine::Link& link = machines_[listener].links[teller];
    if (is_over_ || link.attempt != attempt || !link.is_up || !is_up(teller)) return;
    tell(listener, teller);
    schedule_.after(fleet::beat_interval,
                    [this, listener, teller, attempt] { tell_again(listener, teller, attempt); });
}

// Beats do not overtake each other.
void Fleet::tell(std::size_t listener, std::size_t teller)
{
    Machine::Link& link = machines_[listener].links[teller];
    if (!link.is_up || !reaches(listener, teller)) return;
    link.last_arrival =
        std::max(link.last_arrival,
                 schedule_.now() + rng_.between(1ms, !is_calm_ && rng_.one_in(8) ? 800ms : 40ms));
    schedule_.at(link.last_arrival, [this, listener, teller, attempt = link.attempt,
                                     beat = machines_[teller].beat] {
        Machine::Link& there = machines_[listener].links[teller];
        if (there.attempt != attempt || !there.is_up || !reaches(listener, teller)) return;
        there.heard = schedule_.now();
        machines_[listener].roll->hear(machines_[teller].number, beat, schedule_.now());
        look_again(listener);
    });
}

void Fleet::lose(std::size_t listener, std::size_t teller)
{
    machines_[listener].roll->lose(machines_[teller].number);
    connect(listener, teller, retry_pause);
    look_again(listener);
}

void Fleet::look_again(std::size_t at)
{
    Machine& machine = machines_[at];
    const lobby::Instant now = schedule_.now();
    fleet::Beat beat = machine.roll->beat_of(machine.view, machine.rooms, machine.takes_new, now);
    fleet::View view = machine.roll->look(beat, now);
    if (beat != machine.beat) {
        machine.beat = std::move(beat);
        for (std::size_t other = 0; other < machines_.size(); ++other)
            if (other != at && is_up(other)) tell(other, at);
    }
    if (view == machine.view) return;
    machine.view = std::move(view);
    see(at);
}

// The workers see it a moment later.
void Fleet::see(std::size_t at)
{
    Machine& machine = machines_[at];
    const auto view = std::make_shared<const fleet::View>(machine.view);
    machine.told_workers =
        std::max(machine.told_workers,
                 schedule_.now() + rng_.between(0ms, !is_calm_ && rng_.one_in(8) ? 100ms : 3ms));
    schedule_.at(machine.told_workers, [this, at, view, life = machine.lives] {
        if (machines_[at].lives == life && is_up(at))
            (void)machines_[at].relay->order(lobby::SeeFleet{view});
    });
}

void Fleet::look_later(std::size_t at, std::size_t life)
{
    schedule_.after(look_interval, [this, at, life] {
        if (is_over_ || machines_[at].lives != life || !is_up(at)) return;
        for (std::size_t other = 0; other < machines_.size(); ++other) {
            const Machine::Link& link = machines_[at].links[other];
            if (link.is_up && schedule_.now() - link.heard >= fleet::silence_limit) lose(at, other);
        }
        look_again(at);
        look_later(at, life);
    });
}

// The rooms that there are, and whether there may be more, come to the office.
void Fleet::gather(std::size_t at)
{
    std::vector<std::uint64_t> rooms;
    bool takes_new = true;
    for (const lobby::Lobby* lobby : machines_[at].relay->lobbies()) {
        const std::vector<std::uint64_t> some = lobby->room_hashes();
        rooms.insert(rooms.end(), some.begin(), some.end());
        takes_new = takes_new && lobby->takes_rooms();
    }
    schedule_.after(rng_.between(0ms, 3ms),
                    [this, at, rooms = std::move(rooms), takes_new, life = machines_[at].lives] {
                        Machine& machine = machines_[at];
                        if (machine.lives != life || !is_up(at)) return;
                        machine.rooms = rooms;
                        machine.takes_new = takes_new;
                        look_again(at);
                    });
}

void Fleet::gather_later(std::size_t at, std::size_t life)
{
    schedule_.after(gather_interval, [this, at, life] {
        if (is_over_ || machines_[at].lives != life || !is_up(at)) return;
        gather(at);
        gather_later(at, life);
    });
}

} // namespace netplay_relay::simulation
