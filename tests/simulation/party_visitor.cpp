// The honest ones.
#include "party_visitor.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::simulation {

namespace {

using namespace std::chrono_literals;
using inspector::PartyEnd;
using inspector::PartyEndKind;
using party::Mode;

constexpr unsigned waits_for_code_max = 20; // half a second each

inspector::PartyClient::Random random_of(Rng& rng)
{
    return [&rng](std::span<std::uint8_t> bytes) {
        for (std::uint8_t& byte : bytes)
            byte = static_cast<std::uint8_t>(rng.draw());
    };
}

} // namespace

PartyVisitor::PartyVisitor(PartySurroundings& around, Rng rng, Participant& who)
    : around_(around), rng_(rng), who_(who), visit_(who.visit)
{
}

void PartyVisitor::begin()
{
    around_.around.schedule.after(visit_.arrives, [this] { start(); });
}

// Nothing while its friend has no code yet.
std::optional<std::string> PartyVisitor::find_code()
{
    if (visit_.mistypes) return "BCDF-GHJK";
    if (visit_.comes_late && !around_.oracle.closed().empty())
        return to_text(rng_.one_of(around_.oracle.closed()));
    const auto known = around_.codes.find(visit_.table);
    if (known != around_.codes.end()) return to_text(known->second);
    if (++waits_for_code_ < waits_for_code_max) return std::nullopt;
    return "ZXWV-TSRQ";
}

void PartyVisitor::start()
{
    if (is_gone_) return;
    inspector::PartyRequest request;
    request.game = party_game;
    request.hosts = visit_.hosts;
    request.max = visit_.max;
    request.mesh = visit_.mesh;
    request.id = visit_.id;
    if (!visit_.hosts) {
        const auto code = find_code();
        if (!code) return around_.around.schedule.after(500ms, [this] { start(); });
        request.code = *code;
        who_.code = party::parse_code(*code);
    }
    client_.emplace(inspector::PartyClientSettings{request, "relay:55435"}, random_of(rng_),
                    around_.now());
    if (visit_.stays > 0s) leaves_at_ = around_.now() + visit_.stays;
    step();
}

void PartyVisitor::plan_step(lobby::Duration delay)
{
    around_.around.schedule.after(delay, [this, planned = ++steps_] {
        if (planned == steps_) step();
    });
}

void PartyVisitor::step()
{
    if (is_gone_ || !client_) return;
    const lobby::Instant now = around_.now();
    if (const auto due = client_->connect_at(); due && *due <= now) dial();
    listen();
    if (now >= hangs_until_) take_events();
    if (now >= leaves_at_ && !client_->is_over()) leave(Ending::orderly);
    if (client_->is_in() && !around_.is_calm) talk();
    client_->tick(now);
    speak();
    if (client_->is_over() && now >= hangs_until_) {
        take_events();
        if (client_->out().empty() || line_ < 0) return hang_up();
    }
    if (is_gone_) return;
    plan_step(visit_.frame);
    if (!around_.is_calm) fall_ill();
}

void PartyVisitor::fall_ill()
{
    if (happens(visit_.hangs_one_in))
        hangs_until_ = around_.now() + rng_.between(0s, visit_.hang_max);
    if (happens(visit_.freezes_one_in)) plan_step(rng_.between(0s, visit_.freeze_max));
    if (line_ >= 0 && happens(visit_.cuts_one_in)) cut();
}

void PartyVisitor::dial()
{
    wire::Address address = visit_.address;
    if (visit_.roams && rng_.one_in(2)) address.bytes[13] = 1;
    const wire::Endpoint from = around_.around.endpoint(address);
    is_connected_ = false;
    line_ = network().connect(*this, from);
    around_.oracle.dials(who_, id_of(line_), from);
    client_->dialling();
}

void PartyVisitor::connected(Line line)
{
    if (line != line_ || is_gone_) return;
    is_connected_ = true;
    client_->connected(around_.now());
    speak();
    if (around_.is_calm || !happens(visit_.cut_again_one_in)) return;
    around_.around.schedule.after(rng_.between(0ms, 200ms), [this, line] {
        if (line == line_ && !is_gone_) cut();
    });
}

void PartyVisitor::listen()
{
    std::vector<std::uint8_t> bytes;
    const bool is_slow = visit_.read_max > 0 && !around_.is_calm;
    const std::size_t most = is_slow ? visit_.read_max : 1U << 20U;
    while (line_ >= 0 && is_connected_) {
        const PeerRead read = network().read(line_, most, bytes);
        if (read == PeerRead::nothing) return;
        if (read != PeerRead::bytes) return is_lost("the relay has hung up");
        client_->received(bytes, around_.now());
        if (is_slow) return;
    }
}

void PartyVisitor::take_events()
{
    for (const inspector::PartyClientEvent& event : client_->take_events()) {
        if (const auto* packet = std::get_if<inspector::PartyPacket>(&event))
            around_.oracle.takes(who_, *packet);
        if (const auto* welcome = std::get_if<party::Welcome>(&event); welcome && visit_.hosts)
            around_.codes[visit_.table] = welcome->code;
        if (const auto* end = std::get_if<PartyEnd>(&event)) note_end(*end);
    }
}

void PartyVisitor::note_end(const PartyEnd& end)
{
    who_.gives_up = true;
    if (end.kind == PartyEndKind::closed && !end.reason.empty())
        around_.oracle.is_told_to_go(who_, end.reason);
    if (end.kind == PartyEndKind::broken)
        around_.around.oracle.complains("peer " + std::to_string(who_.number) + ": " + end.text);
}

void PartyVisitor::talk()
{
    if (happens(visit_.kicks_one_in) && !client_->peers().empty()) {
        const auto& peers = client_->peers();
        client_->kick(
            *std::next(peers.begin(), static_cast<std::ptrdiff_t>(rng_.below(peers.size()))), "go");
    }
    if (happens(visit_.refuses_one_in)) client_->refuse(rng_.one_in(2));
    if (happens(visit_.bulk_one_in)) bulk_left_ = static_cast<unsigned>(rng_.between(1, 8));
    if (bulk_left_ > 0) {
        --bulk_left_;
        say_packet(rng_.between(packet_mark_size, visit_.bulk_max));
    }
    if (!happens(visit_.talks_one_in)) return;
    for (std::size_t count = rng_.between(1, 3); count > 0; --count)
        say_packet(rng_.between(packet_mark_size, visit_.payload_max));
}

void PartyVisitor::say_packet(std::size_t size)
{
    const auto mode = static_cast<Mode>(rng_.below(party::mode_count));
    who_.sent.push_back({some_target(), mode, static_cast<std::uint8_t>(rng_.below(4)), size});
    const SentPacket& packet = who_.sent.back();
    const auto payload = around_.oracle.payload_of(who_, packet);
    if (!client_->send(packet.to, mode, packet.channel, payload)) who_.sent.pop_back();
}

// All, one, all but one, or some: those who are there, and those who are not.
inspector::PartyTarget PartyVisitor::some_target()
{
    const auto some_id = [this] {
        const PartyVisit& some = rng_.one_of(around_.plan.visits);
        return some.hosts ? host_of_party : some.id;
    };
    switch (rng_.below(5)) {
    case 0: return {some_id(), {}};
    case 1: return {-some_id(), {}};
    case 2: {
        inspector::PartyTarget listed;
        for (std::size_t count = rng_.between(1, 5); count > 0; --count)
            listed.list.push_back(some_id());
        return listed;
    }
    default: return {};
    }
}

void PartyVisitor::speak()
{
    if (line_ < 0 || !is_connected_) return;
    std::vector<std::uint8_t>& out = client_->out();
    const std::size_t taken = network().write(line_, out);
    out.erase(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(taken));
}

void PartyVisitor::cut()
{
    around_.oracle.cuts(id_of(line_));
    switch (rng_.below(3)) {
    case 0: network().reset(line_); break;
    case 1: network().vanish(line_); break;
    default: network().close(line_); break;
    }
    line_ = -1;
    client_->lost("the line is cut", around_.now());
}

void PartyVisitor::is_lost(const std::string& why)
{
    network().close(std::exchange(line_, -1));
    client_->lost(why, around_.now());
}

void PartyVisitor::broken(Line line)
{
    if (line != line_) return network().close(line);
    is_lost("the relay has reset it");
}

// Some leave that to the relay.
void PartyVisitor::hang_up()
{
    is_gone_ = true;
    who_.gives_up = true;
    if (line_ < 0) return;
    const lobby::Duration delay = rng_.one_in(6) ? 5s : rng_.between(0ms, 200ms);
    around_.around.schedule.after(delay, [this, line = line_] {
        around_.oracle.cuts(id_of(line));
        network().close(line);
    });
}

void PartyVisitor::leave(Ending ending)
{
    if (is_gone_) return;
    who_.gives_up = true;
    if (!client_) {
        is_gone_ = true;
        return;
    }
    if (ending == Ending::orderly && visit_.says_goodbye) {
        if (client_->is_in()) who_.has_said_goodbye = true;
        return client_->leave();
    }
    is_gone_ = true;
    if (line_ >= 0) cut();
}

void PartyVisitor::calm_down()
{
    hangs_until_ = {};
    if (client_ && !is_gone_) plan_step({});
}

void PartyVisitor::settle()
{
    if (client_) around_.oracle.settles(who_, *client_, around_.now());
}

} // namespace netplay_relay::simulation
