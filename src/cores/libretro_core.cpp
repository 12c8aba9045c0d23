#include "cores/libretro_core.hpp"

#include "cores/libretro_environment.hpp"
#include "cores/libretro_input.hpp"
#include "cores/libretro_library.hpp"
#include "cores/picture.hpp"
#include "netplay/savestate.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

namespace netplay_relay::cores {

namespace fs = std::filesystem;

namespace {

constexpr int frames_until_state_max = 60; // RetroArch's limit

std::optional<std::vector<std::uint8_t>> read_file(const fs::path& path)
{
    std::error_code fault;
    if (!fs::is_regular_file(path, fault)) return std::nullopt;
    std::ifstream file(path, std::ios::binary);
    if (!file) return std::nullopt;
    std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(file), {}};
    return file.bad() ? std::nullopt : std::optional(std::move(bytes));
}

// Where the next function that is called has its variables: some cores save them before they set
// them.
[[gnu::noinline]] void fill_stack(std::uint8_t byte)
{
    std::array<volatile std::uint8_t, std::size_t{64} << 10U> area;
    for (volatile std::uint8_t& each : area)
        each = byte;
}

std::string text_of(const char* text) { return text == nullptr ? "" : text; }

class LibretroCore : public rollback::Core
{
public:
    LibretroCore() { devices_.fill(libretro::joypad); } // what libretro says is there at first
    ~LibretroCore() override;
    LibretroCore(const LibretroCore&) = delete;
    LibretroCore& operator=(const LibretroCore&) = delete;

    // Returns what is wrong, or an empty text.
    [[nodiscard]] std::string open(const std::string& core_path, const std::string& content_path,
                                   LibretroOptions options);

    [[nodiscard]] rollback::CoreInfo info() const override;
    void plug(std::size_t port, std::uint32_t device) override;
    [[nodiscard]] std::size_t state_size() override;
    [[nodiscard]] std::size_t state_size_told() override { return size_now(); }
    [[nodiscard]] bool save(std::span<std::uint8_t> state) override;
    [[nodiscard]] bool load(std::span<const std::uint8_t> state) override;
    void run(const rollback::FrameInput& input) override;
    void repeat_frames(bool repeated) override { repeated_ = repeated; }
    void reset() override;
    [[nodiscard]] std::span<std::uint8_t> battery() override;
    [[nodiscard]] std::span<const std::uint8_t> memory() const override;
    [[nodiscard]] std::uint32_t picture() const override { return picture_; }

private:
    class Visit;

    [[nodiscard]] std::string start(const std::string& core_path, LibretroOptions options);
    [[nodiscard]] std::string open_content(const std::string& content_path);
    void wait_for_first_state();
    [[nodiscard]] std::size_t size_now() const;
    [[nodiscard]] std::span<std::uint8_t> memory_of(unsigned id) const;
    [[nodiscard]] const libretro::Exports& its() const { return library_.exports(); }
    void set_callbacks() const;
    void look_at(const void* picture, unsigned width, unsigned height, std::size_t pitch);

    LibretroLibrary library_;
    LibretroEnvironment environment_;
    rollback::CoreInfo info_;
    std::string extensions_;
    bool needs_path_ = false;
    std::vector<std::uint8_t> content_; // cores may go on reading it
    std::array<std::uint32_t, rollback::ports_max> devices_{};
    const rollback::FrameInput* input_ = nullptr;                   // of the frame that runs
    std::size_t size_ = 0;                                          // the largest state so far
    mutable std::size_t least_size_ = static_cast<std::size_t>(-1); // the smallest
    bool started_ = false, opened_ = false;
    bool repeated_ = false;
    bool looks_at_pictures_ = false;
    std::uint8_t unset_memory_ = 0;
    std::uint32_t picture_ = 0;
};

// The core that this thread is inside of, for callbacks to know whose they are. They come from
// within our calls only; what a core calls from threads of its own finds nobody.
thread_local LibretroCore* visited = nullptr;

// For as long as we are inside of a core.
class LibretroCore::Visit
{
public:
    explicit Visit(const LibretroCore& core)
        : before_(std::exchange(visited, const_cast<LibretroCore*>(&core)))
    {
    }
    Visit(LibretroCore& core, LibretroEnvironment::Doing doing) : Visit(core)
    {
        core.environment_.set_doing(doing);
    }
    ~Visit() { visited = before_; }
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;

private:
    LibretroCore* before_;
};

void LibretroCore::set_callbacks() const
{
    its().set_environment([](unsigned request, void* argument) {
        return visited != nullptr && visited->environment_.answer(request, argument);
    });
    its().set_video([](const void* picture, unsigned width, unsigned height, std::size_t pitch) {
        if (visited != nullptr) visited->look_at(picture, width, height, pitch);
    });
    its().set_sample([](std::int16_t, std::int16_t) {});
    its().set_samples([](const std::int16_t*, std::size_t frames) { return frames; });
    its().set_poll([] {});
    its().set_input([](unsigned port, unsigned device, unsigned index, unsigned id) {
        if (visited == nullptr || visited->input_ == nullptr || port >= rollback::ports_max)
            return std::int16_t{0};
        return read_input((*visited->input_)[port], visited->devices_[port], device, index, id);
    });
}

// No picture stands for the last one again, and this address for one that is not in memory.
void LibretroCore::look_at(const void* picture, unsigned width, unsigned height, std::size_t pitch)
{
    const bool is_elsewhere = reinterpret_cast<std::uintptr_t>(picture) == UINTPTR_MAX;
    if (!looks_at_pictures_ || picture == nullptr || is_elsewhere) return;
    picture_ = checksum_of_picture(picture, width, height, pitch, environment_.pixel_size());
}

LibretroCore::~LibretroCore()
{
    const Visit visit(*this);
    if (opened_) its().close();
    if (started_) its().stop();
}

std::string LibretroCore::open(const std::string& core_path, const std::string& content_path,
                               LibretroOptions options)
{
    if (std::string problem = library_.open(core_path); !problem.empty()) return problem;
    const Visit visit(*this);
    if (std::string problem = start(core_path, std::move(options)); !problem.empty())
        return problem;
    if (std::string problem = open_content(content_path); !problem.empty()) return problem;
    libretro::AvInfo av{};
    its().describe_av(&av);
    environment_.set_frames_per_second(av.frames_per_second);
    wait_for_first_state();
    return {};
}

std::string LibretroCore::start(const std::string& core_path, LibretroOptions options)
{
    if (const unsigned version = its().version(); version != libretro::api_version)
        return core_path + " speaks version " + std::to_string(version) +
               " of libretro's interface, we speak " + std::to_string(libretro::api_version);
    environment_.core_path = core_path;
    const fs::path system = library_.directory() / "system", saves = library_.directory() / "saves";
    std::error_code fault;
    fs::create_directory(system, fault);
    if (!fault) fs::create_directory(saves, fault);
    if (fault) return "no directories could be made for the core: " + fault.message();
    environment_.system_directory =
        options.system_directory.empty() ? system.string() : options.system_directory;
    environment_.save_directory = saves.string();
    environment_.chosen_options = std::move(options.variables);
    environment_.logs = options.logs;
    environment_.headless = options.headless;
    looks_at_pictures_ = options.looks_at_pictures;
    unset_memory_ = options.unset_memory;

    libretro::SystemInfo described{};
    its().describe(&described);
    info_.name = text_of(described.name);
    info_.version = text_of(described.version);
    extensions_ = text_of(described.extensions);
    needs_path_ = described.needs_path;

    set_callbacks();
    its().start();
    started_ = true;
    return {};
}

std::string LibretroCore::open_content(const std::string& content_path)
{
    if (content_path.empty()) {
        if (!environment_.runs_without_content())
            return "the core " + info_.name + " needs content (" + extensions_ + ")";
        opened_ = its().open(nullptr);
        return opened_ ? "" : "the core " + info_.name + " did not start";
    }
    auto bytes = read_file(content_path);
    if (!bytes) return "cannot read the content " + content_path;
    info_.content_crc = netplay::crc32(*bytes);
    std::error_code fault;
    const std::string path = fs::absolute(content_path, fault).string();
    libretro::Content content{path.c_str(), nullptr, 0, nullptr};
    if (!needs_path_) {
        content_ = std::move(*bytes);
        content.bytes = content_.data();
        content.size = content_.size();
    }
    opened_ = its().open(&content);
    if (opened_) return {};
    return "the core " + info_.name + " refused the content " + content_path +
           (extensions_.empty() ? "" : " (it takes " + extensions_ + ")");
}

void LibretroCore::wait_for_first_state()
{
    const rollback::FrameInput nothing{};
    std::vector<std::uint8_t> state;
    for (int frame = 0; frame < frames_until_state_max; ++frame) {
        state.resize(size_now());
        if (!state.empty() && save(state)) break;
        run(nothing);
    }
    size_ = size_now();
}

rollback::CoreInfo LibretroCore::info() const
{
    rollback::CoreInfo now = info_;
    const double rate = environment_.frames_per_second();
    if (std::isfinite(rate) && rate > 0) now.frames_per_second = rate;
    return now;
}

void LibretroCore::plug(std::size_t port, std::uint32_t device)
{
    if (port >= devices_.size()) return;
    const Visit visit(*this);
    devices_[port] = device;
    its().plug(static_cast<unsigned>(port), device);
}

// RetroArch asks once, before the first frame, and refuses states of any other size; Nestopia's are
// smaller afterwards. So a state is never smaller than the first, with zeros behind it.
std::size_t LibretroCore::state_size()
{
    size_ = std::max(size_, size_now());
    return size_;
}

std::size_t LibretroCore::size_now() const
{
    const Visit visit(*this);
    const std::size_t size = its().state_size();
    least_size_ = std::min(least_size_, size);
    return size;
}

// Some cores write less than they are given room for, others insist on the very size.
bool LibretroCore::save(std::span<std::uint8_t> state)
{
    const std::size_t used = std::min(size_now(), state.size());
    if (used == 0) return false;
    const Visit visit(*this, LibretroEnvironment::Doing::saving);
    std::ranges::fill(state.subspan(used), std::uint8_t{0});
    if (unset_memory_ != 0) fill_stack(unset_memory_);
    if (its().save(state.data(), state.size())) return true;
    return used < state.size() && its().save(state.data(), used);
}

bool LibretroCore::load(std::span<const std::uint8_t> state)
{
    const Visit visit(*this, LibretroEnvironment::Doing::loading);
    // Cores trust the size: one that expects more would read behind the end.
    if (state.empty() || state.size() < least_size_) return false;
    if (its().load(state.data(), state.size())) return true;
    const std::size_t used = size_now();
    return used != 0 && used < state.size() && its().load(state.data(), used);
}

void LibretroCore::run(const rollback::FrameInput& input)
{
    using Doing = LibretroEnvironment::Doing;
    const Visit visit(*this, repeated_ ? Doing::repeated_frame : Doing::new_frame);
    input_ = &input;
    environment_.begin_frame();
    its().run();
    input_ = nullptr;
}

void LibretroCore::reset()
{
    const Visit visit(*this);
    its().reset();
}

std::span<std::uint8_t> LibretroCore::battery() { return memory_of(libretro::battery_memory); }

std::span<const std::uint8_t> LibretroCore::memory() const
{
    return memory_of(libretro::system_memory);
}

std::span<std::uint8_t> LibretroCore::memory_of(unsigned id) const
{
    const Visit visit(*this);
    void* bytes = its().memory(id);
    if (bytes == nullptr) return {};
    return {static_cast<std::uint8_t*>(bytes), its().memory_size(id)};
}

} // namespace

std::variant<std::unique_ptr<rollback::Core>, std::string>
load_libretro_core(const std::string& core_path, const std::string& content_path,
                   LibretroOptions options)
{
    auto core = std::make_unique<LibretroCore>();
    if (std::string problem = core->open(core_path, content_path, std::move(options));
        !problem.empty())
        return problem;
    return std::unique_ptr<rollback::Core>(std::move(core));
}

} // namespace netplay_relay::cores
