// How a run comes to its connections: listening, dialling, and the tunnel of a relay.
#include "peer/shell/peer_shell.hpp"

#include <boost/asio/connect.hpp>

namespace netplay_relay::peer {

namespace {

using boost::system::error_code;
using tcp = asio::ip::tcp;

constexpr auto accept_pause = std::chrono::milliseconds(100);
constexpr std::size_t links_max = 256;          // those that are being closed among them
constexpr std::size_t answers_max = 64U << 10U; // bytes that the relay has not taken

} // namespace

Link& PeerShell::add_link(tcp::socket socket, const LineSettings& line)
{
    const std::uint64_t id = next_id_++;
    LineSettings own = line; // every link has an rng of its own
    own.in.seed += id * 2;
    own.out.seed += id * 2 + 1;
    return *links_.emplace(id, std::make_unique<Link>(std::move(socket), id, own, *this))
                .first->second;
}

void PeerShell::open_run_link(Link& link)
{
    run_.opened(link.id(), run_time());
    link.send(run_.out(link.id()));
    link.start();
    flush();
}

void PeerShell::begin_host()
{
    error_code error;
    const auto address = asio::ip::make_address(options_.listen, error);
    if (error) {
        fail(PeerOutcome::failed, "'" + options_.listen + "' is not an address");
        return;
    }
    const tcp::endpoint endpoint(address, options_.port);
    acceptor_.emplace(io_);
    acceptor_->open(endpoint.protocol(), error);
    if (!error) acceptor_->set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_->bind(endpoint, error);
    if (!error) acceptor_->listen(asio::socket_base::max_listen_connections, error);
    if (error) {
        fail(PeerOutcome::failed, "cannot listen on " + options_.listen + " port " +
                                      std::to_string(options_.port) + ": " + error.message());
        return;
    }
    print("listening on " + options_.listen + " port " +
          std::to_string(acceptor_->local_endpoint().port()));
    accept();
}

void PeerShell::accept()
{
    acceptor_->async_accept([this](error_code error, tcp::socket socket) {
        if (stopping_ || error == asio::error::operation_aborted) return;
        if (!error && links_.size() < links_max)
            open_run_link(add_link(std::move(socket), options_.line));
        if (!error) return accept();
        accept_timer_.expires_after(accept_pause); // no files left: some will be again
        accept_timer_.async_wait([this](error_code cancelled) {
            if (!cancelled && !stopping_) accept();
        });
    });
}

template <class Connected>
void PeerShell::dial(const std::string& host, std::uint16_t port, const Connected& connected)
{
    const std::string name = host + " port " + std::to_string(port);
    resolver_.async_resolve(
        host, std::to_string(port),
        [this, connected, name](error_code error, const tcp::resolver::results_type& found) {
            if (stopping_) return;
            if (error) {
                connected(tcp::socket(io_), "cannot resolve " + name + ": " + error.message());
                return;
            }
            auto socket = std::make_shared<tcp::socket>(io_);
            asio::async_connect(
                *socket, found, [this, connected, name, socket](error_code failed, const auto&) {
                    if (stopping_) return;
                    connected(std::move(*socket),
                              failed ? "cannot connect to " + name + ": " + failed.message()
                                     : std::string());
                });
        });
}

void PeerShell::begin_client()
{
    const JoinText& target = options_.target;
    dial(target.host, target.port, [this](tcp::socket socket, const std::string& failure) {
        if (!failure.empty()) {
            fail(PeerOutcome::refused, failure);
            return;
        }
        Link& link = add_link(std::move(socket), options_.line);
        if (const auto session = wire::parse_session_id(options_.target.session)) {
            std::vector<std::uint8_t> greeting = join_session(*session);
            link.send(greeting);
        }
        open_run_link(link);
    });
}

void PeerShell::begin_relay_host()
{
    dial(options_.relay->host, options_.relay->port,
         [this](tcp::socket socket, const std::string& failure) {
             if (!failure.empty()) {
                 fail(PeerOutcome::refused, failure);
                 return;
             }
             Link& link = add_link(std::move(socket), {});
             control_ = link.id();
             std::vector<std::uint8_t> request;
             tunnel_.start(request);
             link.send(request);
             link.start();
         });
}

void PeerShell::relay_said(std::span<const std::uint8_t> bytes)
{
    const bool had_session = tunnel_.session().has_value();
    std::vector<std::uint8_t> answer;
    const bool understood = tunnel_.receive(bytes, answer);
    if (!understood) {
        fail(had_session ? PeerOutcome::lost : PeerOutcome::refused, tunnel_.problem());
        return;
    }
    Link& control = *links_.at(*control_);
    control.send(answer);
    if (control.waiting() > answers_max) {
        fail(PeerOutcome::lost, "the relay asks and does not listen");
        return;
    }
    if (!had_session && tunnel_.session()) {
        JoinText join = *options_.relay;
        join.session = wire::to_text(*tunnel_.session());
        result_.join_text = to_text(join);
        say("join: " + result_.join_text);
    }
    for (const WaitingGuest& guest : tunnel_.take_guests())
        fetch_guest(guest);
}

void PeerShell::fetch_guest(const WaitingGuest& guest)
{
    if (links_.size() >= links_max) return;
    dial(options_.relay->host, options_.relay->port,
         [this, ticket = guest.ticket](tcp::socket socket, const std::string& failure) {
             if (!failure.empty()) {
                 print("a guest could not be fetched: " + failure);
                 return;
             }
             Link& link = add_link(std::move(socket), options_.line);
             std::vector<std::uint8_t> accept_it = accept_ticket(ticket);
             link.send(accept_it);
             open_run_link(link);
         });
}

} // namespace netplay_relay::peer
