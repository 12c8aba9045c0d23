#include "peer/shell/joiner_process.hpp"

#include "base/c_strings.hpp"
#include "peer/shell/report.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <random>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace netplay_relay::peer {

namespace {

using rollback::Glimpse;
using std::chrono::milliseconds;

constexpr milliseconds answer_limit{20'000}; // the first includes loading the core
constexpr milliseconds endless{0};

template <typename Plain>
std::vector<std::uint8_t> bytes_of(const Plain& plain)
{
    static_assert(std::is_trivially_copyable_v<Plain>);
    std::vector<std::uint8_t> bytes(sizeof plain);
    std::memcpy(bytes.data(), &plain, sizeof plain);
    return bytes;
}

// False if there are fewer bytes.
template <typename Plain>
bool read_into(Plain& plain, std::span<const std::uint8_t> bytes)
{
    static_assert(std::is_trivially_copyable_v<Plain>);
    if (bytes.size() < sizeof plain) return false;
    std::memcpy(&plain, bytes.data(), sizeof plain);
    return true;
}

// Ours, with another byte in memory that is not set each time.
std::vector<std::string> environment()
{
    static std::uint8_t filling = 0;
    filling = static_cast<std::uint8_t>(filling + 37);
    constexpr std::string_view tunables = "GLIBC_TUNABLES=", old_name = "MALLOC_PERTURB_=";
    std::vector<std::string> words;
    for (char** word = environ; *word != nullptr; ++word)
        if (const std::string_view text = *word;
            !text.starts_with(tunables) && !text.starts_with(old_name))
            words.emplace_back(text);
    words.push_back(std::string(tunables) +
                    "glibc.malloc.tcache_count=0:glibc.malloc.perturb=" + std::to_string(filling));
    return words;
}

pid_t spawn(const RunSettings& settings, int input)
{
    std::vector<std::string> words{"netplay-peer", "joiner", "--core", settings.core};
    if (!settings.content.empty()) words.insert(words.end(), {"--content", settings.content});
    if (settings.headless) words.emplace_back("--headless");
    std::vector<std::string> variables = environment();

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    pid_t process = -1;
    const int fault = posix_spawn(&process, "/proc/self/exe", &actions, nullptr,
                                  c_strings(words).data(), c_strings(variables).data());
    posix_spawn_file_actions_destroy(&actions);
    return fault == 0 ? process : -1;
}

// Its end of the pipe may be gone a moment before it is.
void await_end_of(pid_t process)
{
    constexpr int patience_ms = 5000;
    // Debian 12 declares pidfd_open() for C only.
    const auto descriptor = static_cast<int>(syscall(SYS_pidfd_open, process, 0));
    if (descriptor < 0) return;
    pollfd wait{descriptor, POLLIN, 0};
    while (poll(&wait, 1, patience_ms) < 0 && errno == EINTR)
        continue;
    close(descriptor);
}

std::string text_of_end(int status)
{
    if (WIFSIGNALED(status))
        return "its process ended with signal " + std::to_string(WTERMSIG(status));
    return "its process ended with exit code " + std::to_string(WEXITSTATUS(status));
}

} // namespace

JoinerProcess::JoinerProcess(const RunSettings& settings)
{
    int ends[2] = {-1, -1};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        fault_ = "no process could be started for it";
        return;
    }
    pipe_ = std::make_unique<JoinerPipe>(ends[0]);
    process_ = spawn(settings, ends[1]);
    close(ends[1]);
    if (process_ > 0) return;
    fault_ = "no process could be started for it";
    pipe_.reset();
}

JoinerProcess::~JoinerProcess() { end(); }

void JoinerProcess::end()
{
    pipe_.reset();
    if (process_ <= 0) return;
    kill(process_, SIGKILL); // it has nothing to put in order
    int status = 0;
    while (waitpid(process_, &status, 0) < 0 && errno == EINTR)
        continue;
    process_ = -1;
}

std::optional<JoinerMessage> JoinerProcess::ask(JoinerWord word,
                                                std::span<const std::uint8_t> bytes)
{
    if (!pipe_) return std::nullopt;
    if (pipe_->send(word, bytes, answer_limit))
        if (auto answer = pipe_->receive(answer_limit)) return answer;
    if (pipe_->has_ended()) await_end_of(process_);
    int status = 0;
    const bool ended = waitpid(process_, &status, WNOHANG) == process_;
    fault_ = ended ? text_of_end(status) : "its process does not answer";
    if (ended) process_ = -1;
    end();
    return std::nullopt;
}

std::optional<Glimpse> JoinerProcess::look(JoinerWord word, std::span<const std::uint8_t> bytes)
{
    const auto answer = ask(word, bytes);
    if (!answer) return std::nullopt;
    Glimpse glimpse;
    if (answer->word == JoinerWord::glimpse && read_into(glimpse, answer->bytes)) return glimpse;
    fault_.assign(answer->bytes.begin(), answer->bytes.end());
    return std::nullopt;
}

std::optional<Glimpse> JoinerProcess::join(const rollback::Devices& devices,
                                           std::span<const std::uint8_t> state)
{
    std::vector<std::uint8_t> bytes = bytes_of(devices);
    bytes.insert(bytes.end(), state.begin(), state.end());
    return look(JoinerWord::join, bytes);
}

std::optional<Glimpse> JoinerProcess::run(const rollback::FrameInput& input)
{
    return look(JoinerWord::run, bytes_of(input));
}

std::vector<std::uint8_t> JoinerProcess::state()
{
    auto answer = ask(JoinerWord::give, {});
    return answer && answer->word == JoinerWord::state ? std::move(answer->bytes)
                                                       : std::vector<std::uint8_t>();
}

namespace {

bool answer(rollback::Joiner& joiner, JoinerPipe& pipe, const JoinerMessage& asked)
{
    std::optional<Glimpse> glimpse;
    rollback::Devices devices{};
    rollback::FrameInput input{};
    switch (asked.word) {
    case JoinerWord::join:
        if (!read_into(devices, asked.bytes)) return false;
        glimpse = joiner.join(devices, std::span(asked.bytes).subspan(sizeof devices));
        break;
    case JoinerWord::run:
        if (!read_into(input, asked.bytes)) return false;
        glimpse = joiner.run(input);
        break;
    case JoinerWord::give: return pipe.send(JoinerWord::state, joiner.state(), endless);
    default: return false;
    }
    if (glimpse) return pipe.send(JoinerWord::glimpse, bytes_of(*glimpse), endless);
    const std::string fault = joiner.fault();
    return pipe.send(JoinerWord::fault, std::vector<std::uint8_t>(fault.begin(), fault.end()),
                     endless);
}

} // namespace

int run_joiner(const RunSettings& settings)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL); // in case it is the core that does not come to an end
    dup2(STDERR_FILENO, STDOUT_FILENO);
    JoinerPipe pipe(dup(STDIN_FILENO));
    RunSettings own = settings;
    std::random_device rng;
    own.salt = rng(); // as another machine: what a game does by chance, it does otherwise
    const auto unset = static_cast<std::uint8_t>(own.salt % 255 + 1);
    auto core = make_core(own, {true, unset});
    if (const auto* error = std::get_if<std::string>(&core)) {
        (void)pipe.receive(endless);
        (void)pipe.send(JoinerWord::fault, std::vector<std::uint8_t>(error->begin(), error->end()),
                        endless);
        return exit_failed;
    }
    rollback::CoreJoiner joiner(*std::get<std::unique_ptr<rollback::Core>>(core));
    while (const auto asked = pipe.receive(endless))
        if (!answer(joiner, pipe, *asked)) return exit_failed;
    return exit_ok;
}

} // namespace netplay_relay::peer
