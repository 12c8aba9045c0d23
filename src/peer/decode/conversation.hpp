// The two directions of one captured connection, decoded together: each needs the other's header.
#pragma once

#include "peer/decode/command_text.hpp"
#include "peer/decode/decode_capture.hpp"
#include "peer/decode/report.hpp"
#include "peer/decode/way.hpp"

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
    void opened_by(unsigned way) { initiator_ = way; }

    void said(unsigned way, std::span<const std::uint8_t> bytes, std::chrono::microseconds time);
    // So many bytes are not in the capture: what follows has no beginning.
    void lost(unsigned way, std::uint64_t gap, std::chrono::microseconds time);
    void ended(unsigned way, std::string_view how, std::chrono::microseconds time);
    // The capture is over.
    void finish();

    [[nodiscard]] bool is_netplay() const { return is_netplay_; }
    [[nodiscard]] std::optional<wire::Side> side_of_way(unsigned way) const
    {
        return ways_[way].side;
    }

private:
    void run();
    // True if something was taken, or may be by another call.
    bool step(unsigned way);

    bool read_opening(unsigned way);
    bool read_session(unsigned way);
    bool read_ticket(unsigned way);
    void read_header(unsigned way, const wire::Opening& opening, std::size_t used);
    void turn_away(unsigned way);
    [[nodiscard]] wire::Side side_of(unsigned way, const wire::Opening& opening) const;

    bool read_control_host(unsigned way);
    bool read_control_relay(unsigned way);
    bool read_command(unsigned way);
    void learn(unsigned way, const wire::Command& command);
    [[nodiscard]] std::optional<std::uint32_t> protocol() const;
    [[nodiscard]] wire::Dialect dialect(unsigned way, std::uint32_t protocol) const;

    [[nodiscard]] std::string who(unsigned way);
    void print(unsigned way, std::string_view text, std::size_t size);
    void print_and_take(unsigned way, std::string_view text, std::size_t size);
    void fault(unsigned way, std::string_view text);

    Report& report_;
    DecodeOptions options_;
    std::array<Way, 2> ways_;
    std::optional<unsigned> initiator_;
    std::uint64_t number_ = 0; // among those of which something was printed
    TextContext context_;
    bool is_netplay_ = false;
    bool is_guessing_ = false; // the host's header will not come
};

} // namespace netplay_relay::peer
