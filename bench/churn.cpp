// Sessions set up and torn down as fast as possible: host, one guest, their link, both headers
// across it, and then everything reset, as RetroArch does when it quits.

#include "modes.hpp"
#include "tunnel.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <unordered_map>

namespace bench {

namespace {

enum class Side : std::uint8_t
{
    control,
    guest,
    host
};
constexpr std::size_t side_count = 3;

// One session in the making: three connections and what has been read from each, unused yet.
struct Visit
{
    std::uint32_t round = 0; // tells a late event of a closed socket from one of its successor
    std::uint32_t token = 0;
    bool named = false; // the session has its id
    Record notice{};    // the RATL we were told, to claim the link with
    std::array<Socket, side_count> sockets;
    std::array<std::vector<unsigned char>, side_count> inputs;

    Socket& socket(Side side) { return sockets[static_cast<std::size_t>(side)]; }
    std::vector<unsigned char>& input(Side side) { return inputs[static_cast<std::size_t>(side)]; }
};

class Churn
{
public:
    Churn(const Target& target, std::size_t concurrency);
    void run_until(std::uint64_t end);
    void finish();
    std::uint64_t completed() const { return completed_; }

private:
    void begin(std::size_t index);
    void connect_side(std::size_t index, Side side);
    void accept_passed_on();
    void on_event(const epoll_event& event);
    void on_control(std::size_t index);
    void send_join(std::size_t index, std::span<const unsigned char> session);
    void on_header(std::size_t index, Side side);
    static bool read_more(Visit& visit, Side side);

    static constexpr std::uint64_t listener_tag = ~std::uint64_t{0};

    const Target& target_;
    Poller poller_;
    std::vector<Visit> visits_;
    std::unordered_map<std::uint32_t, std::size_t> by_token_; // plain: whose connection this is
    std::uint32_t last_token_ = static_cast<std::uint32_t>(now_ns());
    std::uint64_t completed_ = 0;
    std::size_t unfinished_ = 0;
    bool stopping_ = false;
};

Churn::Churn(const Target& target, std::size_t concurrency) : target_(target), visits_(concurrency)
{
    if (target.listener.is_open()) poller_.add(target.listener, EPOLLIN, listener_tag);
    for (std::size_t i = 0; i < concurrency; ++i)
        begin(i);
}

// Also ends what the visit did before: its sockets are reset when they are replaced.
void Churn::begin(std::size_t index)
{
    Visit fresh;
    fresh.round = visits_[index].round + 1;
    fresh.token = ++last_token_;
    visits_[index] = std::move(fresh);
    ++unfinished_;
    Visit& visit = visits_[index];
    if (target_.speaks_tunnel) {
        connect_side(index, Side::control);
        Record request{};
        put_tag(request, "RATS");
        write_all(visit.socket(Side::control), request);
    } else {
        by_token_.emplace(visit.token, index);
        connect_side(index, Side::guest);
        write_all(visit.socket(Side::guest), guest_header(visit.token));
    }
}

// On loopback the connection is made within the call.
void Churn::connect_side(std::size_t index, Side side)
{
    Socket& socket = visits_[index].socket(side);
    socket = connect_to(target_.address);
    set_blocking(socket, false);
    poller_.add(socket, EPOLLIN,
                index << 40U | std::uint64_t{visits_[index].round} << 8U |
                    static_cast<std::uint64_t>(side));
}

// The header is on its way already, so waiting for it here is short.
void Churn::accept_passed_on()
{
    Socket socket = accept_from(target_.listener);
    Header header{};
    read_all(socket, header);
    const auto token = token_of_guest_header(header);
    const auto found = token ? by_token_.find(*token) : by_token_.end();
    if (found == by_token_.end()) throw IntegrityFailure("a netplay header arrived changed");
    Visit& visit = visits_[found->second];
    by_token_.erase(found);
    write_all(socket, host_header(visit.token));
    visit.socket(Side::host) = std::move(socket);
}

bool Churn::read_more(Visit& visit, Side side)
{
    std::array<unsigned char, 128> buffer;
    const ssize_t got = recv(visit.socket(side).fd(), buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == EAGAIN) return false;
    if (got < 0) fail("receive");
    if (got == 0) throw std::runtime_error("the target closed a connection of a new session");
    visit.input(side).insert(visit.input(side).end(), buffer.begin(), buffer.begin() + got);
    return true;
}

void Churn::on_event(const epoll_event& event)
{
    if (event.data.u64 == listener_tag) return accept_passed_on();
    const std::size_t index = event.data.u64 >> 40U;
    const auto round = static_cast<std::uint32_t>(event.data.u64 >> 8U);
    const auto side = static_cast<Side>(event.data.u64 & 0xFFU);
    Visit& visit = visits_[index];
    if (visit.round != round || !read_more(visit, side)) return;
    side == Side::control ? on_control(index) : on_header(index, side);
}

void Churn::on_control(std::size_t index)
{
    Visit& visit = visits_[index];
    std::vector<unsigned char>& input = visit.input(Side::control);
    for (;;) {
        const bool answer = has_tag(input, "RATA");
        const bool ping = has_tag(input, "RATP");
        const std::size_t size = ping ? 4 : record_size + (answer ? address_size : 0);
        if (input.size() < size) return;
        if (ping) {
            write_all(visit.socket(Side::control), std::span(input).first(size));
        } else if (answer) {
            if (!std::equal(input.begin() + 4, input.begin() + record_size,
                            visit.notice.begin() + 4))
                throw IntegrityFailure("RATA answered for another link");
            write_all(visit.socket(Side::host), visit.notice);
        } else if (has_tag(input, "RATL") && visit.named) {
            std::copy_n(input.begin(), record_size, visit.notice.begin());
            put_tag(input, "RATA");
            write_all(visit.socket(Side::control), std::span(input).first(size));
            connect_side(index, Side::host);
        } else if (has_tag(input, "RATS") && !visit.named) {
            visit.named = true;
            send_join(index, std::span(input).first(size));
        } else {
            throw std::runtime_error("the target said something unknown to a host");
        }
        input.erase(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(size));
    }
}

void Churn::send_join(std::size_t index, std::span<const unsigned char> session)
{
    Visit& visit = visits_[index];
    connect_side(index, Side::guest);
    std::array<unsigned char, record_size + header_size> join{};
    const Header header = guest_header(visit.token);
    std::copy(session.begin(), session.end(), join.begin());
    std::copy(header.begin(), header.end(), join.begin() + record_size);
    write_all(visit.socket(Side::guest), join);
}

// The host answers the guest's header with its own; with that the session is complete.
void Churn::on_header(std::size_t index, Side side)
{
    Visit& visit = visits_[index];
    const std::vector<unsigned char>& input = visit.input(side);
    if (input.size() < header_size) return;
    const bool at_host = side == Side::host;
    const Header expected = at_host ? guest_header(visit.token) : host_header(visit.token);
    if (!std::equal(input.begin(), input.end(), expected.begin(), expected.end()))
        throw IntegrityFailure("a netplay header arrived changed");
    if (at_host) {
        write_all(visit.socket(Side::host), host_header(visit.token));
    } else {
        ++completed_;
        --unfinished_;
        if (!stopping_) begin(index);
    }
}

void Churn::run_until(std::uint64_t end)
{
    while (now_ns() < end)
        for (const epoll_event& event : poller_.wait(100))
            on_event(event);
}

// Every session that was begun must be completed: one that hangs has lost something.
void Churn::finish()
{
    stopping_ = true;
    const std::uint64_t deadline = now_ns() + 5 * ns_per_second;
    while (unfinished_ > 0 && now_ns() < deadline)
        for (const epoll_event& event : poller_.wait(100))
            on_event(event);
    if (unfinished_ > 0)
        throw IntegrityFailure(std::to_string(unfinished_) + " sessions were never set up");
}

} // namespace

nlohmann::json run_churn(const Target& target, const Plan& plan)
{
    Churn churn(target, plan.concurrency);
    churn.run_until(now_ns() + to_ns(plan.warm_up_seconds));
    Window window(target);
    window.open(churn.completed());
    churn.run_until(now_ns() + to_ns(plan.seconds));
    window.close(churn.completed());
    churn.finish();

    nlohmann::json out{{"mode", "churn"}, {"concurrency", plan.concurrency}};
    window.report(out, "sessions");
    return out;
}

} // namespace bench
