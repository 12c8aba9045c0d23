#include "peer/party_client.hpp"

#include "party/settings.hpp"
#include "websocket/asking.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace netplay_relay::inspector {

namespace {

using namespace std::chrono_literals;
using websocket::Kind;

constexpr std::size_t text_size_max = 64U << 10U;
constexpr std::size_t kept_bytes_max = 16U << 20U;
constexpr std::size_t unsent_max = 16U << 10U; // then what is unreliable is dropped
constexpr std::size_t gathered_max = 48U << 10U;

// When it says what has come in.
constexpr unsigned acknowledge_messages = 16;
constexpr std::size_t acknowledge_bytes = 8U << 10U;
constexpr Duration acknowledge_delay = 100ms;
constexpr Duration frame = 16ms;

// The relay pings every 2 s.
constexpr Duration relay_silence_max = 10s;
constexpr Duration welcome_max = 10s;
constexpr Duration first_pause = 50ms;
constexpr unsigned pause_doublings = 5;

constexpr unsigned server_fault = 500;                            // and above
constexpr std::array<std::uint8_t, 2> close_normally{0x03, 0xE8}; // 1000

// What stands before several relays sees no message, and goes by the code in it.
std::string path_with(const std::optional<party::Code>& code)
{
    if (!code) return "/";
    return "/?party=" + std::string(code->letters.begin(), code->letters.end());
}

} // namespace

PartyClient::PartyClient(PartyClientSettings settings, Random random, Instant now)
    : settings_(std::move(settings)), random_(std::move(random)), connect_at_(now)
{
}

std::optional<Instant> PartyClient::connect_at() const
{
    if (state_ != State::absent) return std::nullopt;
    return connect_at_;
}

void PartyClient::dialling()
{
    if (state_ == State::absent) state_ = State::dialling;
}

void PartyClient::connected(Instant now)
{
    if (state_ == State::over) return;
    state_ = State::greeting;
    reader_ = websocket::FrameReader(websocket::Side::client);
    head_.clear();
    out_.clear();
    heard_ = now;
    taken_ = seen_ = seen_told_ = 0;
    kept_sent_ = 0;
    websocket::KeyBytes random{};
    random_(random);
    key_ = websocket::key_from(random);
    const auto code =
        place_ ? std::optional(place_->code) : party::parse_code(settings_.request.code);
    const std::string request =
        websocket::request(settings_.host, path_with(code), key_, party::subprotocol);
    out_.insert(out_.end(), request.begin(), request.end());
}

void PartyClient::lost(const std::string& why, Instant now)
{
    if (state_ == State::over) return;
    out_.clear();
    if (!place_) return end(PartyEndKind::refused, {}, why);
    if (state_ == State::in) events_.emplace_back(PartyAbsent{why});
    state_ = State::absent;
    if (!lost_since_) lost_since_ = now;
    // Not all of those whom a relay has lost come back in one moment.
    std::array<std::uint8_t, 1> random{};
    random_(random);
    const Duration pause = first_pause * (1U << std::min(attempts_++, pause_doublings));
    connect_at_ = now + pause * (128U + random[0]) / 256U;
}

void PartyClient::received(std::span<const std::uint8_t> bytes, Instant now)
{
    heard_ = now;
    if (state_ == State::greeting) return read_answer(bytes, now);
    if (state_ == State::asking || state_ == State::in) feed(bytes, now);
}

void PartyClient::read_answer(std::span<const std::uint8_t> bytes, Instant now)
{
    head_.insert(head_.end(), bytes.begin(), bytes.end());
    const auto answer = websocket::read_answer(head_, key_, party::subprotocol);
    if (const auto* refused = std::get_if<websocket::NotAccepted>(&answer)) {
        const std::string status =
            refused->status == 0 ? "" : "HTTP " + std::to_string(refused->status) + ": ";
        // A proxy whose relay begins anew.
        if (place_ && refused->status >= server_fault) return lost(status + refused->sentence, now);
        return end(PartyEndKind::refused, {}, status + refused->sentence);
    }
    const auto* accepted = std::get_if<websocket::Accepted>(&answer);
    if (accepted == nullptr) return;
    state_ = State::asking;
    const PartyRequest& asked = settings_.request;
    std::string first;
    if (place_)
        first = party::write_return(place_->token, numbered_);
    else if (asked.hosts)
        first = party::write_host(
            {asked.game, asked.max, asked.mesh, party::parse_code(asked.code), asked.shown});
    else
        first = party::write_join(asked.code, asked.game, asked.id);
    write(Kind::text, party::bytes_of(first));
    const auto head = std::exchange(head_, {});
    feed(std::span(head).subspan(accepted->used), now);
}

void PartyClient::feed(std::span<const std::uint8_t> bytes, Instant now)
{
    const websocket::Limits limits{text_size_max, party::packet_bytes_max + party::packets_around};
    const auto fault = reader_.feed(
        bytes, limits, [&](const websocket::Message& message) { return hear(message, now); });
    if (fault && state_ != State::over) end(PartyEndKind::broken, {}, "this is no WebSocket");
}

// False if nothing more of it is to be heard.
bool PartyClient::hear(const websocket::Message& message, Instant now)
{
    switch (message.kind) {
    case Kind::ping: write(Kind::pong, message.payload); break;
    case Kind::pong: break;
    case Kind::close: // the relay says why it does, and this is a proxy's
        lost("the WebSocket was closed on the way", now);
        return false;
    case Kind::text:
        ++counts_.messages_in;
        hear_text(message.payload, now);
        break;
    case Kind::binary:
        ++counts_.messages_in;
        hear_packets(message.payload, now);
        break;
    }
    return state_ != State::over;
}

void PartyClient::hear_text(std::span<const std::uint8_t> text, Instant now)
{
    const auto told = party::read_told(text);
    if (!told) return end(PartyEndKind::broken, {}, "a control message makes no sense");
    if (const auto* welcome = std::get_if<party::Welcome>(&*told))
        return hear_welcome(*welcome, now);
    if (const auto* close = std::get_if<party::Close>(&*told)) {
        const bool was_in = place_.has_value();
        return end(was_in ? PartyEndKind::closed : PartyEndKind::refused, close->reason,
                   close->text);
    }
    if (state_ != State::in) return end(PartyEndKind::broken, {}, "no welcome came first");
    if (const auto* got = std::get_if<party::Got>(&*told)) {
        acknowledged(got->got);
        events_.emplace_back(*got);
        return;
    }
    note_in(text.size(), true, now);
    const auto* news = std::get_if<party::PeerNews>(&*told);
    if (news == nullptr) return; // of a later version
    if (news->news == party::News::joined) peers_.insert(news->id);
    if (news->news == party::News::left) peers_.erase(news->id);
    events_.emplace_back(*news);
}

void PartyClient::hear_welcome(const party::Welcome& welcome, Instant now)
{
    if (state_ != State::asking || welcome.again != place_.has_value())
        return end(PartyEndKind::broken, {}, "a welcome that nobody asked for");
    state_ = State::in;
    counts_.returns += welcome.again ? 1U : 0U;
    place_ = welcome;
    peers_.clear();
    peers_.insert(welcome.peers.begin(), welcome.peers.end());
    attempts_ = 0;
    lost_since_.reset();
    told_at_ = now;
    numbered_told_ = numbered_;
    messages_untold_ = 0;
    bytes_untold_ = 0;
    untold_since_.reset();
    acknowledged(welcome.got);
    if (welcome.again) counts_.messages_repeated += kept_.size();
    events_.emplace_back(welcome);
    pump();
}

void PartyClient::hear_packets(std::span<const std::uint8_t> message, Instant now)
{
    if (state_ != State::in) return end(PartyEndKind::broken, {}, "no welcome came first");
    party::PacketReader reader(message, party::packet_bytes_max, 0);
    bool reliable = false;
    while (const auto packet = reader.next()) {
        reliable = packet->mode == Mode::reliable;
        ++counts_.packets_in;
        events_.emplace_back(PartyPacket{packet->target,
                                         packet->mode,
                                         packet->channel,
                                         {packet->payload.begin(), packet->payload.end()}});
    }
    if (reader.fault()) return end(PartyEndKind::broken, {}, "a packet makes no sense");
    taken_ += message.size();
    note_in(message.size(), reliable, now);
}

void PartyClient::note_in(std::size_t bytes, bool numbered, Instant now)
{
    if (numbered) ++numbered_;
    ++messages_untold_;
    bytes_untold_ += bytes;
    if (!untold_since_) untold_since_ = now;
}

void PartyClient::acknowledged(std::uint64_t count)
{
    if (count < acknowledged_ || count > acknowledged_ + kept_.size())
        return end(PartyEndKind::broken, {}, "the relay has what was not sent");
    for (; acknowledged_ < count; ++acknowledged_) {
        kept_bytes_ -= kept_.front().payload.size();
        kept_.pop_front();
        if (kept_sent_ > 0) --kept_sent_;
    }
}

bool PartyClient::send(const PartyTarget& to, Mode mode, std::uint8_t channel,
                       std::span<const std::uint8_t> payload)
{
    const bool reliable = mode == Mode::reliable;
    const std::size_t payload_max = place_ ? place_->packet : party::packet_bytes_max;
    if (state_ == State::over || payload.size() > payload_max ||
        (reliable && kept_bytes_ + gathered_.size() + payload.size() > kept_bytes_max)) {
        ++counts_.packets_refused;
        return false;
    }
    if (gathered_count_ > 0 &&
        (reliable != gathered_reliable_ || gathered_.size() + payload.size() > gathered_max))
        flush();
    std::vector<std::uint8_t> list;
    for (const std::int32_t id : to.list)
        for (const std::uint8_t byte : little_endian(static_cast<std::uint32_t>(id)))
            list.push_back(byte);
    party::append_request(gathered_, {to.target, mode, channel, !to.list.empty(), list, payload});
    gathered_reliable_ = reliable;
    ++gathered_count_;
    return true;
}

void PartyClient::refuse(bool newcomers)
{
    flush();
    const auto text = party::write_refuse(newcomers);
    keep(Kind::text, {text.begin(), text.end()});
}

void PartyClient::kick(std::int32_t id, std::string_view text)
{
    flush();
    const auto words = party::write_kick(id, text);
    keep(Kind::text, {words.begin(), words.end()});
}

void PartyClient::leave()
{
    flush();
    if (state_ == State::in) write(Kind::close, close_normally);
    end(PartyEndKind::left, {}, {});
}

// What was gathered becomes a message.
void PartyClient::flush()
{
    if (gathered_count_ == 0) return;
    const std::uint64_t count = std::exchange(gathered_count_, 0);
    auto message = std::exchange(gathered_, {});
    if (!gathered_reliable_ && (state_ != State::in || out_.size() > unsent_max)) {
        counts_.packets_dropped += count;
        return;
    }
    counts_.packets_out += count;
    if (gathered_reliable_) return keep(Kind::binary, std::move(message));
    write(Kind::binary, message);
}

void PartyClient::keep(Kind kind, std::vector<std::uint8_t> payload)
{
    if (state_ == State::over) return;
    kept_bytes_ += payload.size();
    kept_.push_back({kind, std::move(payload)});
    pump();
}

void PartyClient::pump()
{
    if (state_ != State::in) return;
    for (; kept_sent_ < kept_.size(); ++kept_sent_)
        write(kept_[kept_sent_].kind, kept_[kept_sent_].payload);
}

void PartyClient::write(Kind kind, std::span<const std::uint8_t> payload)
{
    websocket::Mask mask{};
    random_(mask);
    websocket::append_masked_frame(out_, kind, payload, mask);
    ++counts_.messages_out;
}

std::vector<PartyClientEvent> PartyClient::take_events()
{
    seen_ = taken_;
    return std::exchange(events_, {});
}

void PartyClient::tick(Instant now)
{
    flush();
    if (place_ && state_ != State::in && lost_since_ &&
        now >= *lost_since_ + std::chrono::seconds(place_->hold))
        return end(PartyEndKind::lost, {}, "the place is not held any more");
    if (state_ == State::in) {
        if (now >= heard_ + relay_silence_max) return lost("the relay says nothing", now);
        if (const auto due = progress_due(); due && now >= *due) say_progress(now);
    }
    const bool waits = state_ == State::greeting || state_ == State::asking;
    if (waits && now >= heard_ + welcome_max) lost("the relay does not answer", now);
}

std::optional<Instant> PartyClient::progress_due() const
{
    const bool tells_seen = settings_.says_seen && seen_ != seen_told_;
    if (!untold_since_ || (numbered_ == numbered_told_ && !tells_seen)) return std::nullopt;
    const bool is_much =
        messages_untold_ >= acknowledge_messages || bytes_untold_ >= acknowledge_bytes;
    return std::max(told_at_ + frame,
                    is_much ? *untold_since_ : *untold_since_ + acknowledge_delay);
}

void PartyClient::say_progress(Instant now)
{
    party::Progress progress{numbered_, std::nullopt};
    if (settings_.says_seen) progress.seen = seen_;
    write(Kind::text, party::bytes_of(party::write_progress(progress)));
    numbered_told_ = numbered_;
    seen_told_ = seen_;
    messages_untold_ = 0;
    bytes_untold_ = 0;
    told_at_ = now;
    untold_since_.reset();
    if (seen_ != taken_) untold_since_ = now; // the game takes the rest later
}

std::optional<Instant> PartyClient::next_deadline() const
{
    if (state_ == State::over) return std::nullopt;
    std::optional<Instant> due;
    const auto at = [&due](Instant when) { due = due ? std::min(*due, when) : when; };
    if (state_ == State::in) {
        at(heard_ + relay_silence_max);
        if (const auto progress = progress_due()) at(*progress);
    } else if (place_ && lost_since_) {
        at(*lost_since_ + std::chrono::seconds(place_->hold));
    }
    if (state_ == State::greeting || state_ == State::asking) at(heard_ + welcome_max);
    return due;
}

void PartyClient::end(PartyEndKind kind, std::string reason, std::string text)
{
    if (state_ == State::over) return;
    state_ = State::over;
    events_.emplace_back(PartyEnd{kind, std::move(reason), std::move(text)});
}

} // namespace netplay_relay::inspector
