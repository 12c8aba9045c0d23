#include "wire/close_reason.hpp"

#include "support/catch.hpp"

#include <set>

using namespace netplay_relay;

TEST_CASE("every close reason has a word of its own in lower_snake_case")
{
    std::set<std::string_view> words;
    for (std::size_t value = 0; value < wire::close_reason_count; ++value) {
        const std::string_view one = word(static_cast<wire::CloseReason>(value));
        INFO(one);
        CHECK_FALSE(one.empty());
        CHECK(one.find_first_not_of("abcdefghijklmnopqrstuvwxyz_4") == std::string_view::npos);
        CHECK(words.insert(one).second);
    }
}

TEST_CASE("the reasons that are counted are those that the relay gives")
{
    CHECK(static_cast<std::size_t>(wire::CloseReason::shutdown) + 1 == wire::CloseCounts{}.size());
    CHECK(static_cast<std::size_t>(wire::CloseReason::left) == wire::CloseCounts{}.size());
}

TEST_CASE("who was turned away is told from what ended")
{
    using enum wire::CloseReason;
    for (const auto reason : {connections_full, http_greeting, old_version, legacy_ports_off,
                              host_denied, join_denied, unknown_session, displaced,
                              entrance_timeout, wrong_password, state_size_differs, draining})
        CHECK(wire::is_refusal(reason));
    for (const auto reason : {left_early, probe, legacy_port_given, host_did_not_answer,
                              left_while_waiting, host_left, guest_lost, idle, member_left,
                              slow_player, room_closed, memory_short, handover_failed, shutdown})
        CHECK_FALSE(wire::is_refusal(reason));
}
