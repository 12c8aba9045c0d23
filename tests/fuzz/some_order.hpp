// What an operator may want of two workers, out of a fuzzer's decisions.
#pragma once

#include "decisions.hpp"

#include "worker/memory_io.hpp"

#include <span>
#include <string>

namespace netplay_relay::fuzz {

// About this session, or any connection, room, or address of some_policy.hpp.
void order_something(Decisions& decisions, std::span<tests::Relay> relays,
                     const std::string& session, lobby::Instant now);

} // namespace netplay_relay::fuzz
