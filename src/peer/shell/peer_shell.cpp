#include "peer/shell/peer_shell.hpp"

#include "peer/decode/escape.hpp"
#include "peer/shell/memory_writer.hpp"
#include "peer/shell/report.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace netplay_relay::peer {

namespace {

using boost::system::error_code;

constexpr auto idle_pause = std::chrono::microseconds(500); // unlimited rate, nothing to run
constexpr auto behind_max = std::chrono::milliseconds(250); // then the frames lost stay lost
constexpr auto beginning_max = std::chrono::seconds(20);
constexpr auto private_file =
    std::filesystem::perms::owner_read | std::filesystem::perms::owner_write;
constexpr auto linger_max = std::chrono::seconds(2);
constexpr auto linger_step = std::chrono::milliseconds(5);
constexpr std::size_t waiting_max = 4U << 20U; // bytes that one connection has not taken
constexpr std::size_t tick_samples_max = 1'000'000;

} // namespace

void TickTimes::add(double cost)
{
    if (microseconds.size() < tick_samples_max) microseconds.push_back(static_cast<float>(cost));
    sum += cost;
    most = std::max(most, cost);
    ++count;
}

double TickTimes::mean() const { return count == 0 ? 0 : sum / static_cast<double>(count); }

double TickTimes::percentile(double share) const
{
    if (microseconds.empty()) return 0;
    std::vector<float> sorted = microseconds;
    const auto rank = static_cast<std::ptrdiff_t>(share * static_cast<double>(sorted.size() - 1));
    std::nth_element(sorted.begin(), sorted.begin() + rank, sorted.end());
    return static_cast<double>(sorted[static_cast<std::size_t>(rank)]);
}

PeerShell::PeerShell(RunOptions options, rollback::Core& core, InputSource input)
    : options_(std::move(options)), core_(core),
      run_(options_.settings, core, std::move(input), run_time()), resolver_(io_),
      frame_timer_(io_), accept_timer_(io_), signals_(io_, SIGINT, SIGTERM)
{
}

ShellResult PeerShell::run()
{
    if (!options_.record_file.empty()) {
        record_file_ = open_private(options_.record_file);
        const nlohmann::ordered_json settings = options_.settings;
        recorder_ = std::make_unique<RecordingWriter>(*record_file_, dump(settings));
        run_.record_to(recorder_.get());
    }
    if (!options_.memory_file.empty()) {
        memory_file_ = open_private(options_.memory_file);
        run_.watch_memory(memory_writer(*memory_file_, options_.settings));
    }
    signals_.async_wait([this](error_code error, int) {
        if (error) return;
        result_.interrupted = true;
        stop();
    });
    const Instant begin = run_time();
    if (shell_end_)
        stop();
    else if (options_.settings.role == Role::client)
        begin_client();
    else if (options_.relay)
        begin_relay_host();
    else
        begin_host();
    schedule();
    io_.run();

    result_.seconds = std::chrono::duration<double>(run_time() - begin).count();
    result_.run = run_.result();
    if (recorder_) {
        const nlohmann::ordered_json outcome = result_.run;
        const std::string text = dump(outcome);
        recorder_->write(EventKind::result, run_time(), 0,
                         {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
    }
    if (shell_end_) result_.run.end = *shell_end_;
    return std::move(result_);
}

// Readable by us alone: a recording holds passwords.
std::unique_ptr<std::ofstream> PeerShell::open_private(const std::string& path)
{
    const mode_t before = umask(S_IRWXG | S_IRWXO);
    auto file = std::make_unique<std::ofstream>(path, std::ios::binary);
    umask(before);
    std::error_code ignored; // of a file that was there already; a device is let be
    if (std::filesystem::is_regular_file(path, ignored))
        std::filesystem::permissions(path, private_file, ignored);
    if (!*file && !shell_end_) shell_end_ = PeerEnd{PeerOutcome::failed, "cannot write " + path};
    return file;
}

void PeerShell::print(const std::string& line)
{
    if (!options_.quiet) say(line);
}

void PeerShell::say(const std::string& line)
{
    std::fprintf(stderr, "%s\n", escaped(line).c_str());
}

void PeerShell::fail(PeerOutcome outcome, const std::string& reason)
{
    if (!shell_end_ && !run_.end().over()) shell_end_ = PeerEnd{outcome, reason};
    stop();
}

// Sends what is still to be sent and closes; the loop ends when nothing waits any more.
void PeerShell::stop()
{
    if (std::exchange(stopping_, true)) return;
    if (!shell_end_ && !run_.end().over()) run_.leave(run_time());
    error_code ignored;
    if (acceptor_) acceptor_->close(ignored);
    accept_timer_.cancel();
    resolver_.cancel();
    signals_.cancel(ignored);
    for (auto& [id, link] : links_) {
        if (control_ != id && !link->closed() && !link->closing()) link->send(run_.out(id));
        link->close_when_sent();
    }
    linger(run_time() + linger_max);
}

// What was sent is to arrive, but nobody may hold us up.
void PeerShell::linger(Instant until)
{
    reap();
    frame_timer_.cancel();
    if (links_.empty()) {
        io_.stop(); // what is still being dialled is not waited for
        return;
    }
    if (run_time() >= until)
        for (auto& [id, link] : links_)
            link->close();
    frame_timer_.expires_after(linger_step);
    frame_timer_.async_wait([this, until](error_code error) {
        if (!error) linger(until);
    });
}

// A time that passed without a game is no game that ended as asked.
void PeerShell::time_is_up()
{
    if (options_.settings.role == Role::client && !run_.in_session())
        fail(PeerOutcome::refused, "there was no game within the time");
    else if (options_.relay && !tunnel_.session())
        fail(PeerOutcome::refused, "there was no session within the time");
    else
        stop();
}

void PeerShell::schedule()
{
    if (stopping_) return;
    const Instant now = run_time();
    const bool unlimited = options_.rate <= 0 || run_.hurrying();
    Instant due = now;
    if (unlimited) {
        if (last_turn_ != Turn::ran) due = now + idle_pause;
        next_frame_.reset();
    } else {
        const auto period =
            std::chrono::duration_cast<Instant>(std::chrono::duration<double>(1.0 / options_.rate));
        due = next_frame_.value_or(now) + period;
        if (due + behind_max < now) due = now;
        next_frame_ = due;
    }
    const bool ends_first = options_.duration.count() > 0 && due > options_.duration;
    if (ends_first) due = options_.duration;
    frame_timer_.expires_after(std::max(Instant{0}, due - now));
    frame_timer_.async_wait([this, ends_first](error_code error) {
        if (error || stopping_) return;
        if (ends_first)
            time_is_up();
        else
            turn();
    });
}

void PeerShell::turn()
{
    one_tick();
    flush();
    reap();
    for (auto& [id, link] : links_)
        link->next_turn();
    look_at_beginning();
    show_progress();
    if (run_.end().over() || shell_end_)
        stop();
    else if (reached_its_end())
        time_is_up();
    else
        schedule();
}

// Whoever is to answer at the beginning does so soon, or not at all.
void PeerShell::look_at_beginning()
{
    const bool waits_for_relay = options_.relay && !tunnel_.session();
    const bool waits_for_host = options_.settings.role == Role::client && !run_.in_session();
    if ((!waits_for_relay && !waits_for_host) || run_time() < beginning_max) return;
    fail(PeerOutcome::refused, waits_for_relay ? "the relay does not answer"
                               : links_.empty()
                                   ? "the host cannot be reached"
                                   : "the host says nothing more: " + run_.if_closed_now());
}

void PeerShell::one_tick()
{
    if (options_.settings.role == Role::client && links_.empty()) return; // not yet connected
    const Instant begin = run_time();
    last_turn_ = run_.tick(begin);
    if (last_turn_ == Turn::ran)
        result_.ticks.add(std::chrono::duration<double, std::micro>(run_time() - begin).count());
}

bool PeerShell::reached_its_end() const
{
    if (options_.frames > 0 && run_.confirmed_frames() >= options_.frames) return true;
    if (options_.duration.count() > 0 && run_time() >= options_.duration) return true;
    return options_.until_empty && had_session_ && !run_.in_session();
}

// The core is asked last: for some its size costs as much as a savestate.
bool PeerShell::takes_nothing(const Link& link) const
{
    return link.waiting() > waiting_max && link.waiting() > waiting_max + 3 * core_.state_size();
}

void PeerShell::flush()
{
    for (const HostEvent& event : run_.take_events()) {
        print(event.text);
        if (event.closing) closing_.push_back(event.connection);
    }
    for (auto& [id, link] : links_) {
        if (control_ == id || link->closed() || link->closing()) continue;
        link->send(run_.out(id));
        if (takes_nothing(*link)) {
            print("a connection takes nothing any more");
            link->close();
            run_.closed(id, run_time());
            continue;
        }
        if (std::ranges::find(closing_, id) != closing_.end())
            link->close_when_sent();
        else
            link->read_on();
    }
    closing_.clear();
    had_session_ |= run_.in_session();
}

// Links whose operations have all come back.
void PeerShell::reap()
{
    for (auto entry = links_.begin(); entry != links_.end();) {
        Link& link = *entry->second;
        if (!link.done()) {
            ++entry;
            continue;
        }
        result_.bytes_in += link.bytes_in();
        result_.bytes_out += link.bytes_out();
        entry = links_.erase(entry);
    }
}

void PeerShell::link_received(std::uint64_t id, std::span<const std::uint8_t> bytes)
{
    if (stopping_) return;
    if (control_ == id) {
        relay_said(bytes);
        return;
    }
    run_.received(id, bytes, run_time());
    if (!run_.in_session()) flush(); // a handshake does not wait for frames
}

void PeerShell::link_closed(std::uint64_t id, const std::string& why)
{
    if (stopping_) return; // what is over is over
    if (control_ == id) {
        control_.reset();
        if (tunnel_.session())
            fail(PeerOutcome::lost, "the relay closed the session: " + why);
        else
            fail(PeerOutcome::refused, "the relay gave no session: " + why);
        return;
    }
    run_.closed(id, run_time());
    if (run_.end().over()) stop();
}

// Once a second on a terminal, every ten seconds elsewhere.
void PeerShell::show_progress()
{
    const Instant now = run_time();
    if (options_.quiet || now < next_progress_) return;
    const bool terminal = isatty(STDERR_FILENO) != 0;
    next_progress_ = now + (terminal ? std::chrono::seconds(1) : std::chrono::seconds(10));
    const std::string line = progress_line(run_.result(), now);
    std::fprintf(stderr, terminal ? "\r%s\033[K" : "%s\n", line.c_str());
}

bool PeerShell::link_busy(std::uint64_t id) const { return control_ != id && run_.busy(id); }

} // namespace netplay_relay::peer
