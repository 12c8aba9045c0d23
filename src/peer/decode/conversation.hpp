// The two directions of one captured connection, decoded together: each needs the other's header.
#pragma once

#include "peer/decode/command_text.hpp"
#include "peer/decode/decode_capture.hpp"
#include "peer/decode/direction.hpp"
#include "peer/decode/report.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace netplay_relay::peer {

class Conversation
{
public:
    // `names`: who speaks in either direction, until they tell their nicks. The report must outlive
    // the conversation.
    Conversation(Report& report, const std::array<std::string, 2>& names,
                 const DecodeOptions& options);

    // Who opened the connection, if that was captured: way 0 or 1.
    void opened_by(unsigned direction) { initiator_ = direction; }

    void said(unsigned direction, std::span<const std::uint8_t> bytes,
              std::chrono::microseconds time);
    // So many bytes are not in the capture: what follows has no beginning.
    void lost(unsigned direction, std::uint64_t gap, std::chrono::microseconds time);
    void ended(unsigned direction, std::string_view how, std::chrono::microseconds time);
    // The capture is over.
    void finish();

    [[nodiscard]] bool is_netplay() const { return is_netplay_; }
    [[nodiscard]] std::optional<wire::Side> side_of_direction(unsigned direction) const
    {
        return directions_[direction].side;
    }

private:
    void run();
    // True if something was taken, or may be by another call.
    bool step(unsigned direction);

    bool read_opening(unsigned direction);
    bool read_session(unsigned direction);
    bool read_ticket(unsigned direction);
    void read_header(unsigned direction, const wire::Opening& opening, std::size_t used);
    void turn_away(unsigned direction);
    [[nodiscard]] wire::Side side_of(unsigned direction, const wire::Opening& opening) const;

    bool read_control_host(unsigned direction);
    bool read_control_relay(unsigned direction);
    bool read_command(unsigned direction);
    void learn(unsigned direction, const wire::Command& command);
    [[nodiscard]] std::optional<std::uint32_t> protocol() const;
    [[nodiscard]] wire::Dialect dialect(unsigned direction, std::uint32_t protocol) const;

    [[nodiscard]] std::string who(unsigned direction);
    void print(unsigned direction, std::string_view text, std::size_t size);
    void print_and_take(unsigned direction, std::string_view text, std::size_t size);
    void fault(unsigned direction, std::string_view text);

    Report& report_;
    DecodeOptions options_;
    std::array<Direction, 2> directions_;
    std::optional<unsigned> initiator_;
    std::uint64_t number_ = 0; // among those of which something was printed
    TextContext context_;
    bool is_netplay_ = false;
    bool is_guessing_ = false; // the host's header will not come
};

} // namespace netplay_relay::peer
