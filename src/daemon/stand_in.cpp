#include "daemon/stand_in.hpp"

#include "daemon/control.hpp"
#include "daemon/daemon.hpp"
#include "daemon/listeners.hpp"
#include "net/handover.hpp"
#include "net/socket_io.hpp"
#include "text/text.hpp"
#include "worker/worker.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace netplay_relay::daemon {

namespace {

constexpr std::size_t said_max = 4096; // more of it is not kept
constexpr std::chrono::milliseconds exit_pause{5};

// Nobody is there, and nothing can be done to them.
class NoSockets final : public net::SocketIo, public worker::Observer
{
    void close(worker::Handle, bool) override {}
    [[nodiscard]] int watch(worker::Handle, worker::Connection&) override { return 0; }
    void forget(worker::Handle) override {}
    [[nodiscard]] bool open_port(std::uint16_t, const lobby::ListenerProfile&) override
    {
        return true;
    }
    void close_port(std::uint16_t) override {}
    void wake_at(lobby::Instant) override {}
    void wake_soon() override {}
    void report(const lobby::LogEvent&, const worker::EventFacts&) override {}
};

class NoRandom final : public lobby::RandomSource
{
    void fill(std::span<std::uint8_t> bytes) override
    {
        for (std::uint8_t& byte : bytes)
            byte = ++last_;
    }
    std::uint8_t last_ = 0;
};

// Empty if all of it can be taken over.
std::string problem_of_state(const config::Config& config, net::IncomingHandover& state)
{
    NoSockets nothing;
    NoRandom random;
    worker::Worker worker(nothing, nothing, config.policy, random);
    for (std::size_t at = 0; at < state.index().memories.size(); ++at)
        if (const auto fault = worker.adopt_memory(state.memory(at)))
            return "its memory cannot be taken over: " + std::string(record::word(*fault));
    for (std::size_t at = 0; at < state.index().parts.size(); ++at)
        if (const auto fault = worker.adopt(*state.take_part(at)))
            return "a game cannot be taken over: " + std::string(record::word(*fault));
    return {};
}

} // namespace

int try_succession(const CommandLine& line, const Loaded& loaded, Succession& succession)
{
    if (!loaded.faults.empty()) {
        std::fputs(to_text(loaded.faults, line.config_file).c_str(), stdout);
        return exit_bad_config;
    }
    net::IncomingHandover incoming(std::move(succession.state));
    std::string problem = incoming.problem();
    if (problem.empty()) problem = problem_of_new_listeners(loaded.config, incoming.index());
    if (problem.empty()) problem = problem_of_state(loaded.config, incoming);
    if (!problem.empty()) std::printf("%s\n", problem.c_str());
    for (const net::HandoverIndex::Part& part : incoming.index().parts)
        succession.connections += part.connections.size();
    return problem.empty() ? exit_ok : exit_failed;
}

namespace {

// False if they do not come; `is_gone`: the other end is closed.
bool hear_of_games(Succession& succession, bool& is_gone)
{
    Heard heard = hear(succession.control.value(), patience);
    is_gone = heard.is_gone;
    if (heard.word != Word::games || heard.descriptors.size() != 2) return false;
    succession.state = std::move(heard.descriptors[0]);
    succession.sockets = std::move(heard.descriptors[1]);
    return true;
}

} // namespace

bool wait_for_games(Succession& succession)
{
    bool is_gone = false;
    return say(succession.control.value(), Word::ready) && hear_of_games(succession, is_gone);
}

bool take_games_back(Succession& succession, std::optional<int>& exit_code)
{
    bool is_gone = true;
    if (say(succession.control.value(), Word::give) && hear_of_games(succession, is_gone))
        return true;
    succession.control = {};
    if (!is_gone) (void)kill(succession.stand_in, SIGKILL); // it stands still for a minute
    int status = 0;
    const bool is_dead = waitpid(succession.stand_in, &status, is_gone ? WNOHANG : 0) != 0;
    if (is_dead) return false;
    // Whoever waits for us waits for it.
    (void)waitpid(succession.stand_in, &status, 0);
    exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : exit_failed;
    return false;
}

StandIn::StandIn(boost::asio::io_context& io, std::vector<std::string> arguments)
    : arguments_(std::move(arguments)), output_(io), words_(io), limit_(io), pause_(io)
{
}

StandIn::~StandIn() { end(); }

void StandIn::end()
{
    boost::system::error_code ignored;
    output_.close(ignored);
    words_.close(ignored);
    limit_.cancel();
    pause_.cancel();
    if (child_ == 0) return;
    kill_child();
    (void)waitpid(std::exchange(child_, 0), nullptr, 0);
}

// What it has started is of its group.
void StandIn::kill_child() const { (void)kill(-child_, SIGKILL); }

void StandIn::begin(int state, std::function<void(std::string)> done)
{
    done_ = std::move(done);
    said_.clear();
    is_late_ = false;
    std::array<int, 2> ends{};
    auto control = make_control();
    if (!control || pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0)
        return finish(std::string("no pipe: ") + std::strerror(errno));
    output_.assign(ends[0]);
    const net::UniqueFd theirs(ends[1]);
    (void)fcntl(ends[1], F_SETFL, 0); // the child waits for us
    control_ = control->first.release();
    words_.assign(control_);
    child_ = spawn_stand_in(arguments_, state, control->second.value(), ends[1]);
    if (child_ == 0)
        return finish(arguments_.front() + " cannot be started: " + std::strerror(errno));
    limit_.expires_after(trial_limit);
    limit_.async_wait([this](const boost::system::error_code& error) {
        if (error || child_ == 0) return;
        is_late_ = true;
        kill_child();
        wait_for_exit();
    });
    read();
    wait_for_word();
}

void StandIn::read()
{
    output_.async_read_some(boost::asio::buffer(buffer_),
                            [this](const boost::system::error_code& error, std::size_t size) {
                                if (error == boost::asio::error::operation_aborted) return;
                                if (error) return wait_for_exit();
                                said_.append(buffer_.data(),
                                             std::min(size, said_max - said_.size()));
                                read();
                            });
}

void StandIn::wait_for_word()
{
    words_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                      [this](const boost::system::error_code& error) {
                          if (error || !done_) return;
                          // Nothing if it has ended: then its output ends, too.
                          if (hear(control_, {}).word == Word::ready) finish({});
                      });
}

// It has closed its output, and ends now, or is ready, or is killed in a while.
void StandIn::wait_for_exit()
{
    if (!done_) return;
    int status = 0;
    if (waitpid(child_, &status, WNOHANG) == 0) {
        pause_.expires_after(exit_pause);
        pause_.async_wait([this](const boost::system::error_code& error) {
            if (!error) wait_for_exit();
        });
        return;
    }
    child_ = 0;
    // Lines of a configuration's faults, or of a loader that misses a library.
    std::string problem = text::plain(said_.substr(0, said_.find('\n')));
    std::ranges::replace(problem, '"', '\'');
    if (is_late_)
        problem =
            "the new program did not answer within " + std::to_string(trial_limit.count()) + " s";
    else if (WIFSIGNALED(status))
        problem = "the new program was killed by signal " + std::to_string(WTERMSIG(status));
    else if (problem.empty())
        problem = "the new program ended with " + std::to_string(WEXITSTATUS(status));
    finish(std::move(problem));
}

void StandIn::finish(std::string problem)
{
    boost::system::error_code ignored;
    output_.close(ignored);
    limit_.cancel();
    pause_.cancel();
    if (!problem.empty()) words_.close(ignored);
    std::exchange(done_, nullptr)(std::move(problem));
}

std::string StandIn::give(const net::OutgoingHandover& games)
{
    const std::array descriptors{games.state(), games.sockets()};
    const bool is_given = say(control_, Word::games, descriptors) &&
                          hear(control_, give_limit).word == Word::taken && say(control_, Word::go);
    if (is_given) return {};
    end();
    return "the new program did not take the games over";
}

} // namespace netplay_relay::daemon
