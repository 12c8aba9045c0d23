// The streams of sockets, and what is done with a socket through its stream.
#include "net/tls_stream.hpp"

#include "base/ensure.hpp"

#include <utility>

namespace netplay_relay::net {

std::atomic<std::size_t> TlsSockets::count_{0};
std::array<std::atomic<TlsStream*>, TlsSockets::most> TlsSockets::streams_{};
std::mutex TlsSockets::names_mutex_;
std::unordered_map<std::uint64_t, NamedLink> TlsSockets::names_;
std::unordered_map<int, std::uint64_t> TlsSockets::keys_;

void TlsSockets::name(std::uint64_t key, const NamedLink& link)
{
    const std::lock_guard lock(names_mutex_);
    names_.insert_or_assign(key, link);
    keys_.insert_or_assign(link.socket, key);
}

std::optional<NamedLink> TlsSockets::find_named(std::uint64_t key)
{
    const std::lock_guard lock(names_mutex_);
    const auto found = names_.find(key);
    return found == names_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<NamedLink> TlsSockets::named()
{
    const std::lock_guard lock(names_mutex_);
    std::vector<NamedLink> all;
    for (const auto& [key, link] : names_)
        all.push_back(link);
    return all;
}

bool TlsSockets::put(int socket, std::unique_ptr<TlsStream> stream)
{
    const auto at = static_cast<std::size_t>(socket);
    if (at >= most) return false;
    ensure(streams_[at].load() == nullptr, "a socket with two streams");
    streams_[at].store(stream.release(), std::memory_order_release);
    ++count_;
    return true;
}

std::unique_ptr<TlsStream> TlsSockets::take(int socket)
{
    if (find(socket) == nullptr) return nullptr;
    --count_;
    {
        const std::lock_guard lock(names_mutex_);
        if (const auto key = keys_.extract(socket)) names_.erase(key.mapped());
    }
    return std::unique_ptr<TlsStream>(streams_[static_cast<std::size_t>(socket)].exchange(nullptr));
}

worker::Readiness readiness_behind(int socket, worker::Readiness readiness)
{
    TlsStream* const stream = TlsSockets::find(socket);
    if (stream == nullptr || stream->place().key == 0) return readiness;
    if (readiness.hung_up) stream->drain();
    readiness.readable |= readiness.hung_up;
    readiness.again |= readiness.hung_up; // no edge tells of what is drained
    readiness.hung_up &= stream->was_told();
    readiness.broken &= !stream->is_paused();
    return readiness;
}

void flush_stream(int socket)
{
    if (TlsStream* stream = TlsSockets::find(socket)) [[unlikely]]
        stream->flush();
}

void end_stream(int socket)
{
    if (TlsStream* stream = TlsSockets::find(socket)) [[unlikely]]
        stream->finish_writing();
    else
        net::finish_writing(socket);
}

void close_stream(int socket, bool reset)
{
    if (const std::unique_ptr<TlsStream> stream = TlsSockets::take(socket);
        stream != nullptr && !reset)
        stream->finish_writing();
    if (reset) reset_on_close(socket);
    const UniqueFd closed(socket);
}

} // namespace netplay_relay::net
