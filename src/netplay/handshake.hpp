// How a netplay connection begins, from its first byte to SYNC: a machine for either role, which
// takes bytes and gives bytes (protocol.md, "The handshake").
#pragma once

#include "wire/close_reason.hpp"
#include "wire/netplay_decode.hpp"
#include "wire/netplay_header.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace netplay_relay::netplay {

using wire::CloseReason;

enum class HandshakeState : std::uint8_t
{
    going,
    password_given, // a server that looks at passwords later: look_at_password() goes on
    introduced, // a server with nothing loaded: negotiated().info is the client's; load() goes on
    done,       // negotiated() tells what was agreed
    ended,      // end() tells why; what is in `out` is still to be sent before closing
};
constexpr HandshakeState last_value(HandshakeState) { return HandshakeState::ended; }

// What both sides agreed on.
struct Negotiated
{
    std::uint32_t protocol = 0;
    wire::InfoLayout info_layout = wire::InfoLayout::crc_first;
    bool zlib = true;                 // savestates are zlib streams
    std::uint32_t platform = 0;       // of the peer
    std::uint32_t implementation = 0; // of the peer
    std::string nick;                 // the peer's own
    wire::Info info;                  // the peer's
    bool version_differs = false;     // other core version: a warning
    bool content_differs = false;     // other content, both known: a warning
    bool may_play = true;             // server only: false with the spectate password
    std::string password_hash;        // server with any_password only: what the client has proved

    // What it consists of, for records (src/record/archive.hpp); so with the others.
    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.protocol, self.info_layout, self.zlib, self.platform, self.implementation,
                self.nick, self.info, self.version_differs, self.content_differs, self.may_play,
                self.password_hash);
        archive.check(self.nick.size() < wire::nick_field_size);
    }
};

// What a peer says of itself.
struct Identity
{
    std::string nick;
    wire::Info info;
    std::uint32_t platform = wire::platform_linux_64;
    std::uint32_t implementation = 0;

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.nick, self.info, self.platform, self.implementation);
    }
};

struct ClientSettings
{
    Identity self;
    std::string password;
    // The highest protocol to offer, 4 to 7. 6 and 7 are offered as RetroArch 1.10+ does, down to
    // 5; 5 as 1.7.1 to 1.9.14 did; 4 is of another shape and offered alone, always as build 1.7.0.
    std::uint32_t protocol = 6;
    std::size_t savestate_max = 16U << 20U; // also of SRAM, bytes
};

// The role of the peer that connects. Sends its header, its NICK, PASSWORD and INFO, and ends with
// the SYNC it is given.
class ClientHandshake
{
public:
    explicit ClientHandshake(ClientSettings settings);
    ClientHandshake(ClientHandshake&&) = default; // not copied: sync() points into sram()
    ClientHandshake& operator=(ClientHandshake&&) = default;

    // The header: to be sent as soon as the connection stands.
    void start(std::vector<std::uint8_t>& out);

    // Takes from the stream what belongs to the handshake, and nothing behind SYNC.
    HandshakeState receive(wire::CommandStream& stream, std::vector<std::uint8_t>& out);

    // What to tell the player if the stream ends here, in words like those RetroArch shows.
    [[nodiscard]] std::string if_closed_now() const;

    [[nodiscard]] CloseReason end() const { return end_; }
    [[nodiscard]] const Negotiated& negotiated() const { return negotiated_; }
    // SYNC as decoded (wire::Sync or wire::Sync4); its `sram` span points into sram().
    [[nodiscard]] const wire::Command& sync() const { return sync_; }
    [[nodiscard]] const std::vector<std::uint8_t>& sram() const { return sram_; }

private:
    enum class Stage : std::uint8_t
    {
        header,
        nick,
        info,
        sync,
        over,
    };

    void fail(CloseReason end);
    void refused(CloseReason end, wire::ToldReason reason);
    // False if more bytes are needed.
    bool take_header(wire::CommandStream& stream, std::vector<std::uint8_t>& out);
    bool take_command(wire::CommandStream& stream, std::vector<std::uint8_t>& out);
    void enter(const wire::NetplayHeader& header, std::vector<std::uint8_t>& out);
    void enter_4(const wire::NetplayHeader4& header, std::vector<std::uint8_t>& out);
    void introduce(std::uint32_t salt, std::vector<std::uint8_t>& out);
    void take_sync(const wire::Command& command);
    void say(const wire::Command& command, std::vector<std::uint8_t>& out) const;

    ClientSettings settings_;
    Stage stage_ = Stage::header;
    HandshakeState state_ = HandshakeState::going;
    CloseReason end_ = CloseReason::not_netplay;
    wire::ToldReason told_ = wire::ToldReason::untold; // by a relay that refuses
    bool header_begun_ = false;
    bool password_sent_ = false;
    unsigned empty_infos_ = 0;
    Negotiated negotiated_;
    wire::Command sync_;
    std::vector<std::uint8_t> sram_;
};

struct ServerSettings
{
    // Without a core name nothing is loaded yet: the client is asked for its INFO first.
    Identity self;
    std::string password;               // to play; empty: none
    std::string spectate_password;      // to watch only; empty: none. Alone: nobody may play
    std::uint32_t salt = 0;             // random, not 0 if there is a password
    std::uint32_t highest_protocol = 6; // 5 to 7
    bool protocol_4 = false;            // also take clients of protocol 4
    bool echo_header = false;  // answer with the client's own platform and implementation words
    bool any_password = false; // ask for a password and take any; `password` must be empty
    bool looks_later = false;  // at the password: when look_at_password() is called
    std::size_t savestate_max = 16U << 20U;

    // For records, without the passwords.
    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.self, self.salt, self.highest_protocol, self.protocol_4, self.echo_header,
                self.any_password, self.looks_later, self.savestate_max);
        archive.check(self.highest_protocol >= 5 && self.highest_protocol <= 7);
    }
};

// The role of the peer that accepts. Waits for the client's header, and ends when the client's INFO
// is right: SYNC is the session's to send.
class ServerHandshake
{
public:
    explicit ServerHandshake(ServerSettings settings = {});

    HandshakeState receive(wire::CommandStream& stream, std::vector<std::uint8_t>& out);

    // After `password_given`: now it is looked at, and receive() goes on.
    void look_at_password(std::vector<std::uint8_t>& out);

    // After `introduced`: this is loaded now, and the client is told so.
    void load(wire::Info info, std::vector<std::uint8_t>& out);

    [[nodiscard]] CloseReason end() const { return end_; }
    [[nodiscard]] const Negotiated& negotiated() const { return negotiated_; }
    // True while the client's player may be asked for a password.
    [[nodiscard]] bool awaits_password() const
    {
        return stage_ == Stage::nick && wants_password() && !password_known_;
    }

    // As far as it has come. One that has failed is in no record.
    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.settings_, self.stage_, self.state_);
        archive.check(self.state_ <= HandshakeState::done);
        archive(self.play_hash_, self.watch_hash_, self.nick_known_, self.password_known_,
                self.given_hash_, self.empty_infos_, self.negotiated_);
        archive.check(self.is_possible());
    }

    // Its state without what it has heard: whether it fits together.
    [[nodiscard]] bool is_possible() const;
    [[nodiscard]] HandshakeState state() const { return state_; }

private:
    enum class Stage : std::uint8_t
    {
        header,
        nick, // and PASSWORD, in either order
        introduction,
        info,
        over,
    };
    friend constexpr Stage last_value(Stage) { return Stage::over; }

    [[nodiscard]] bool wants_password() const;
    void fail(CloseReason end);
    void refuse(CloseReason end, std::vector<std::uint8_t>& out);
    // False if more bytes are needed.
    bool take_header(wire::CommandStream& stream, std::vector<std::uint8_t>& out);
    bool take_command(wire::CommandStream& stream, std::vector<std::uint8_t>& out);
    void enter(const wire::NetplayHeader& header, std::vector<std::uint8_t>& out);
    void enter_4(const wire::NetplayHeader4& header, std::vector<std::uint8_t>& out);
    void check_password(const std::string& hash);
    void greet_if_known(std::vector<std::uint8_t>& out);
    void check_info(const wire::Info& info, const wire::CommandStream& stream,
                    const wire::Dialect& dialect);
    void take_introduction(const wire::Info& info, const wire::CommandStream& stream,
                           wire::Dialect dialect);
    void say_header(std::uint32_t protocol, std::vector<std::uint8_t>& out) const;
    void say(const wire::Command& command, std::vector<std::uint8_t>& out) const;

    ServerSettings settings_; // without the passwords
    std::string play_hash_;   // salted, as a client would say them; empty: none
    std::string watch_hash_;
    Stage stage_ = Stage::header;
    HandshakeState state_ = HandshakeState::going;
    CloseReason end_ = CloseReason::not_netplay;
    bool nick_known_ = false;
    bool password_known_ = false;
    std::string given_hash_; // and not yet looked at
    unsigned empty_infos_ = 0;
    Negotiated negotiated_;
};

using wire::info_layout_of;

// True for two names of one core: RetroArch 1.11 and later compare so; letters are ASCII's.
[[nodiscard]] bool is_same_core(std::string_view a, std::string_view b);

// A nick that none of `taken` has: the wished one, or with " (2)", " (3)" ... behind it, cut so
// that it stays within 31 characters.
[[nodiscard]] std::string unique_nick(const std::string& wished,
                                      const std::vector<std::string>& taken);

} // namespace netplay_relay::netplay
