// Arbitrary bytes as the history of two workers: who comes, what they say and take, when they end,
// what moves from one worker to the other, and what the operator does, in any order.
#include "decisions.hpp"
#include "ledger.hpp"
#include "some_order.hpp"
#include "some_policy.hpp"

#include "base/ensure.hpp"
#include "support/netplay_member.hpp"
#include "worker/memory_io.hpp"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace netplay_relay::fuzz {

namespace {

using namespace std::chrono_literals;
using tests::MemoryNetwork;
using tests::Relay;

constexpr worker::Handle lines_max = 60;

std::string text_of(const std::vector<std::uint8_t>& bytes) { return {bytes.begin(), bytes.end()}; }

class History
{
public:
    explicit History(std::span<const std::uint8_t> bytes)
        : decisions_(bytes),
          policy_(some_policy(decisions_)), relays_{Relay{network_, 1, policy_, &ledger_},
                                                    Relay{network_, 2, policy_, &ledger_}}
    {
    }

    void run()
    {
        while (!decisions_.empty()) {
            step();
            check();
        }
        fall_silent();
        everybody_leaves();
    }

private:
    void step();
    void arrive();
    void speak();
    void hear();
    void move();
    void operate();
    void check();
    void shut_down();
    void fall_silent();
    void everybody_leaves();
    void report(worker::Handle line);
    void learn(const std::string& heard);
    [[nodiscard]] std::string some_words(worker::Handle line);
    [[nodiscard]] std::string some_messages();
    [[nodiscard]] std::string some_id(const std::vector<std::string>& known);
    [[nodiscard]] std::optional<worker::Handle> some_line();
    bool hand_over(Relay& to, const std::optional<worker::Moving>& moving);
    void pass(lobby::Duration time);

    Decisions decisions_;
    MemoryNetwork network_;
    lobby::Policy policy_;
    Ledger ledger_{network_, policy_};
    std::array<Relay, 2> relays_;
    std::size_t front_ = 0; // newcomers come there
    std::map<worker::Handle, std::unique_ptr<tests::NetplayMember>> members_;
    std::vector<std::string> sessions_; // ids, as they were heard
    std::vector<std::string> tickets_;
};

void History::step()
{
    switch (decisions_.below(16)) {
    case 0:
    case 1:
    case 2: return arrive();
    case 3:
    case 4:
    case 5:
    case 6: return speak();
    case 7:
    case 8: return hear();
    case 9:
        if (const auto line = some_line()) {
            constexpr std::array<std::size_t, 4> windows{0, 3, 5000, 1U << 20U};
            const std::size_t choice = decisions_.below(5);
            network_.lines.at(*line).is_silent = choice == windows.size();
            if (choice < windows.size()) network_.lines.at(*line).window = windows[choice];
            report(*line);
        }
        return;
    case 10:
        if (const auto line = some_line()) {
            network_.lines.at(*line).ended = true;
            report(*line);
        }
        return;
    case 11:
        if (const auto line = some_line()) {
            const std::size_t how = decisions_.below(4);
            network_.lines.at(*line).error = how % 2 != 0 ? ECONNRESET : ETIMEDOUT;
            network_.lines.at(*line).ended = true;
            if (how < 2) report(*line); // else whoever writes to it finds out first
        }
        return;
    case 12: return pass(std::chrono::milliseconds(decisions_.byte() * 8));
    case 13: return pass(std::chrono::seconds(decisions_.below(12)));
    case 14: return move();
    default: return operate();
    }
}

// Through a port of its own, if there is one.
void History::arrive()
{
    const auto line = static_cast<worker::Handle>(network_.lines.size() + 1);
    if (line > lines_max) return;
    Relay& relay = relays_[front_];
    const std::string address = addresses[decisions_.below(addresses.size())];
    lobby::ListenerProfile profile;
    if (line % 5 == 4) profile.reserved = wire::parse_session_id(reserved_ids[0]);
    if (const auto& ports = relay.io.ports; !ports.empty() && decisions_.below(4) == 0)
        profile =
            std::next(ports.begin(), static_cast<long>(decisions_.below(ports.size())))->second;
    relay.arrive(line, address, profile);
}

std::optional<worker::Handle> History::some_line()
{
    std::vector<worker::Handle> open;
    for (const auto& [handle, line] : network_.lines)
        if (!line.is_closed && !line.ended) open.push_back(handle);
    if (open.empty()) return std::nullopt;
    return open[decisions_.below(open.size())];
}

// The latest first.
std::string History::some_id(const std::vector<std::string>& known)
{
    const std::size_t choice = decisions_.byte();
    return choice < known.size() ? known[known.size() - 1 - choice] : std::string(12, '\x9');
}

std::string History::some_words(worker::Handle line)
{
    switch (decisions_.below(14)) {
    case 0: return "RATS" + std::string(12, '\0');
    case 1: return "RATS" + some_id(sessions_);
    case 2: return "RATS" + some_id(sessions_) + "RANP and more";
    case 3: return "RATL" + some_id(tickets_);
    case 4: return "RATA" + some_id(tickets_);
    case 5: return "RATP";
    case 6: return "POKE";
    case 7:
        if (members_.contains(line)) break;
        {
            tests::MemberTraits traits;
            traits.nick = "ann";
            traits.core = decisions_.yes() ? "Arena" : "Chess";
            traits.password = decisions_.yes() ? "moon" : "sun";
            traits.protocol = static_cast<std::uint32_t>(5 + decisions_.below(3));
            members_[line] = std::make_unique<tests::NetplayMember>(traits);
            return text_of(members_[line]->start());
        }
    case 8: return "RATS" + std::string(12, '\0') + "RANP";
    case 9: return "RANP";
    case 10: return std::string("\0\0FI\0\0\0\0", 8);
    case 11: return some_messages();
    case 13: return some_proxy_header(decisions_);
    default: break;
    }
    std::string bytes(1 + decisions_.below(40), ' ');
    for (char& byte : bytes)
        byte = static_cast<char>(decisions_.byte());
    return bytes;
}

// Several in one read: those behind the end of the connection come all the same.
std::string History::some_messages()
{
    std::string all;
    for (std::size_t count = decisions_.below(4) + 1; count > 0; --count)
        all += decisions_.below(3) == 0 ? "RATP" : "RATA" + some_id(tickets_);
    return all;
}

void History::speak()
{
    const auto line = some_line();
    if (!line) return;
    const auto member = members_.find(*line);
    if (member != members_.end() && member->second->is_in_room() && decisions_.below(4) != 0) {
        tests::NetplayMember& player = *member->second;
        switch (decisions_.below(6)) {
        case 0: network_.lines.at(*line).said += text_of(player.says(wire::Play{})); break;
        case 1: network_.lines.at(*line).said += text_of(player.says(wire::Spectate{})); break;
        case 2: network_.lines.at(*line).said += text_of(player.gives_state()); break;
        case 3:
            network_.lines.at(*line).said += text_of(player.says(wire::RequestSavestate{}));
            break;
        default: network_.lines.at(*line).said += text_of(player.plays(player.frame, 1)); break;
        }
    } else {
        network_.lines.at(*line).said += some_words(*line);
    }
    report(*line);
}

// Everybody reads what is there, and members answer.
void History::hear()
{
    for (auto& [handle, line] : network_.lines) {
        const std::string heard = std::exchange(line.heard, {});
        if (heard.empty()) continue;
        learn(heard);
        const auto member = members_.find(handle);
        if (member == members_.end() || line.is_closed) continue;
        line.said += text_of(member->second->hears(
            {reinterpret_cast<const std::uint8_t*>(heard.data()), heard.size()}));
        report(handle);
    }
}

void History::learn(const std::string& heard)
{
    for (std::size_t at = 0; at + 16 <= heard.size(); ++at) {
        const std::string magic = heard.substr(at, 4);
        if (magic == "RATS") sessions_.push_back(heard.substr(at + 4, 12));
        if (magic == "RATL") tickets_.push_back(heard.substr(at + 4, 12));
    }
}

void History::report(worker::Handle line)
{
    for (Relay& relay : relays_)
        if (relay.worker.handle_of({static_cast<std::uint64_t>(line)})) relay.ready(line);
}

void History::pass(lobby::Duration time)
{
    const lobby::Instant until = network_.time + time;
    while (network_.time < until) {
        network_.time = std::min<lobby::Instant>(network_.time + 200ms, until);
        for (Relay& relay : relays_) {
            relay.worker.woken();
            relay.go_on();
        }
    }
}

// One thing, or everything: then newcomers come to the other.
void History::move()
{
    Relay& from = relays_[front_];
    Relay& to = relays_[1 - front_];
    const auto keys = from.worker.lobby().session_keys();
    const auto rooms = from.worker.lobby().rooms();
    const std::size_t what = decisions_.below(8);
    if (what == 0 && !keys.empty())
        return (void)hand_over(to, from.worker.release(keys[decisions_.below(keys.size())]));
    if (what == 1 && !rooms.empty())
        return (void)hand_over(to, from.worker.release_room(rooms[decisions_.below(rooms.size())]));
    if (const auto line = some_line(); what == 2 && line)
        return (void)hand_over(
            to, from.worker.release(lobby::ConnectionId{static_cast<std::uint64_t>(*line)}));
    ensure(!to.worker.adopt_memory(from.worker.release_memory()), "what was remembered is lost");
    bool all_moved = true;
    for (const std::uint64_t room : rooms)
        all_moved &= hand_over(to, from.worker.release_room(room));
    for (const lobby::SessionKey key : keys)
        all_moved &= hand_over(to, from.worker.release(key));
    std::vector<lobby::ConnectionId> rest;
    from.worker.each_connection([&](const worker::Connection& one) { rest.push_back(one.id); });
    for (const lobby::ConnectionId id : rest)
        all_moved &= hand_over(to, from.worker.release(id));
    ensure(!all_moved || from.worker.size() == 0, "somebody did not move");
    front_ = 1 - front_;
}

// What is told elsewhere already, an id of a session for one, is refused: then it stays where it
// was.
bool History::hand_over(Relay& to, const std::optional<worker::Moving>& moving)
{
    if (!moving) return true;
    Relay& from = &to == &relays_[0] ? relays_[1] : relays_[0];
    const auto fault = to.worker.adopt(*moving);
    if (fault) {
        ensure(*fault == record::Fault::occupied, "what was released makes no sense");
        ensure(!from.worker.adopt(*moving), "what was released cannot come back");
    }
    from.go_on();
    to.go_on();
    for (const auto& [id, handle] : moving->handles)
        report(handle);
    return !fault;
}

void History::operate()
{
    switch (decisions_.byte()) {
    case 0xff: return shut_down();
    case 0xfe:
        ledger_.expect_draining();
        for (Relay& relay : relays_)
            relay.worker.begin_draining();
        return;
    case 0xfd: network_.opens_ports = !network_.opens_ports; return;
    case 0xfc:
    case 0xfb:
    case 0xfa: return order_something(decisions_, relays_, some_id(sessions_), network_.time);
    default:
        policy_ = some_policy(decisions_);
        for (Relay& relay : relays_)
            relay.worker.adopt(policy_);
    }
}

void History::shut_down()
{
    ledger_.expect_shutdown();
    for (Relay& relay : relays_) {
        relay.worker.shut_down();
        ensure(relay.worker.lobby().session_keys().empty(), "a session is left");
        ensure(relay.worker.lobby().rooms().empty(), "a room is left");
        ensure(relay.worker.lobby().use().connections == 0, "somebody is left");
        ensure(relay.io.ports.empty(), "a port is left");
    }
}

void History::check()
{
    std::size_t open = 0;
    for (const auto& [handle, line] : network_.lines)
        open += line.is_closed ? 0 : 1;
    std::size_t known = 0;
    for (const Relay& relay : relays_) {
        relay.worker.lobby().check_consistency();
        known += relay.worker.size();
    }
    ensure(open == known, "a handle belongs to nobody");
    ledger_.check(relays_);
}

// Players of rooms leave, or their clocks would go on. Then nobody does anything any more, and all
// but hosts must end by themselves.
void History::fall_silent()
{
    for (auto& [handle, line] : network_.lines) {
        if (!members_.contains(handle)) continue;
        line.ended = true;
        report(handle);
    }
    pass(45s);
    check();
    for (const Relay& relay : relays_) {
        const lobby::Use use = relay.worker.lobby().use();
        ensure(use.greeting + use.waiting_joins + use.links + use.rooms + use.entering == 0,
               "somebody stays for ever");
    }
}

// Nobody speaks or reads any more, and all lines are at their end: nothing may remain.
void History::everybody_leaves()
{
    for (auto& [handle, line] : network_.lines) {
        line.ended = true;
        line.window = 1U << 20U;
        report(handle);
    }
    pass(70s);
    for (const auto& [handle, line] : network_.lines)
        report(handle);
    pass(70s);
    for (const Relay& relay : relays_) {
        ensure(relay.worker.size() == 0, "a connection remains");
        ensure(relay.worker.lobby().use() == lobby::Use{}, "the lobby still knows somebody");
        ensure(relay.io.ports.empty(), "a port is left when all have left");
    }
}

} // namespace

} // namespace netplay_relay::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    netplay_relay::fuzz::History({data, size}).run();
    return 0;
}
