#include "peer/shell/link.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <utility>

namespace netplay_relay::peer {

namespace {

constexpr auto drain_max = std::chrono::seconds(1);
constexpr std::size_t read_in_turn_max = 1U << 20U; // bytes: a flood must not starve the frames
constexpr std::size_t in_flight_max = 4U << 20U;    // bytes on the simulated line

using boost::system::error_code;

} // namespace

Instant run_time()
{
    static const auto begin = std::chrono::steady_clock::now();
    return std::chrono::steady_clock::now() - begin;
}

Link::Link(asio::ip::tcp::socket socket, std::uint64_t id, const LineSettings& line,
           LinkOwner& owner)
    : socket_(std::move(socket)), id_(id), in_(line.in), out_(line.out), owner_(owner),
      timer_(socket_.get_executor()), close_timer_(socket_.get_executor())
{
    error_code ignored;
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
}

void Link::start() { read_on(); }

void Link::send(std::vector<std::uint8_t>& bytes)
{
    if (!closed_ && !bytes.empty()) out_.push(bytes, run_time());
    bytes.clear();
    write_due();
}

void Link::read_on()
{
    if (closed_ || reading_ || !ended_.empty()) return;
    if (!closing_ && read_in_turn_ >= read_in_turn_max) return;
    if (!closing_ && (in_.pending() > in_flight_max || owner_.link_busy(id_))) return;
    reading_ = true;
    ++operations_;
    socket_.async_read_some(asio::buffer(read_buffer_), [this](error_code error, std::size_t size) {
        --operations_;
        reading_ = false;
        if (closed_) return;
        if (error) {
            ended_ = error == asio::error::eof ? "closed" : error.message();
        } else if (!draining_) {
            bytes_in_ += size;
            read_in_turn_ += size;
            in_.push(std::span(read_buffer_).first(size), run_time());
        }
        deliver();
    });
}

void Link::deliver()
{
    delivered_.clear();
    in_.take_due(run_time(), delivered_);
    if (!delivered_.empty() && !closing_) owner_.link_received(id_, delivered_);
    if (closed_) return;
    if (!ended_.empty() && in_.pending() == 0) {
        finish(ended_);
        return;
    }
    read_on();
    arm();
}

void Link::write_due()
{
    if (closed_) return;
    if (!write_busy_) {
        writing_.clear();
        out_.take_due(run_time(), writing_);
        if (!writing_.empty()) {
            write_busy_ = true;
            ++operations_;
            asio::async_write(socket_, asio::buffer(writing_),
                              [this](error_code error, std::size_t size) {
                                  --operations_;
                                  write_busy_ = false;
                                  bytes_out_ += size;
                                  if (closed_) return;
                                  if (error)
                                      finish(error.message());
                                  else
                                      write_due();
                              });
        } else if (closing_ && out_.pending() == 0) {
            drain();
            return;
        }
    }
    arm();
}

// One timer for whichever direction is due first.
void Link::arm()
{
    const auto in = in_.next_due();
    const auto out = write_busy_ ? std::nullopt : out_.next_due();
    if (closed_ || draining_ || (!in && !out)) return;
    const Instant due = in && out ? std::min(*in, *out) : in ? *in : *out;
    if (armed_for_ && *armed_for_ <= due) return;
    armed_for_ = due;
    ++operations_;
    timer_.expires_after(std::max(Instant{0}, due - run_time())); // an earlier wait is cancelled
    timer_.async_wait([this](error_code error) {
        --operations_;
        if (closed_ || error) return;
        armed_for_.reset();
        write_due();
        if (!closed_) deliver();
    });
}

void Link::finish(const std::string& why)
{
    close();
    owner_.link_closed(id_, why);
}

// A close with bytes unread would take back what was just sent: first the other side is to close.
void Link::drain()
{
    if (std::exchange(draining_, true)) return;
    error_code ignored;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
}

void Link::next_turn()
{
    read_in_turn_ = 0;
    read_on();
}

void Link::close_when_sent()
{
    if (closed_ || std::exchange(closing_, true)) return;
    ++operations_;
    close_timer_.expires_after(drain_max);
    close_timer_.async_wait([this](error_code error) {
        --operations_;
        if (!error && !closed_) finish("closed");
    });
    write_due();
    if (!closed_) read_on();
}

void Link::close()
{
    if (std::exchange(closed_, true)) return;
    error_code ignored;
    timer_.cancel();
    close_timer_.cancel();
    socket_.close(ignored);
}

} // namespace netplay_relay::peer
