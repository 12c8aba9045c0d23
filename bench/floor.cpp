// The floor: the least a relay can do in user space, so that the real one has a practical limit
// to be measured against. It has no limits, no deadlines, no log and no statistics.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <unordered_map>
#include <vector>

namespace {

constexpr std::size_t record_size = 16;
constexpr std::size_t tag_size = 4;

[[noreturn]] void die(const char* what)
{
    std::perror(what);
    std::exit(1);
}

enum class Role : std::uint8_t
{
    closed,
    greeting,
    control,
    waiting,
    spliced
};

struct Connection
{
    Role role = Role::closed;
    bool input_finished = false;
    std::uint8_t record_fill = 0;
    std::uint32_t generation = 0; // tells its events from those of the fd's last owner
    int partner = -1;             // the other endpoint, or the control connection a guest waits for
    in_addr_t address = 0;
    std::uint64_t number = 0; // of the session (control) or of the ticket (waiting guest)
    std::array<unsigned char, record_size> record{};
    std::vector<unsigned char> rest; // what this connection would not take; empty nearly always
};

class Floor
{
public:
    explicit Floor(std::uint16_t port);
    [[noreturn]] void run();

private:
    void accept_some();
    void on_event(int fd, std::uint32_t events);
    bool read_record(int fd);
    void greet(int fd);
    void serve_control(int fd);
    void open_session(int fd);
    void join(int fd, std::uint64_t session);
    void link(int fd, std::uint64_t ticket);
    void pump(int from, bool until_empty);
    void flush(int to);
    void finish(int from);
    void close_one(int fd);
    void close_with_partner(int fd);
    static bool send_all(int fd, const unsigned char* bytes, std::size_t size);

    Connection& at(int fd) { return connections_[static_cast<std::size_t>(fd)]; }

    int listener_ = -1;
    int epoll_ = -1;
    std::uint64_t last_number_ = 0;
    std::vector<Connection> connections_;
    std::unordered_map<std::uint64_t, int> sessions_; // number to control connection
    std::unordered_map<std::uint64_t, int> tickets_;  // number to waiting guest
    std::vector<unsigned char> scratch_ = std::vector<unsigned char>(64 * 1024);
};

// An id on the wire is four bytes of 0xFF and a number, so it is never all zero.
std::uint64_t number_of(const unsigned char* id)
{
    std::uint64_t number = 0;
    std::memcpy(&number, id + 4, sizeof number);
    return number;
}

void put_record(unsigned char* out, const char* tag, std::uint64_t number)
{
    std::memcpy(out, tag, tag_size);
    std::memset(out + tag_size, 0xFF, 4);
    std::memcpy(out + tag_size + 4, &number, sizeof number);
}

bool has_tag(const unsigned char* record, const char* tag)
{
    return std::memcmp(record, tag, tag_size) == 0;
}

Floor::Floor(std::uint16_t port)
{
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = std::min<rlim_t>(files.rlim_max, 20000);
    setrlimit(RLIMIT_NOFILE, &files);
    connections_.resize(files.rlim_cur);

    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int on = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    // What it accepts inherits this one.
    setsockopt(listener_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0) die("bind");
    if (listen(listener_, SOMAXCONN) != 0) die("listen");
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);

    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = static_cast<std::uint64_t>(listener_);
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, listener_, &event) != 0) die("epoll_ctl");
    std::printf("listening address=127.0.0.1:%u\n", unsigned{ntohs(address.sin_port)});
    std::fflush(stdout);
}

void Floor::run()
{
    std::array<epoll_event, 256> events{};
    for (;;) {
        const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
        for (int i = 0; i < count; ++i) {
            const epoll_event& event = events[static_cast<std::size_t>(i)];
            const int fd = static_cast<int>(event.data.u64 & 0xFFFFFFFFU);
            if (fd == listener_) {
                accept_some();
            } else if (at(fd).generation == event.data.u64 >> 32U) {
                on_event(fd, event.events);
            }
        }
    }
}

void Floor::accept_some()
{
    for (int i = 0; i < 64; ++i) {
        sockaddr_in address{};
        socklen_t size = sizeof address;
        const int fd = accept4(listener_, reinterpret_cast<sockaddr*>(&address), &size,
                               SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) return;
        Connection& connection = at(fd);
        connection.role = Role::greeting;
        connection.input_finished = false;
        connection.record_fill = 0;
        connection.partner = -1;
        connection.address = address.sin_addr.s_addr;
        // Edge-triggered and registered once for both directions: no epoll_ctl ever again.
        epoll_event event{};
        event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
        event.data.u64 =
            std::uint64_t{connection.generation} << 32U | static_cast<std::uint32_t>(fd);
        if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) die("epoll_ctl");
    }
}

void Floor::on_event(int fd, std::uint32_t events)
{
    Connection& connection = at(fd);
    if (connection.role == Role::spliced) {
        // After a half-close only a reset can come from there.
        if (connection.input_finished && (events & (EPOLLHUP | EPOLLERR)) != 0)
            return close_with_partner(fd);
        if ((events & EPOLLOUT) != 0 && !connection.rest.empty()) flush(fd);
        if ((events & ~std::uint32_t{EPOLLOUT}) != 0 && connection.role == Role::spliced)
            pump(fd, (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0);
    } else if (connection.role == Role::waiting) {
        if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) close_one(fd);
    } else if ((events & ~std::uint32_t{EPOLLOUT}) != 0) {
        connection.role == Role::greeting ? greet(fd) : serve_control(fd);
    }
}

// Takes one record and not a byte more: what a guest sends behind it stays in the kernel until the
// host's link is there. False when there is no whole record yet, or the connection is gone.
bool Floor::read_record(int fd)
{
    Connection& connection = at(fd);
    const ssize_t got = recv(fd, connection.record.data() + connection.record_fill,
                             record_size - connection.record_fill, 0);
    if (got == 0 || (got < 0 && errno != EAGAIN)) close_one(fd);
    if (got <= 0) return false;
    connection.record_fill = static_cast<std::uint8_t>(connection.record_fill + got);
    if (connection.record_fill < record_size) return false;
    connection.record_fill = 0;
    return true;
}

void Floor::greet(int fd)
{
    if (!read_record(fd)) return;
    const unsigned char* record = at(fd).record.data();
    static constexpr std::array<unsigned char, record_size - tag_size> zero{};
    if (has_tag(record, "RATS") && std::memcmp(record + tag_size, zero.data(), zero.size()) == 0) {
        open_session(fd);
    } else if (has_tag(record, "RATS")) {
        join(fd, number_of(record + tag_size));
    } else if (has_tag(record, "RATL")) {
        link(fd, number_of(record + tag_size));
    } else {
        close_one(fd);
    }
}

void Floor::open_session(int fd)
{
    Connection& control = at(fd);
    control.role = Role::control;
    control.number = ++last_number_;
    sessions_.emplace(control.number, fd);
    std::array<unsigned char, record_size> reply{};
    put_record(reply.data(), "RATS", control.number);
    if (!send_all(fd, reply.data(), reply.size())) close_one(fd);
}

void Floor::join(int fd, std::uint64_t session)
{
    const auto found = sessions_.find(session);
    if (found == sessions_.end()) return close_one(fd);
    Connection& guest = at(fd);
    guest.role = Role::waiting;
    guest.number = ++last_number_;
    guest.partner = found->second;
    tickets_.emplace(guest.number, fd);
    std::array<unsigned char, record_size> notice{};
    put_record(notice.data(), "RATL", guest.number);
    if (!send_all(found->second, notice.data(), notice.size())) close_one(found->second);
}

void Floor::serve_control(int fd)
{
    while (at(fd).role == Role::control && read_record(fd)) {
        const unsigned char* record = at(fd).record.data();
        if (!has_tag(record, "RATA")) return close_one(fd);
        std::array<unsigned char, 2 * record_size> reply{};
        std::memcpy(reply.data(), record, record_size);
        const auto guest = tickets_.find(number_of(record + tag_size));
        if (guest != tickets_.end()) {
            std::memset(reply.data() + record_size + 10, 0xFF, 2);
            std::memcpy(reply.data() + record_size + 12, &at(guest->second).address, 4);
        }
        if (!send_all(fd, reply.data(), reply.size())) return close_one(fd);
    }
}

void Floor::link(int fd, std::uint64_t ticket)
{
    const auto found = tickets_.find(ticket);
    if (found == tickets_.end()) return close_one(fd);
    const int guest = found->second;
    tickets_.erase(found);
    at(fd).role = at(guest).role = Role::spliced;
    at(fd).partner = guest;
    at(guest).partner = fd;
    // Their edges may be gone already: look once at what has come meanwhile.
    pump(guest, true);
    if (at(fd).role == Role::spliced) pump(fd, true);
}

// A short read means the socket was empty, and what comes later makes an edge of its own; so one
// read is enough unless an end of stream is known to follow.
void Floor::pump(int from, bool until_empty)
{
    const int to = at(from).partner;
    if (at(from).input_finished) return;
    while (at(to).rest.empty()) {
        const ssize_t got = recv(from, scratch_.data(), scratch_.size(), 0);
        if (got < 0) {
            if (errno != EAGAIN) close_with_partner(from);
            return;
        }
        if (got == 0) return finish(from);
        const auto size = static_cast<std::size_t>(got);
        const ssize_t sent = send(to, scratch_.data(), size, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN) return close_with_partner(from);
        if (sent < got) {
            const ssize_t taken = std::max<ssize_t>(sent, 0);
            at(to).rest.assign(scratch_.data() + taken, scratch_.data() + got);
            return;
        }
        if (size < scratch_.size() && !until_empty) return;
    }
}

void Floor::flush(int to)
{
    std::vector<unsigned char>& rest = at(to).rest;
    const ssize_t sent = send(to, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) return close_with_partner(to);
    if (sent <= 0) return;
    rest.erase(rest.begin(), rest.begin() + sent);
    if (!rest.empty()) return;
    std::vector<unsigned char>().swap(rest); // an idle connection holds no buffer
    pump(at(to).partner, true);
}

// End of stream. Nothing is left over for the partner here, for else it would not have been read.
void Floor::finish(int from)
{
    const int to = at(from).partner;
    at(from).input_finished = true;
    if (at(to).input_finished) return close_with_partner(from);
    shutdown(to, SHUT_WR);
}

void Floor::close_with_partner(int fd)
{
    const int partner = at(fd).partner;
    close_one(fd);
    close_one(partner);
}

void Floor::close_one(int fd)
{
    Connection& connection = at(fd);
    if (connection.role == Role::waiting) tickets_.erase(connection.number);
    const bool had_session = connection.role == Role::control;
    connection.role = Role::closed;
    ++connection.generation;
    std::vector<unsigned char>().swap(connection.rest);
    close(fd);
    if (!had_session) return;
    sessions_.erase(connection.number);
    std::vector<int> orphans;
    for (const auto& [number, guest] : tickets_)
        if (at(guest).partner == fd) orphans.push_back(guest);
    for (const int guest : orphans)
        close_one(guest);
}

// For the small replies of the tunnel; a host that lets 16 bytes pile up is not waited for.
bool Floor::send_all(int fd, const unsigned char* bytes, std::size_t size)
{
    return send(fd, bytes, size, MSG_NOSIGNAL) == static_cast<ssize_t>(size);
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 2) {
        std::fputs("usage: bench_floor PORT\n", stderr);
        return 2;
    }
    Floor(static_cast<std::uint16_t>(std::strtoul(argv[1], nullptr, 10))).run();
}
