// A libretro core for the tests of our frontend: a few numbers that its input changes. The first
// byte of its content says in which way it is bad.
#include "cores/libretro_api.hpp"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

using namespace netplay_relay::cores::libretro;

namespace {

struct State
{
    std::uint32_t frames = 0;
    std::uint32_t sum = 1;
};

State state;
std::uint32_t hidden = 0; // is not saved
std::uint32_t held = 0;   // frames in which X was down since the start, is not saved either
std::uint64_t unset = 0;  // what memory held that nobody had set
char mode = 'w';
EnvironmentFunction environment = nullptr;
InputFunction input = nullptr;
PollFunction poll = nullptr;
SamplesFunction samples = nullptr;
// What the tests look at: bytes 0 to 7 the state, from 8 on what the core was given.
std::array<std::uint8_t, 256> shown{};
std::array<std::uint8_t, 16> battery{};

std::size_t size_of_state()
{
    switch (mode) {
    case 'n': return 0;
    case 'l': return state.frames < 3 ? 0 : sizeof(State);
    case 'v': return sizeof(State) + state.frames;
    case 'a':
    case 'u': return sizeof(State) + 8;
    case 's': return sizeof(State) + (state.frames == 0 ? 20 : 0);
    default: return sizeof(State);
    }
}

void show(std::size_t at, const std::string& text)
{
    std::memcpy(shown.data() + at, text.c_str(), std::min(text.size() + 1, at < 200 ? 24UL : 56UL));
}

template <typename Value>
Value ask(Request request, Value value)
{
    return environment(static_cast<unsigned>(request), &value) ? value : Value{};
}

std::string option(const char* key)
{
    const char* value = ask(Request::get_option, Option{key, nullptr}).value;
    return value == nullptr ? "none" : value;
}

void set_options()
{
    const std::array<Option, 3> v0{
        Option{"tiny_v0", "Title; first|second"}, Option{"tiny_chosen", "Other; a|b"}, {}};
    environment(static_cast<unsigned>(Request::set_options_v0), const_cast<Option*>(v0.data()));
    static OptionV1 v1[2]{};
    v1[0].key = "tiny_v1";
    v1[0].values[0].value = "one";
    v1[0].values[1].value = "two";
    v1[0].initial = "two";
    environment(static_cast<unsigned>(Request::set_options_v1), v1);
    static OptionV2 v2[2]{};
    v2[0].key = "tiny_v2";
    v2[0].values[0].value = "red";
    OptionsV2 all{nullptr, v2};
    Translated<OptionsV2> translated{&all, nullptr};
    environment(static_cast<unsigned>(Request::set_options_v2_translated), &translated);
}

void show_answers()
{
    show(32, option("tiny_v0"));
    show(56, option("tiny_v1"));
    show(80, option("tiny_v2"));
    show(104, option("tiny_chosen"));
    const char* saves = ask<const char*>(Request::get_save_directory, nullptr);
    show(200, saves == nullptr ? "none" : saves);
    shown[152] = static_cast<std::uint8_t>(ask(Request::get_audio_video_wanted, 0));
    shown[153] = static_cast<std::uint8_t>(ask(Request::get_state_purpose, 0));
    shown[154] = static_cast<std::uint8_t>(ask(Request::get_players_max, 0U));
    shown[155] = environment(0x20001, nullptr) ? 1 : 0; // nobody knows this one
    ask(Request::get_log, Log{}).write(1, "tiny core %d\n", 1);
    Message message{"hello", 60};
    environment(static_cast<unsigned>(Request::set_message), &message);
}

// What we are told while something is done.
void show_what_is_wanted(std::size_t at)
{
    if (mode != 'e') return; // it is no part of the game
    shown[at] = static_cast<std::uint8_t>(ask(Request::get_audio_video_wanted, 9));
    shown[at + 1] = static_cast<std::uint8_t>(ask(Request::get_state_purpose, 9));
}

// Modes for two processes: of their memory only the state is the same.
bool shows_state_only() { return std::strchr("atusx", mode) != nullptr; }

} // namespace

#define EXPORT extern "C" [[gnu::visibility("default")]]

EXPORT unsigned retro_api_version()
{
#ifdef TINY_CORE_OTHER_VERSION
    return 2;
#else
    return 1;
#endif
}

EXPORT void retro_set_environment(EnvironmentFunction function)
{
    environment = function;
#ifdef TINY_CORE_WITHOUT_CONTENT
    bool yes = true;
    environment(static_cast<unsigned>(Request::set_runs_without_content), &yes);
#endif
    set_options();
}

EXPORT void retro_set_video_refresh(VideoFunction) {}
EXPORT void retro_set_audio_sample(SampleFunction) {}
EXPORT void retro_set_audio_sample_batch(SamplesFunction function) { samples = function; }
EXPORT void retro_set_input_poll(PollFunction function) { poll = function; }
EXPORT void retro_set_input_state(InputFunction function) { input = function; }
EXPORT void retro_init() {}
EXPORT void retro_deinit() {}

EXPORT void retro_get_system_info(SystemInfo* info)
{
    *info = {"tiny", "0.1", "tiny|tny", false, false};
}

EXPORT void retro_get_system_av_info(AvInfo* info) { *info = {{16, 16, 16, 16, 1}, 50, 44100}; }

EXPORT void retro_set_controller_port_device(unsigned port, unsigned device)
{
    if (port < 16) shown[160 + port] = static_cast<std::uint8_t>(device);
}

EXPORT bool retro_load_game(const Content* content)
{
    if (content != nullptr && content->size > 0) std::memcpy(&mode, content->bytes, 1);
    if (mode == 'u') std::memcpy(&unset, std::unique_ptr<char[]>(new char[800]).get(), 8);
    show_answers();
    return mode != 'r';
}

EXPORT void retro_unload_game() {}

EXPORT void retro_reset() { state = {}; }

EXPORT void retro_run()
{
    poll();
    show_what_is_wanted(156);
    ++state.frames;
    ++hidden;
    for (unsigned port = 0; port < 2; ++port)
        for (unsigned id = 0; id < 16; ++id)
            state.sum = state.sum * 31 + static_cast<std::uint16_t>(input(port, joypad, 0, id));
    state.sum = state.sum * 31 + static_cast<std::uint16_t>(input(0, analog, 1, 1));
    if (mode == 'h') state.sum += hidden;
    for (unsigned port = 0; mode == 't' && port < 2; ++port)
        if (input(port, joypad, 0, 9) != 0) state.sum += ++held;
    const std::array<std::int16_t, 4> sound{};
    samples(sound.data(), 2);
    std::memcpy(shown.data(), &state, sizeof state);
}

EXPORT std::size_t retro_serialize_size() { return size_of_state(); }

EXPORT bool retro_serialize(void* bytes, std::size_t size)
{
    if (size_of_state() == 0 || size < size_of_state()) return false;
    show_what_is_wanted(158);
    std::memset(bytes, 7, size_of_state());
    std::memcpy(bytes, &state, sizeof state);
    const void* address = &state; // of this process
    if (mode == 'a') std::memcpy(static_cast<char*>(bytes) + sizeof state, &address, 8);
    if (mode == 'u') std::memcpy(static_cast<char*>(bytes) + sizeof state, &unset, 8);
    return true;
}

EXPORT bool retro_unserialize(const void* bytes, std::size_t size)
{
    show_what_is_wanted(176);
    if (mode == 'f' || size < sizeof state) return false;
    if (mode == 'x' && state.frames == 0) std::abort(); // as in a process that has just begun
    std::memcpy(&state, bytes, sizeof state);
    if (mode == 'd') state.frames += 1000; // a load that is not the inverse of the save
    return true;
}

EXPORT void* retro_get_memory_data(unsigned id)
{
    if (id == battery_memory) return battery.data();
    return id == system_memory ? shown.data() : nullptr;
}

EXPORT std::size_t retro_get_memory_size(unsigned id)
{
    if (id == battery_memory) return battery.size();
    if (id != system_memory) return 0;
    return shows_state_only() ? sizeof state : shown.size();
}
