// The part of a worker's Io that sockets alone can do: its handles are file descriptors.
#pragma once

#include "worker/io.hpp"

namespace netplay_relay::net {

class SocketIo : public worker::Io
{
public:
    [[nodiscard]] lobby::Instant now() const override;
    [[nodiscard]] worker::IoResult read(worker::Handle socket,
                                        std::span<std::uint8_t> into) override;
    [[nodiscard]] worker::IoResult write(worker::Handle socket,
                                         std::span<const std::uint8_t> bytes) override;
    void finish_writing(worker::Handle socket) override;
    void close(worker::Handle socket, bool reset) override;
    [[nodiscard]] int error_of(worker::Handle socket) const override;
    void be_patient(worker::Handle socket, bool patient) override;
    [[nodiscard]] worker::Unacknowledged unacknowledged(worker::Handle socket) const override;
    [[nodiscard]] bool is_silenced(worker::Handle socket) const override;
    [[nodiscard]] std::optional<worker::TcpFacts> tcp_facts(worker::Handle socket) const override;
    [[nodiscard]] std::size_t kernel_memory(worker::Handle socket) const override;
    [[nodiscard]] bool is_memory_refused() const override;
    bool restore_memory() override;
};

} // namespace netplay_relay::net
