#include "client.hpp"

#include "netplay/savestate.hpp"
#include "support/catch.hpp"
#include "wire/netplay_encode.hpp"

#include <algorithm>
#include <bit>
#include <string_view>
#include <utility>

namespace netplay_relay::room {

namespace {

// Members of protocol 4 do not know their number.
constexpr std::uint32_t nobody = 99;
// What the relay itself says goes to watchers too, whose frontends ignore it.
constexpr std::string_view relay_nick = "netplay-relay";

std::string text(std::uint64_t number) { return std::to_string(number); }

} // namespace

std::uint32_t word_of(Frame frame, std::uint32_t number)
{
    return (frame * 2654435761U ^ number * 40503U) & 0xFFFFU;
}

Client::Client(std::string name, netplay::ClientSettings settings)
    : name_(std::move(name)), handshake_(std::move(settings))
{
}

ByteVector Client::start()
{
    ByteVector out;
    handshake_.start(out);
    return out;
}

ByteVector Client::hear(std::span<const std::uint8_t> bytes)
{
    ByteVector out;
    stream_.append(bytes);
    if (!synced_) {
        if (handshake_.receive(stream_, out) != netplay::HandshakeState::done) return out;
        begin();
    }
    while (!left_) {
        const auto decoded = stream_.next(dialect_);
        if (std::holds_alternative<wire::NeedMore>(decoded)) break;
        const auto* taken = std::get_if<wire::Taken<wire::Command>>(&decoded);
        if (taken == nullptr) {
            leave("no command");
            break;
        }
        take(taken->message);
        stream_.take(taken->used);
    }
    return wire::joined(std::move(out), std::exchange(replies_, {}));
}

void Client::begin()
{
    synced_ = true;
    const netplay::Negotiated& negotiated = handshake_.negotiated();
    dialect_ = {negotiated.protocol, negotiated.info_layout, wire::Side::server, 16U << 20U};
    if (const auto* sync = std::get_if<wire::Sync>(&handshake_.sync())) {
        number_ = sync->client;
        server_ = sync->frame;
        devices_ = sync->devices;
        share_modes_ = sync->share_modes;
        nick_ = sync->nick;
        for (std::uint32_t port = 0; port < wire::ports_max; ++port)
            for (std::uint32_t number = 0; number < wire::clients_max; ++number)
                if ((sync->clients[port] >> number & 1U) != 0) players_[number].ports |= 1U << port;
    } else {
        const auto& sync_4 = std::get<wire::Sync4>(handshake_.sync());
        server_ = sync_4.frame;
        devices_ = sync_4.devices;
        nick_ = sync_4.nick;
        for (std::uint32_t port = 0; port < wire::ports_max; ++port)
            if ((sync_4.players >> port & 1U) != 0) players_[port].ports = 1U << port;
    }
    for (auto& [number, player] : players_)
        player.next = server_;
    self = server_;
    note("SYNC " + text(server_));
}

void Client::take(const wire::Command& command)
{
    std::visit([&](const auto& kind) { on(kind); }, command);
}

template <class Other>
void Client::on(const Other&)
{
    leave("a command that no room sends");
}

void Client::on(const wire::Input& input)
{
    const auto found = players_.find(input.player);
    if (found == players_.end()) return leave("input of one who does not play");
    Player& player = found->second;
    const std::size_t size = dialect_.protocol == 4 ? 3 : words_of(player.ports);
    if (input.words.size() != size) return leave("input of a wrong size");
    if (input.frame < player.next) return note("INPUT ignored");
    if (input.frame > player.next) return leave("input out of order");
    if (input.frame > server_) leave("input of a frame that is not over");
    if (size > 0 && dialect_.protocol > 4 && !believes_all) {
        const std::uint32_t word = input.words.view()[0];
        if (word != word_of(input.frame, input.player) && word != word_of(input.frame, nobody))
            leave("input that nobody said");
    }
    ++player.next;
    note("INPUT " + text(input.frame) + " of " + text(input.player));
}

void Client::on(const wire::NoInput& over)
{
    if (over.frame > server_) return leave("a gap between frames");
    if (over.frame < server_) return note("NOINPUT ignored");
    ++server_;
    note("NOINPUT " + text(over.frame));
}

void Client::on(const wire::Mode& mode)
{
    if (mode.client >= wire::clients_max) return leave("a number out of range");
    if (mode.you && mode.client != number_) leave("a number that is another's");
    share_modes_ = mode.share_modes;
    note("MODE " + text(mode.frame) + " " + mode.nick + (mode.you ? " (you)" : "") +
         (mode.playing ? " plays " + text(mode.ports) : " watches"));
    if (mode.slave) leave("slave mode, which nobody has");
    if (!mode.playing && mode.ports != 0) leave("ports of one who only watches");
    if (!mode.playing) return exits(mode.you, mode.client);
    enters(mode.you, mode.client, mode.ports, mode.frame);
}

void Client::on(const wire::Mode4& mode)
{
    note("MODE " + text(mode.frame) + " " + text(mode.player) + (mode.you ? " (you)" : "") +
         (mode.playing ? " plays" : " watches"));
    if (mode.you && mode.playing) number_ = mode.player;
    if (!mode.playing) return exits(mode.you, mode.player);
    enters(mode.you, mode.player, 1U << mode.player, mode.frame);
}

void Client::enters(bool you, std::uint32_t number, std::uint32_t ports, Frame frame)
{
    if (frame != server_) return leave("a mode change out of order");
    if (you && playing_) return leave("it plays already");
    if (ports == 0) leave("a player without a port");
    players_[number] = {ports, frame};
    if (!you) return;
    playing_ = true;
    self = frame;
}

void Client::exits(bool you, std::uint32_t number)
{
    if (you && playing_) return leave("it was made to watch unasked");
    players_.erase(number);
}

void Client::on(const wire::LoadSavestate& load)
{
    if (load.frame != server_) return leave("a state out of order");
    if (load.data.size() > 2 * state_size) return leave("a state too large");
    const auto state = netplay::decompress(load.data, load.size);
    if (!state) return leave("a damaged state");
    std::span<const std::uint8_t> core = *state;
    const bool wrapped = dialect_.protocol >= 7 && netplay::is_wrapped(core);
    if (wrapped) core = netplay::unwrap_state(core).value();
    if (core.size() != state_size) return leave("a state of a wrong size");
    state_.assign(core.begin(), core.end());
    note((wrapped ? "WRAPPED STATE " : "STATE ") + text(load.frame));
    jump(load.frame);
}

void Client::on(const wire::Reset& reset)
{
    if (reset.frame != server_) return leave("a reset out of order");
    note("RESET " + text(reset.frame));
    jump(reset.frame);
}

void Client::jump(Frame frame)
{
    for (auto& [number, player] : players_)
        player.next = std::max(player.next, frame);
    self = std::max(self, frame);
}

void Client::on(const wire::Chat& chat)
{
    note("CHAT " + chat.nick + ": " + chat.text);
    if (!playing_ && chat.nick != relay_nick) leave("a chat that only players get");
}

void Client::on(const wire::ModeRefused& refused) { note("REFUSED " + text(refused.reason)); }
void Client::on(const wire::Crc& crc) { note("CRC " + text(crc.frame)); }
void Client::on(const wire::Stall& stall) { note("STALL " + text(stall.frames)); }
void Client::on(const wire::PingResponse&)
{
    note("PONG");
    ponged_ = true;
}

// It asked first: the room asks nobody who does not know the command.
void Client::on(const wire::PingRequest&)
{
    if (!std::exchange(ponged_, false)) leave("a ping out of nothing");
    replies_ = wire::joined(std::move(replies_), bytes_of(wire::PingResponse{}));
}

void Client::on(const wire::RequestSavestate&)
{
    asked_ = true;
    note("REQUEST");
}

void Client::on(const wire::AllowPausing& setting)
{
    if (setting.allowed) leave("pausing is allowed");
}

void Client::on(const wire::InputLatencyFrames& setting)
{
    if (setting.minimum != 0 || setting.maximum != 0) leave("a latency is asked for");
}

wire::Input Client::next_input()
{
    wire::Input input;
    input.frame = self++;
    input.player = number_;
    const std::size_t size = dialect_.protocol == 4 ? 3 : words_of(ports());
    for (std::size_t at = 0; at < size; ++at)
        input.words.push_back(word_of(input.frame, dialect_.protocol == 4 ? nobody : number_));
    return input;
}

Frame Client::now() const { return playing_ ? self : server_; }

// What it predicts of the others becomes final, and its count of our frames jumps.
void Client::serves(Frame frame)
{
    asked_ = false;
    server_ = std::max(server_, frame);
    jump(frame);
}

void Client::watches()
{
    playing_ = false;
    players_.erase(number_);
}

std::uint32_t Client::ports() const
{
    const auto found = players_.find(number_);
    return playing_ && found != players_.end() ? found->second.ports : 0;
}

std::size_t Client::words_of(std::uint32_t ports) const
{
    std::size_t size = 0;
    for (std::size_t port = 0; port < wire::ports_max; ++port)
        if ((ports >> port & 1U) != 0) size += wire::device_words(devices_[port]);
    return size;
}

ByteVector Client::bytes_of(const wire::Command& command) const
{
    wire::Dialect dialect = dialect_;
    dialect.sender = wire::Side::client;
    ByteVector bytes;
    wire::encode_command(command, dialect, bytes);
    return bytes;
}

Words Client::heard() { return std::exchange(heard_, {}); }

Words Client::told()
{
    Words words = heard();
    std::erase_if(words, [](const std::string& line) {
        return line.starts_with("INPUT") || line.starts_with("NOINPUT");
    });
    return words;
}

void Client::note(std::string words) { heard_.push_back(std::move(words)); }

void Client::leave(const std::string& why)
{
    left_ = true;
    FAIL_CHECK(name_ << " would leave: " << why << ", at frame " << server_);
}

} // namespace netplay_relay::room
