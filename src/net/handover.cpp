#include "net/handover.hpp"

#include "base/byte_order.hpp"
#include "net/pass_descriptors.hpp"
#include "record/archive.hpp"
#include "record/envelope.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <iterator>
#include <numeric>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace netplay_relay::net {

namespace {

// So much of the kernel's memory the messages may take; each takes less than 1 KiB.
constexpr int queue_bytes = 4 << 20;
constexpr std::size_t unwritten_max = 128U << 10U;
// The file ends with the length of the index, which is before it.
constexpr std::size_t trailer_size = 8;

} // namespace

void close_all(const worker::Moving& part)
{
    for (const auto& [id, socket] : part.handles)
        close_stream(socket, false);
}

OutgoingHandover::OutgoingHandover()
    : state_(memfd_create("netplay-relay", MFD_CLOEXEC | MFD_ALLOW_SEALING))
{
    if (!state_.is_open()) fail("no file in memory");
}

void OutgoingHandover::fail(const char* what)
{
    if (problem_.empty()) problem_ = std::string(what) + ": " + std::strerror(errno);
}

// Many parts are small.
void OutgoingHandover::write(std::span<const std::uint8_t> bytes)
{
    if (unwritten_.size() + bytes.size() > unwritten_max) flush(std::exchange(unwritten_, {}));
    if (bytes.size() > unwritten_max) return flush(bytes);
    unwritten_.reserve(unwritten_max);
    unwritten_.insert(unwritten_.end(), bytes.begin(), bytes.end());
}

void OutgoingHandover::flush(std::span<const std::uint8_t> bytes)
{
    while (problem_.empty() && !bytes.empty()) {
        const ssize_t written = ::write(state_.value(), bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return fail("the file in memory takes no more");
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
}

void OutgoingHandover::add_memory(std::span<const std::uint8_t> memory)
{
    index_.memories.push_back(memory.size());
    write(memory);
}

void OutgoingHandover::add(const worker::Moving& part, std::uint16_t worker)
{
    HandoverIndex::Part& listed = index_.parts.emplace_back();
    listed.size = part.record.size();
    listed.named = part.named.value_or(worker);
    for (const auto& [id, handle] : part.handles) {
        listed.connections.push_back(id);
        part_sockets_.push_back(handle);
    }
    write(part.record);
}

void OutgoingHandover::add(const HandedListener& listener, int socket)
{
    index_.listeners.push_back(listener);
    listener_sockets_.push_back(socket);
}

void OutgoingHandover::add(const HandedHop& hop, int player)
{
    index_.hops.push_back(hop);
    hop_sockets_.push_back(player);
}

void OutgoingHandover::add(const HandedLink& link) { index_.links.push_back(link); }

void OutgoingHandover::finish(const HandoverFacts& facts)
{
    index_.facts = facts;
    record::Writer writer;
    writer(index_);
    const std::vector<std::uint8_t> sealed = record::seal(record::Kind::handover, writer.bytes());
    write(sealed);
    write(little_endian(static_cast<std::uint64_t>(sealed.size())));
    flush(std::exchange(unwritten_, {}));
    // Whoever maps it relies on that.
    constexpr int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
    if (problem_.empty() && fcntl(state_.value(), F_ADD_SEALS, seals) != 0)
        fail("the file in memory cannot be sealed");
}

void OutgoingHandover::send_sockets()
{
    std::array<int, 2> pair{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair.data()) != 0)
        return fail("no local socket");
    const UniqueFd outgoing(pair[0]); // behind the last one is the end
    incoming_ = UniqueFd(pair[1]);
    (void)setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &queue_bytes, sizeof queue_bytes);
    std::vector<int> all = listener_sockets_;
    all.insert(all.end(), hop_sockets_.begin(), hop_sockets_.end());
    all.insert(all.end(), part_sockets_.begin(), part_sockets_.end());
    for (std::span<const int> rest = all; !rest.empty() && problem_.empty();) {
        const auto some = rest.first(std::min(rest.size(), descriptors_per_message));
        if (!pass(pair[0], '.', some)) fail("the local socket takes no more sockets");
        rest = rest.subspan(some.size());
    }
}

IncomingHandover::IncomingHandover(UniqueFd state) : has_sockets_(false)
{
    map(state.value());
    read_index();
    if (!problem_.empty()) index_ = {};
}

IncomingHandover::IncomingHandover(UniqueFd state, UniqueFd sockets)
    : IncomingHandover(std::move(state))
{
    has_sockets_ = true;
    if (sockets.is_open()) receive_sockets(sockets.value());
}

void IncomingHandover::map(int state)
{
    struct stat facts = {};
    if (fstat(state, &facts) != 0 || facts.st_size <= 0) return;
    const auto size = static_cast<std::size_t>(facts.st_size);
    void* const mapped = mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, state, 0);
    if (mapped != MAP_FAILED) bytes_ = {static_cast<const std::uint8_t*>(mapped), size};
}

IncomingHandover::~IncomingHandover()
{
    if (!bytes_.empty()) (void)munmap(const_cast<std::uint8_t*>(bytes_.data()), bytes_.size());
}

void IncomingHandover::read_index()
{
    problem_ = "its state cannot be read";
    if (bytes_.size() < trailer_size) return;
    const std::size_t before = bytes_.size() - trailer_size;
    const auto index_size = load_little<std::uint64_t>(bytes_, before);
    if (index_size > before) return;
    const auto sealed = bytes_.subspan(before - index_size, index_size);
    const auto opened = record::open(record::Kind::handover, sealed);
    if (const auto* fault = std::get_if<record::Fault>(&opened)) {
        problem_ += ": " + std::string(record::word(*fault));
        return;
    }
    record::Reader reader(std::get<0>(opened));
    reader(index_);
    std::uint64_t begin = 0;
    for (const std::uint64_t memory : index_.memories) {
        if (memory > before) return;
        begin += memory;
    }
    std::size_t socket = index_.listeners.size() + index_.hops.size();
    for (const HandoverIndex::Part& part : index_.parts) {
        part_begins_.push_back(begin);
        part_sockets_.push_back(socket);
        if (part.size > before) return;
        begin += part.size;
        socket += part.connections.size();
    }
    if (!reader.is_complete() || index_.memories.empty() || begin != before - index_size) return;
    problem_.clear();
}

void IncomingHandover::receive_sockets(int from)
{
    for (;;) {
        Passed passed = take_passed(from);
        std::ranges::move(passed.descriptors, std::back_inserter(sockets_));
        // If some are missing, of those behind them nobody could say whose they are.
        if (passed.letter == 0 || passed.is_cut) return;
    }
}

std::span<const std::uint8_t> IncomingHandover::memory(std::size_t worker) const
{
    const auto begin = std::accumulate(
        index_.memories.begin(), index_.memories.begin() + static_cast<std::ptrdiff_t>(worker),
        std::uint64_t{0});
    return bytes_.subspan(begin, index_.memories[worker]);
}

std::uint32_t IncomingHandover::close_rest()
{
    const auto is_connection = [](const UniqueFd& one) {
        int listens = 0;
        socklen_t size = sizeof listens;
        return one.is_open() &&
               getsockopt(one.value(), SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 &&
               listens == 0;
    };
    const auto connections = std::ranges::count_if(sockets_, is_connection);
    sockets_.clear();
    return static_cast<std::uint32_t>(connections);
}

UniqueFd IncomingHandover::take_listener(std::size_t listener)
{
    return listener < sockets_.size() ? std::move(sockets_[listener]) : UniqueFd();
}

UniqueFd IncomingHandover::take_hop(std::size_t hop)
{
    return take_listener(index_.listeners.size() + hop);
}

std::optional<worker::Moving> IncomingHandover::take_part(std::size_t part)
{
    const HandoverIndex::Part& listed = index_.parts[part];
    const auto record = bytes_.subspan(part_begins_[part], listed.size);
    worker::Moving moving;
    moving.record.assign(record.begin(), record.end());
    std::vector<UniqueFd> taken;
    for (std::size_t at = 0; at < listed.connections.size(); ++at) {
        const std::size_t socket = part_sockets_[part] + at;
        if (has_sockets_ && socket < sockets_.size())
            taken.push_back(std::move(sockets_[socket]));
        else
            taken.emplace_back();
    }
    const bool all_came = !has_sockets_ || std::ranges::all_of(taken, [](const UniqueFd& one) {
        return one.is_open();
    });
    if (!all_came) return std::nullopt;
    for (std::size_t at = 0; at < taken.size(); ++at)
        moving.handles.emplace_back(listed.connections[at], taken[at].release());
    return moving;
}

} // namespace netplay_relay::net
