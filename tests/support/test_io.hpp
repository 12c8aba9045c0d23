// An Io for tests that read and write by themselves: it watches nothing and has no timer.
#pragma once

#include "net/socket_io.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace netplay_relay::tests {

class TestIo final : public net::SocketIo
{
public:
    int watch(worker::Handle, worker::Connection&) override { return 0; }
    void forget(worker::Handle) override {}
    bool open_port(std::uint16_t, const lobby::ListenerProfile&) override { return false; }
    void close_port(std::uint16_t) override {}
    void wake_at(lobby::Instant) override {}
    void wake_soon() override {}
};

inline TestIo test_io;

inline std::vector<std::uint8_t> bytes_of(const std::string& text)
{
    return {text.begin(), text.end()};
}

} // namespace netplay_relay::tests
