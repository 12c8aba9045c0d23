// Those who mean harm.
#include "party_visitor.hpp"

#include "party/client_control.hpp"
#include "websocket/asking.hpp"

#include <utility>

namespace netplay_relay::simulation {

namespace {

using namespace std::chrono_literals;
using websocket::Kind;

constexpr unsigned guesses_max = 16;
constexpr unsigned flood_messages = 6000;
constexpr std::uint64_t far_too_many = 1ULL << 40U;

std::vector<std::uint8_t> packet_of(std::int32_t target, party::Mode mode, std::size_t size)
{
    std::vector<std::uint8_t> bytes;
    const std::vector<std::uint8_t> payload(size, 'x');
    party::append_request(bytes, {target, mode, 0, false, {}, payload});
    return bytes;
}

std::vector<std::uint8_t> bytes_of_text(std::string_view text)
{
    return {text.begin(), text.end()};
}

} // namespace

PartyStranger::PartyStranger(PartySurroundings& around, Rng rng, Participant& who)
    : around_(around), rng_(rng), who_(who)
{
}

void PartyStranger::begin()
{
    around_.around.schedule.after(who_.visit.arrives, [this] { dial(); });
}

void PartyStranger::dial()
{
    if (is_gone_) return;
    if (who_.visit.deed <= PartyDeed::deaf) {
        inspector::PartyRequest request;
        request.game = party_game;
        request.id = who_.visit.id;
        const auto known = around_.codes.find(who_.visit.table);
        request.code = known == around_.codes.end() ? random_code() : to_text(known->second);
        who_.code = party::parse_code(request.code);
        client_.emplace(
            inspector::PartyClientSettings{request, "relay"},
            [this](std::span<std::uint8_t> bytes) {
                for (std::uint8_t& byte : bytes)
                    byte = static_cast<std::uint8_t>(rng_.draw());
            },
            around_.now());
        client_->dialling();
    }
    const wire::Endpoint from = around_.around.endpoint(who_.visit.address);
    line_ = network().connect(*this, from);
    around_.oracle.dials(who_, id_of(line_), from);
    around_.around.schedule.after(rng_.between(5s, 25s), [this, line = line_] {
        if (line == line_) leave(rng_.one_in(2) ? Ending::resets : Ending::vanishes);
    });
}

void PartyStranger::connected(Line line)
{
    if (is_gone_ || line != line_) return;
    if (!client_) return do_first_deed();
    client_->connected(around_.now());
    step();
}

// One who is in a party looks once a frame.
void PartyStranger::step()
{
    if (is_gone_ || line_ < 0 || !client_) return;
    std::vector<std::uint8_t> bytes;
    PeerRead read = is_deaf_ ? PeerRead::nothing : network().read(line_, 4000, bytes);
    for (; read == PeerRead::bytes; read = network().read(line_, 4000, bytes))
        client_->received(bytes, around_.now());
    (void)client_->take_events();
    if (read != PeerRead::nothing || (client_->is_over() && rng_.one_in(20)))
        return leave(Ending::closes);
    if (client_->is_in() && rng_.one_in(30) && !std::exchange(has_done_it_, true)) do_deed();
    if (!has_done_it_) client_->tick(around_.now());
    say(std::exchange(client_->out(), {}));
    around_.around.schedule.after(who_.visit.frame, [this] { step(); });
}

void PartyStranger::say(std::span<const std::uint8_t> bytes)
{
    unsaid_.insert(unsaid_.end(), bytes.begin(), bytes.end());
    speak();
}

void PartyStranger::speak()
{
    if (is_gone_ || line_ < 0 || unsaid_.empty()) return;
    const auto taken = static_cast<std::ptrdiff_t>(network().write(line_, unsaid_));
    unsaid_.erase(unsaid_.begin(), unsaid_.begin() + taken);
}

void PartyStranger::say_frame(Kind kind, std::span<const std::uint8_t> payload)
{
    std::vector<std::uint8_t> frame;
    websocket::append_masked_frame(frame, kind, payload, {1, 2, 3, 4});
    say(frame);
}

void PartyStranger::say_text(const std::string& text)
{
    say_frame(Kind::text, bytes_of_text(text));
}

std::string PartyStranger::random_code()
{
    std::array<std::uint8_t, party::code_size> random{};
    for (std::uint8_t& byte : random)
        byte = static_cast<std::uint8_t>(rng_.draw());
    return to_text(party::code_from(random));
}

// Of those who never come in.
void PartyStranger::do_first_deed()
{
    const PartyDeed deed = who_.visit.deed;
    if (deed == PartyDeed::half_head) return say(bytes_of_text("GET / HTTP/1.1\r\nHost: x\r\n"));
    if (deed == PartyDeed::no_websocket)
        return say(bytes_of_text("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
    say(bytes_of_text(
        websocket::request("relay", "/", websocket::key_from({}), party::subprotocol)));
    const auto known = around_.codes.find(who_.visit.table);
    const std::string code = known == around_.codes.end() ? random_code() : to_text(known->second);
    switch (deed) {
    case PartyDeed::wrong_token: {
        party::Token token{};
        for (std::uint8_t& byte : token)
            byte = static_cast<std::uint8_t>(rng_.draw());
        return say_text(party::write_return(token, 0));
    }
    case PartyDeed::guesses:
        say_text(party::write_join(random_code(), party_game, 7));
        return around_.around.schedule.after(200ms, [this] {
            if (is_gone_ || ++guesses_ >= guesses_max) return;
            if (line_ >= 0) network().close(std::exchange(line_, -1));
            unsaid_.clear();
            dial();
        });
    case PartyDeed::wrong_game: return say_text(party::write_join(code, "another", who_.visit.id));
    case PartyDeed::wrong_first:
        return say_frame(Kind::binary, packet_of(0, party::Mode::reliable, 20));
    default: return;
    }
}

void PartyStranger::do_deed()
{
    switch (who_.visit.deed) {
    case PartyDeed::garbage: return say(std::vector<std::uint8_t>(rng_.between(2, 60), 0xf7));
    case PartyDeed::unmasked: {
        std::vector<std::uint8_t> frame;
        websocket::append_frame(frame, Kind::text, bytes_of_text("{}"));
        return say(frame);
    }
    case PartyDeed::bad_control:
        return say_text(rng_.one_in(2) ? "hello" : R"({"welcome":{"id":1}})");
    case PartyDeed::kicks: return say_text(party::write_kick(host_of_party, "go"));
    case PartyDeed::endless_frame:
        return say(std::vector<std::uint8_t>{0x82, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 9, 9, 9, 9, 9});
    case PartyDeed::floods: return flood();
    case PartyDeed::deaf: is_deaf_ = true; return;
    case PartyDeed::bad_packet:
    case PartyDeed::mixed_packets:
    case PartyDeed::packet_too_large: return send_bad_packets();
    default: return send_wrong_progress();
    }
}

void PartyStranger::send_bad_packets()
{
    if (who_.visit.deed == PartyDeed::bad_packet)
        return say_frame(Kind::binary, std::vector<std::uint8_t>(rng_.between(0, 9), 0));
    std::vector<std::uint8_t> packets = packet_of(0, party::Mode::reliable, 20);
    if (who_.visit.deed == PartyDeed::mixed_packets) {
        const auto other = packet_of(0, party::Mode::unreliable, 20);
        packets.insert(packets.end(), other.begin(), other.end());
    } else {
        packets[party::packet_head_size - 1] = 0x7f; // of its size
    }
    say_frame(Kind::binary, packets);
}

void PartyStranger::send_wrong_progress()
{
    const auto say_progress = [this](const party::Progress& progress) {
        say_text(party::write_progress(progress));
    };
    const std::uint64_t numbered = client_->numbered();
    switch (who_.visit.deed) {
    case PartyDeed::got_too_much: return say_progress({far_too_many, {}});
    case PartyDeed::got_backwards:
        say_progress({numbered, {}});
        if (numbered > 0) say_progress({numbered - 1, {}});
        return;
    case PartyDeed::seen_too_much: return say_progress({{}, far_too_many});
    default: say_progress({{}, 1}); return say_progress({{}, 0});
    }
}

void PartyStranger::flood()
{
    const auto mode = static_cast<party::Mode>(rng_.below(party::mode_count));
    const auto packet = packet_of(0, mode, 4);
    std::vector<std::uint8_t> all;
    for (unsigned count = 0; count < flood_messages; ++count)
        websocket::append_masked_frame(all, Kind::binary, packet, {1, 2, 3, 4});
    say(all);
}

void PartyStranger::ready(Line line)
{
    if (is_gone_ || line != line_) return;
    speak();
    if (client_) return;
    std::vector<std::uint8_t> bytes;
    PeerRead read = PeerRead::bytes;
    while (read == PeerRead::bytes)
        read = network().read(line, 4000, bytes);
    if (read != PeerRead::nothing && rng_.one_in(2)) leave(Ending::closes);
}

void PartyStranger::broken(Line line)
{
    network().close(line);
    if (line == line_) line_ = -1;
}

void PartyStranger::leave(Ending ending)
{
    if (line_ < 0 || std::exchange(is_gone_, true)) return;
    if (ending == Ending::vanishes)
        network().vanish(line_);
    else if (ending == Ending::resets)
        network().reset(line_);
    else
        network().close(line_);
}

} // namespace netplay_relay::simulation
