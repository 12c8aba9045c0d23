// The thin outside of a run: sockets, the clock that paces the frames, signals and the progress
// line. One thread.
#pragma once

#include "peer/peer_run.hpp"
#include "peer/shell/link.hpp"
#include "peer/shell/run_options.hpp"
#include "peer/tunnel_host.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace netplay_relay::peer {

struct TickTimes // wall-clock cost of one tick: the engine, the core and what was replayed
{
    std::vector<float> microseconds; // of each tick; the first million
    double sum = 0;
    double most = 0;
    std::uint64_t count = 0;

    void add(double cost);
    [[nodiscard]] double mean() const;
    [[nodiscard]] double percentile(double share) const;
};

struct ShellResult
{
    RunResult run;
    TickTimes ticks;
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
    double seconds = 0;
    std::string join_text; // host through a relay
    bool interrupted = false;
};

class PeerShell : public LinkOwner
{
public:
    PeerShell(RunOptions options, rollback::Core& core, InputSource input);

    // Runs until the run is over.
    [[nodiscard]] ShellResult run();

private:
    void link_received(std::uint64_t id, std::span<const std::uint8_t> bytes) override;
    void link_closed(std::uint64_t id, const std::string& why) override;
    [[nodiscard]] bool link_busy(std::uint64_t id) const override;

    void begin_host();
    void begin_relay_host();
    void begin_client();
    void accept();
    template <class Connected>
    void dial(const std::string& host, std::uint16_t port, const Connected& connected);
    Link& add_link(asio::ip::tcp::socket socket, const LineSettings& line);
    void relay_said(std::span<const std::uint8_t> bytes);
    void fetch_guest(const WaitingGuest& guest);
    void open_run_link(Link& link);
    void schedule();
    void turn();
    void one_tick();
    void flush();
    void reap();
    void look_at_beginning();
    void show_progress();
    [[nodiscard]] std::unique_ptr<std::ofstream> open_private(const std::string& path);
    [[nodiscard]] bool takes_nothing(const Link& link) const;
    void print(const std::string& line); // unless we are to be quiet
    void say(const std::string& line);
    [[nodiscard]] bool reached_its_end() const;
    void fail(PeerOutcome outcome, const std::string& reason);
    void time_is_up();
    void stop();
    void linger(Instant until);

    RunOptions options_;
    rollback::Core& core_;
    asio::io_context io_{1};
    PeerRun run_;
    std::unique_ptr<std::ofstream> record_file_;
    std::unique_ptr<RecordingWriter> recorder_;
    std::unique_ptr<std::ofstream> memory_file_;
    std::optional<asio::ip::tcp::acceptor> acceptor_;
    asio::ip::tcp::resolver resolver_;
    asio::steady_timer frame_timer_;
    asio::steady_timer accept_timer_;
    asio::signal_set signals_;
    std::map<std::uint64_t, std::unique_ptr<Link>> links_;
    std::vector<std::uint64_t> closing_;
    std::uint64_t next_id_ = 1;
    std::optional<std::uint64_t> control_; // the link to the relay
    TunnelHost tunnel_;
    std::optional<PeerEnd> shell_end_; // when the run itself could not tell
    ShellResult result_;
    std::optional<Instant> next_frame_;
    Instant next_progress_{0};
    bool had_session_ = false;
    bool stopping_ = false;
    Turn last_turn_ = Turn::stalled;
};

} // namespace netplay_relay::peer
