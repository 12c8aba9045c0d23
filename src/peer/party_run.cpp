#include "peer/party_run.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::inspector {

namespace {

using namespace std::chrono_literals;

constexpr Duration arrival_max = 2s;

} // namespace

PartyRun::PartyRun(PartyRunOptions options, PartyClient::Random random, Instant now)
    : options_(std::move(options)), client_(options_.client, std::move(random), now),
      printed_(options_.json), begin_(now)
{
    if (options_.cut_every > Duration{}) cut_at_ = now + options_.cut_every;
}

void PartyRun::dialling()
{
    ++connections_;
    client_.dialling();
}

void PartyRun::received(std::span<const std::uint8_t> bytes, Instant now)
{
    client_.received(bytes, now);
    take_events(now);
}

void PartyRun::lost(const std::string& why, Instant now)
{
    client_.lost(why, now);
    take_events(now);
}

bool PartyRun::takes_cut(Instant now)
{
    if (cut_at_ && now >= *cut_at_) {
        cut_at_ = now + options_.cut_every;
        cut_now_ = true;
    }
    return std::exchange(cut_now_, false) && client_.is_in();
}

void PartyRun::order(std::string_view line, Instant now)
{
    if (line.empty()) return;
    const auto order = parse_order(line);
    if (const auto* fault = std::get_if<std::string>(&order))
        complaints_ += *fault + "\n";
    else
        obey(std::get<PartyOrder>(order), now);
    tick(now);
}

void PartyRun::obey(const PartyOrder& order, Instant now)
{
    if (const auto* sending = std::get_if<SendOrder>(&order)) {
        const auto payload = party::bytes_of(sending->text);
        return send(*sending, payload);
    }
    if (std::holds_alternative<CutOrder>(order)) {
        cut_now_ = true;
        return;
    }
    if (std::holds_alternative<QuitOrder>(order)) return stop(now, false);
    if (!options_.client.request.hosts) {
        complaints_ += "only the host does that\n";
        return;
    }
    if (const auto* kick = std::get_if<KickOrder>(&order))
        client_.kick(kick->id, kick->text);
    else
        client_.refuse(std::get<RefuseOrder>(order).refuse);
}

void PartyRun::send(const SendOrder& order, std::span<const std::uint8_t> payload)
{
    if (!client_.send(order.to, order.mode, order.channel, payload))
        complaints_ += "a packet was not taken: too large, or too much waits already\n";
}

void PartyRun::stop(Instant now, bool interrupted)
{
    if (stop_by_ || client_.is_over()) return;
    as_asked_ = !interrupted || (options_.length == Duration{} && options_.packets == 0);
    stop_by_ = now + arrival_max;
}

void PartyRun::tick(Instant now)
{
    if (client_.is_in() && !client_.peers().empty() && !sends_since_) sends_since_ = now;
    if (!stop_by_) send_due(now);
    client_.tick(now);
    take_events(now);
    look_at_end(now);
}

void PartyRun::send_due(Instant now)
{
    if (!sends_since_) return;
    if (!is_counting()) {
        if (std::exchange(sent_, 1) > 0) return;
        for (const SendOrder& order : options_.sends) {
            std::string text = order.text;
            if (options_.size > 0) text.resize(options_.size, '.');
            send(order, party::bytes_of(text));
        }
        return;
    }
    for (auto due = next_send(); due && now >= *due; due = next_send())
        send_numbered(sent_++, now);
}

std::optional<Instant> PartyRun::next_send() const
{
    if (!sends_since_ || !is_counting() || options_.sends.empty() || stop_by_) return std::nullopt;
    if (options_.count > 0 && sent_ >= options_.count) return std::nullopt;
    const std::chrono::duration<double> later(sent_ / options_.rate);
    return *sends_since_ + std::chrono::duration_cast<Duration>(later);
}

void PartyRun::send_numbered(std::uint32_t number, Instant now)
{
    std::uint8_t stream = 0;
    for (const SendOrder& order : options_.sends) {
        const Probe probe{false, stream++, number, options_.count, now.time_since_epoch().count()};
        auto payload = write_probe(probe, std::max(options_.size, probe_size + order.text.size()));
        std::ranges::copy(order.text, payload.begin() + probe_size);
        send(order, payload);
    }
}

void PartyRun::take_events(Instant now)
{
    for (const PartyClientEvent& event : client_.take_events()) {
        if (const auto* welcome = std::get_if<party::Welcome>(&event)) {
            if (!place_ && options_.client.request.hosts)
                lines_ += printed_.code(to_text(welcome->code));
            place_ = *welcome;
        }
        if (!options_.quiet || !is_frequent(event)) lines_ += printed_.event(event, now - begin_);
        if (const auto* packet = std::get_if<PartyPacket>(&event)) take_packet(*packet, now);
        if (const auto* got = std::get_if<party::Got>(&event); got && got->round_trip)
            round_trip_ = got->round_trip;
        if (const auto* end = std::get_if<PartyEnd>(&event)) end_ = *end;
    }
}

void PartyRun::take_packet(const PartyPacket& packet, Instant now)
{
    ++packets_;
    const auto probe = read_probe(packet.payload);
    if (probe && options_.measure) meter_.note(packet.source, packet.mode, *probe, now);
    if (!options_.echo || (probe && probe->echo)) return; // two that echo would never end
    const SendOrder back{{packet.source, {}}, packet.mode, packet.channel, {}};
    send(back, echo_of(packet.payload));
}

void PartyRun::look_at_end(Instant now)
{
    if (client_.is_over()) return;
    const bool is_late = options_.length > Duration{} && now - begin_ >= options_.length;
    const bool has_sent = options_.count == 0 || !next_send();
    const bool has_all = options_.packets > 0 && packets_ >= options_.packets && has_sent;
    if (!stop_by_ && (is_late || has_all)) {
        stop(now, false);
        as_asked_ = has_all || options_.packets == 0;
    }
    if (!stop_by_) return;
    const bool has_arrived = client_.is_in() && client_.unacknowledged() == 0;
    if (!has_arrived && place_ && now < *stop_by_) return;
    client_.leave();
    take_events(now);
}

std::optional<Instant> PartyRun::next_deadline() const
{
    auto due = client_.next_deadline();
    const auto at = [&due](std::optional<Instant> when) {
        if (when) due = due ? std::min(*due, *when) : *when;
    };
    at(next_send());
    at(cut_at_);
    at(stop_by_);
    if (options_.length > Duration{} && !stop_by_) at(begin_ + options_.length);
    return due;
}

std::string PartyRun::take_lines() { return std::exchange(lines_, {}); }

std::string PartyRun::take_complaints() { return std::exchange(complaints_, {}); }

// Of what has to arrive.
std::optional<bool> PartyRun::faultless(const std::vector<ProbeReport>& streams) const
{
    if (!options_.measure) return std::nullopt;
    return std::ranges::all_of(streams, [](const ProbeReport& stream) {
        return stream.mode != Mode::reliable || stream.is_faultless();
    });
}

PartyReport PartyRun::report(Instant now) const
{
    PartyReport report;
    report.hosts = options_.client.request.hosts;
    if (place_) {
        report.code = to_text(place_->code);
        report.id = place_->id;
    }
    report.seconds = std::chrono::duration<double>(now - begin_).count();
    report.connections = connections_;
    report.counts = client_.counts();
    report.round_trip = round_trip_;
    report.streams = meter_.report();
    report.faultless = faultless(report.streams);
    const PartyEnd end = end_.value_or(PartyEnd{PartyEndKind::broken, {}, "it was not to end"});
    report.reason = end.reason;
    report.text = end.text;
    const auto is = [&](const char* outcome, int code) {
        report.outcome = outcome;
        report.exit_code = code;
    };
    switch (end.kind) {
    case PartyEndKind::left:
        if (!place_)
            is("refused", party_refused);
        else if (!as_asked_)
            is("lost", party_lost);
        else
            is("finished", report.faultless.value_or(true) ? party_ok : party_faults);
        break;
    case PartyEndKind::refused: is("refused", party_refused); break;
    case PartyEndKind::closed:
    case PartyEndKind::lost: is("lost", party_lost); break;
    case PartyEndKind::broken: is("failed", party_failed); break;
    }
    return report;
}

} // namespace netplay_relay::inspector
