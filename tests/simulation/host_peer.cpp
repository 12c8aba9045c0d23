#include "peers.hpp"

#include "lobby/limits.hpp"
#include "wire/magic.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::simulation {

namespace {

template <class Id>
std::vector<std::uint8_t> tagged(std::uint32_t magic, const Id& id)
{
    wire::Bytes bytes;
    bytes.append_u32(magic);
    bytes.append(id.bytes);
    return {bytes.view().begin(), bytes.view().end()};
}

template <class Id>
Id read_id(const std::vector<std::uint8_t>& message)
{
    Id id;
    std::copy_n(message.begin() + wire::magic_size, wire::id_size, id.bytes.begin());
    return id;
}

wire::TicketId random_ticket(Rng& rng)
{
    wire::TicketId ticket;
    for (std::uint8_t& byte : ticket.bytes)
        byte = static_cast<std::uint8_t>(rng.draw());
    return ticket;
}

} // namespace

HostPeer::HostPeer(Surroundings& around, Rng rng, HostPlan plan)
    : around_(around), rng_(rng), plan_(plan)
{
}

void HostPeer::begin()
{
    around_.schedule.after(plan_.arrives, [this] {
        if (!gone_) control_ = around_.network.connect(*this, around_.endpoint(plan_.address));
    });
}

void HostPeer::connected(Line line)
{
    if (gone_) return;
    if (line == control_) {
        around_.network.write(line, tagged(wire::magic_session, wire::SessionId{}));
        return;
    }
    const auto pending = pending_.find(line);
    if (pending == pending_.end()) return;
    pending->second.is_connected = true;
    accept_if_ready(line);
}

bool HostPeer::is_paused() const
{
    if (!session_ || plan_.paused_for == lobby::Duration{0}) return false;
    const auto since = around_.schedule.now() - hosting_since_;
    return since >= plan_.paused_from && since < plan_.paused_from + plan_.paused_for;
}

void HostPeer::ready(Line line)
{
    if (line == control_) return listen_to_control();
    if (const auto link = links_.find(line); link != links_.end()) return link->second->ready();
    // A connection that was closed before we had accepted anybody on it.
    std::vector<std::uint8_t> bytes;
    const PeerRead read = around_.network.read(line, 100, bytes);
    if (read == PeerRead::nothing) return;
    around_.network.close(line);
    pending_.erase(line);
}

void HostPeer::broken(Line line)
{
    around_.network.close(line);
    if (line == control_) return end_session();
    pending_.erase(line);
    if (const auto link = links_.find(line); link != links_.end()) link->second->broken();
}

void HostPeer::listen_to_control()
{
    if (gone_ || is_paused() || (session_ && plan_.queries_without_listening)) return;
    std::vector<std::uint8_t> bytes;
    for (;;) {
        const PeerRead read = around_.network.read(control_, 1000, bytes);
        if (read == PeerRead::nothing) return;
        if (read != PeerRead::bytes) return end_session();
        heard_.insert(heard_.end(), bytes.begin(), bytes.end());
        while (!gone_ && take_message()) {
        }
        if (gone_) return;
    }
}

// Takes one message of the relay from heard_; false if none is complete.
bool HostPeer::take_message()
{
    if (heard_.size() < wire::magic_size) return false;
    const std::uint32_t magic = wire::read_u32(heard_);
    const std::size_t size = magic == wire::magic_ping      ? wire::magic_size
                             : magic == wire::magic_address ? wire::address_reply_size
                                                            : wire::tunnel_message_size;
    if (heard_.size() < size) return false;
    const std::vector<std::uint8_t> message(heard_.begin(),
                                            heard_.begin() + static_cast<std::ptrdiff_t>(size));
    heard_.erase(heard_.begin(), heard_.begin() + static_cast<std::ptrdiff_t>(size));
    if (magic == wire::magic_ping) {
        say(message);
    } else if (magic == wire::magic_session && !session_) {
        has_session(read_id<wire::SessionId>(message));
    } else if (magic == wire::magic_ticket && session_) {
        hears_of_guest(read_id<wire::TicketId>(message));
    } else if (magic == wire::magic_address && session_) {
        wire::Address address;
        std::copy(message.begin() + wire::tunnel_message_size, message.end(),
                  address.bytes.begin());
        hears_address(read_id<wire::TicketId>(message), address);
    } else if (session_ || (magic != wire::magic_full && magic != wire::magic_deny)) {
        around_.oracle.complains("a host hears what it does not know");
    }
    return true;
}

void HostPeer::has_session(const wire::SessionId& id)
{
    session_ = id;
    hosting_since_ = around_.schedule.now();
    if (plan_.asks_without_end)
        ask_on();
    else
        around_.open_sessions.push_back(id);
    if (plan_.paused_for > lobby::Duration{0})
        around_.schedule.after(plan_.paused_from + plan_.paused_for,
                               [this] { listen_to_control(); });
    if (plan_.leaves_after > lobby::Duration{0})
        around_.schedule.after(plan_.leaves_after, [this] { leave(plan_.ending); });
    if (plan_.talks_nonsense)
        around_.schedule.after(rng_.between({}, std::chrono::seconds{20}), [this] {
            if (!gone_) say(std::vector<std::uint8_t>{'H', 'E', 'L', 'O'});
        });
    if (plan_.queries_without_listening)
        for (int n = 0; n < 2000; ++n)
            around_.schedule.after(n * std::chrono::milliseconds{2}, [this] {
                if (!gone_) say(tagged(wire::magic_address, random_ticket(rng_)));
            });
    if (plan_.accepts_bogus_tickets)
        around_.schedule.after(std::chrono::seconds{1}, [this] {
            if (gone_) return;
            const Line line = around_.network.connect(*this, around_.endpoint(plan_.address));
            Pending& pending = pending_[line];
            pending.ticket = random_ticket(rng_);
            pending.address = wire::Address{};
        });
}

// Four hundred times a second, for nobody or for itself.
void HostPeer::ask_on()
{
    for (int n = 0; n < 20 && !gone_; ++n) {
        const wire::TicketId ticket = rng_.one_in(2) ? random_ticket(rng_) : wire::TicketId{};
        queries_.insert(ticket);
        say(tagged(wire::magic_address, ticket));
    }
    if (!gone_) around_.schedule.after(std::chrono::milliseconds{50}, [this] { ask_on(); });
}

void HostPeer::hears_of_guest(const wire::TicketId& ticket)
{
    if (pending_.size() >= lobby::host_pending_slots) {
        if (plan_.is_prompt() && !plan_.accepts_bogus_tickets && !plan_.accepts_twice)
            around_.oracle.complains("a host was told of more guests than it can keep in mind");
        return;
    }
    for (int times = 0; times < (plan_.accepts_twice ? 2 : 1); ++times) {
        const Line line = around_.network.connect(*this, around_.endpoint(plan_.address));
        pending_[line].ticket = ticket;
        if (!plan_.asks_for_addresses) continue;
        queries_.insert(ticket);
        say(tagged(wire::magic_address, ticket));
    }
}

void HostPeer::hears_address(const wire::TicketId& ticket, const wire::Address& address)
{
    const auto query = queries_.find(ticket);
    if (query == queries_.end()) return around_.oracle.complains("an address nobody asked for");
    queries_.erase(query);
    for (auto& [line, pending] : pending_) {
        if (pending.ticket != ticket || pending.address) continue;
        pending.address = address;
        return accept_if_ready(line);
    }
}

void HostPeer::accept_if_ready(Line line)
{
    Pending& pending = pending_.at(line);
    const bool is_answered = pending.address.has_value() || !plan_.asks_for_addresses;
    if (!pending.is_connected || !is_answered || plan_.never_accepts) return;
    if (std::exchange(pending.is_planned, true)) return;
    around_.schedule.after(rng_.between({}, plan_.reaction_max), [this, line] { accept(line); });
}

void HostPeer::accept(Line line)
{
    const auto pending = pending_.find(line);
    if (gone_ || pending == pending_.end()) return;
    around_.oracle.opens_stream(id_of(line), false, *session_);
    if (pending->second.address) around_.oracle.answered(id_of(line), *pending->second.address);
    const auto greeting = tagged(wire::magic_ticket, pending->second.ticket);
    pending_.erase(pending);
    auto link = std::make_unique<LinkEnd>(around_.schedule, around_.network, around_.oracle,
                                          Rng(rng_.draw()), line, plan_.links);
    LinkEnd& kept = *link;
    links_.emplace(line, std::move(link));
    kept.greet(greeting);
    kept.ready();
}

void HostPeer::say(std::span<const std::uint8_t> bytes)
{
    // What does not fit is lost, and with it the session: as in RetroArch.
    if (around_.network.write(control_, bytes) < bytes.size()) end_session();
}

// What a host does when it hears that its session is over.
void HostPeer::end_session()
{
    if (!gone_) leave(Ending::closes);
}

void HostPeer::leave(Ending ending)
{
    const bool is_first = !std::exchange(gone_, true);
    if (is_first && session_) {
        std::erase(around_.open_sessions, *session_);
        around_.ended_sessions.push_back(*session_);
    }
    const auto end = [&](Line line) {
        if (ending == Ending::vanishes)
            around_.network.vanish(line);
        else if (ending == Ending::resets)
            around_.network.reset(line);
        else
            around_.network.close(line);
    };
    if (is_first && control_ >= 0) end(control_);
    for (const auto& [line, pending] : pending_)
        end(line);
    pending_.clear();
    if (is_first && plan_.leaves_links_open) return;
    for (const auto& [line, link] : links_)
        link->leave(ending);
}

} // namespace netplay_relay::simulation
