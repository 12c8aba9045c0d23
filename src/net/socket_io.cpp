#include "net/socket_io.hpp"

#include "net/memory_reserve.hpp"
#include "net/tcp.hpp"
#include "net/tls_stream.hpp"

namespace netplay_relay::net {

using worker::Handle;

[[gnu::hot]] lobby::Instant SocketIo::now() const
{
    return lobby::Instant(std::chrono::steady_clock::now().time_since_epoch());
}

[[gnu::hot]] worker::IoResult SocketIo::read(Handle socket, std::span<std::uint8_t> into)
{
    return read_some(socket, into);
}

[[gnu::hot]] worker::IoResult SocketIo::write(Handle socket, std::span<const std::uint8_t> bytes)
{
    return write_some(socket, bytes);
}

void SocketIo::finish_writing(Handle socket) { end_stream(socket); }

void SocketIo::close(Handle socket, bool reset) { close_stream(socket, reset); }

int SocketIo::error_of(Handle socket) const
{
    const TlsStream* stream = TlsSockets::find(socket);
    if (stream != nullptr && stream->error() != 0) return stream->error();
    return net::error_of(socket);
}

void SocketIo::be_patient(Handle socket, bool patient)
{
    limit_unacknowledged(socket, patient ? 0 : Keepalive{}.unacknowledged_ms);
}

worker::Unacknowledged SocketIo::unacknowledged(Handle socket) const
{
    return net::unacknowledged(socket);
}

bool SocketIo::is_silenced(Handle socket) const { return net::is_silenced(socket); }

std::optional<worker::TcpFacts> SocketIo::tcp_facts(Handle socket) const
{
    return net::tcp_facts(socket);
}

std::size_t SocketIo::kernel_memory(Handle socket) const { return net::kernel_memory(socket); }

[[gnu::hot]] bool SocketIo::is_memory_refused() const { return is_memory_reserve_used(); }

bool SocketIo::restore_memory() { return restore_memory_reserve(); }

} // namespace netplay_relay::net
