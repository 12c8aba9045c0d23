// Runs a fuzz target without a fuzzer: every file of its corpus, then inputs made of them by
// chance.
//   <target>_replay CORPUS [--runs N] [--seed S] [--only N]
// CORPUS is a directory or one file. A failure prints the command that repeats it.
#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <unistd.h>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
// There only if a sanitizer is.
extern "C" __attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)());

namespace {

using Input = std::vector<std::uint8_t>;

constexpr std::size_t input_size_max = 1024;

// What to say if the running input turns out to be deadly. Written before each, printed by a
// signal.
char last_words[4096];

void say_last_words()
{
    [[maybe_unused]] const auto written = write(STDERR_FILENO, last_words, std::strlen(last_words));
}

extern "C" void on_deadly_signal(int signal)
{
    say_last_words();
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

struct Options
{
    std::string program;
    std::string corpus;
    std::uint64_t runs = 3000;
    std::uint64_t seed = 1;
    std::int64_t only = -1;
};

Input read_file(const std::filesystem::path& path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void run_file(const Options& options, const std::filesystem::path& path, const Input& input)
{
    std::snprintf(last_words, sizeof last_words, "repeat with: %s %s --runs 0\n",
                  options.program.c_str(), path.c_str());
    LLVMFuzzerTestOneInput(input.data(), input.size());
}

std::size_t pick(std::mt19937_64& random, std::size_t count) { return random() % count; }

void change_once(std::mt19937_64& random, Input& input, const std::vector<Input>& corpus)
{
    const std::size_t at = pick(random, input.size() + 1);
    const auto place = input.begin() + static_cast<std::ptrdiff_t>(at);
    const auto byte = static_cast<std::uint8_t>(random());
    switch (pick(random, 5)) {
    case 0: input.insert(place, byte); break;
    case 1:
        if (place != input.end()) *place = byte;
        break;
    case 2:
        if (place != input.end()) input.erase(place);
        break;
    case 3: { // goes on as another of the corpus
        const Input& other = corpus[pick(random, corpus.size())];
        const std::size_t from = pick(random, other.size() + 1);
        input.erase(place, input.end());
        input.insert(input.end(), other.begin() + static_cast<std::ptrdiff_t>(from), other.end());
        break;
    }
    default: { // says a part of it again
        const std::size_t count = pick(random, std::min<std::size_t>(input.size() - at, 32) + 1);
        const Input part(place, place + static_cast<std::ptrdiff_t>(count));
        input.insert(input.end(), part.begin(), part.end());
        break;
    }
    }
}

// The same seed and number give the same input, as long as the corpus is the same.
Input make_input(std::uint64_t seed, std::uint64_t number, const std::vector<Input>& corpus)
{
    std::mt19937_64 random(seed * 0x9e3779b97f4a7c15ULL + number);
    Input input;
    if (corpus.empty() || pick(random, 4) == 0) {
        input.resize(pick(random, input_size_max));
        for (std::uint8_t& byte : input)
            byte = static_cast<std::uint8_t>(random());
        return input;
    }
    input = corpus[pick(random, corpus.size())];
    for (std::size_t changes = pick(random, 8) + 1; changes > 0; --changes)
        change_once(random, input, corpus);
    if (input.size() > input_size_max) input.resize(input_size_max);
    return input;
}

void run_number(const Options& options, std::uint64_t number, const std::vector<Input>& corpus)
{
    std::snprintf(last_words, sizeof last_words, "repeat with: %s %s --seed %llu --only %llu\n",
                  options.program.c_str(), options.corpus.c_str(),
                  static_cast<unsigned long long>(options.seed),
                  static_cast<unsigned long long>(number));
    const Input input = make_input(options.seed, number, corpus);
    LLVMFuzzerTestOneInput(input.data(), input.size());
}

bool parse(int argc, char** argv, Options& options)
{
    options.program = argv[0];
    for (int at = 1; at < argc; ++at) {
        const std::string word = argv[at];
        if (word.substr(0, 2) != "--") {
            options.corpus = word;
            continue;
        }
        if (at + 1 == argc) return false;
        const std::uint64_t number = std::strtoull(argv[++at], nullptr, 10);
        if (word == "--runs")
            options.runs = number;
        else if (word == "--seed")
            options.seed = number;
        else if (word == "--only")
            options.only = static_cast<std::int64_t>(number);
        else
            return false;
    }
    return std::filesystem::exists(options.corpus);
}

} // namespace

int main(int argc, char** argv)
{
    Options options;
    if (!parse(argc, argv, options)) {
        std::fprintf(stderr, "usage: %s CORPUS [--runs N] [--seed S] [--only N]\n", argv[0]);
        return 2;
    }
    if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(say_last_words);
    for (const int signal : {SIGABRT, SIGTERM})
        std::signal(signal, on_deadly_signal);
    if (__sanitizer_set_death_callback == nullptr) std::signal(SIGSEGV, on_deadly_signal);

    std::vector<std::filesystem::path> paths;
    if (std::filesystem::is_directory(options.corpus))
        for (const auto& entry : std::filesystem::directory_iterator(options.corpus))
            paths.push_back(entry.path());
    else
        paths.emplace_back(options.corpus);
    std::ranges::sort(paths);
    std::vector<Input> corpus;
    for (const auto& path : paths)
        corpus.push_back(read_file(path));

    if (options.only >= 0) {
        run_number(options, static_cast<std::uint64_t>(options.only), corpus);
        return 0;
    }
    for (std::size_t at = 0; at < paths.size(); ++at)
        run_file(options, paths[at], corpus[at]);
    std::printf("%zu files; %llu inputs of seed %llu\n", paths.size(),
                static_cast<unsigned long long>(options.runs),
                static_cast<unsigned long long>(options.seed));
    std::fflush(stdout);
    for (std::uint64_t number = 0; number < options.runs; ++number)
        run_number(options, number, corpus);
    return 0;
}
