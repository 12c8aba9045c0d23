// The part of libretro's C interface that a frontend without screen and sound needs. The numbers
// and the order of fields are libretro's, the names are ours.
#pragma once

#include <array>
#include <cstdarg>
#include <cstddef>
#include <cstdint>

namespace netplay_relay::cores::libretro {

inline constexpr unsigned api_version = 1;

// Devices: the low byte of what Core::plug takes.
enum Device : unsigned
{
    none = 0,
    joypad = 1,
    mouse = 2,
    keyboard = 3,
    light_gun = 4,
    analog = 5
};
inline constexpr unsigned device_mask = 0xFF;
inline constexpr unsigned joypad_mask_id = 256; // asks for all buttons in one word

enum MemoryId : unsigned
{
    battery_memory = 0,
    system_memory = 2
};

// What a core asks of its environment. Bit 16 marks what libretro calls experimental.
inline constexpr unsigned experimental = 0x10000;
enum class Request : unsigned
{
    set_rotation = 1,
    get_overscan = 2,
    get_can_repeat_picture = 3,
    set_message = 6,
    shut_down = 7,
    set_performance_level = 8,
    get_system_directory = 9,
    set_pixel_format = 10,
    set_input_descriptors = 11,
    set_disk_control = 13,
    get_option = 15,
    set_options_v0 = 16,
    get_options_changed = 17,
    set_runs_without_content = 18,
    get_core_path = 19,
    set_frame_time_callback = 21,
    get_input_devices = 24,
    get_log = 27,
    get_assets_directory = 30,
    get_save_directory = 31,
    set_av_info = 32,
    set_subsystems = 34,
    set_controllers = 35,
    set_memory_maps = 36 | experimental,
    set_geometry = 37,
    get_language = 39,
    set_has_achievements = 42 | experimental,
    set_state_quirks = 44,
    get_audio_video_wanted = 47 | experimental,
    get_fast_forwarding = 49 | experimental,
    get_refresh_rate = 50 | experimental,
    get_has_joypad_mask = 51 | experimental,
    get_options_version = 52,
    set_options_v1 = 53,
    set_options_v1_translated = 54,
    set_options_visibility = 55,
    get_disk_control_version = 57,
    set_disk_control_v1 = 58,
    get_message_version = 59,
    set_message_v1 = 60,
    get_players_max = 61,
    set_audio_latency = 63,
    set_options_v2 = 67,
    set_options_v2_translated = 68,
    set_options_visibility_callback = 69,
    set_option = 70,
    get_state_purpose = 72 | experimental,
};

inline constexpr int video_wanted = 1, audio_wanted = 2, fast_states_wanted = 4;
inline constexpr int state_for_the_player = 0;
inline constexpr int state_for_netplay = 3;                        // may be sent to another machine
inline constexpr unsigned pixel_formats = 3, pixel_of_32_bits = 1; // the others have 16

enum Quirk : std::uint64_t
{
    quirk_late = 1U << 1U,          // no states before the first frames have run
    quirk_size_varies = 1U << 2U,   // said by the core
    quirk_size_may_vary = 1U << 3U, // answered by a frontend that copes with it
};

struct SystemInfo
{
    const char* name;
    const char* version;
    const char* extensions; // "nes|fds"
    bool needs_path;        // reads the content file itself
    bool keeps_archives;
};

struct Geometry
{
    unsigned width, height, width_max, height_max;
    float aspect_ratio;
};

struct AvInfo
{
    Geometry geometry;
    double frames_per_second;
    double samples_per_second;
};

struct Content
{
    const char* path;
    const void* bytes;
    std::size_t size;
    const char* remark;
};

struct Option // v0: the value is "Description; default|another|..." when set
{
    const char* key;
    const char* value;
};

struct OptionValue
{
    const char* value;
    const char* label;
};
using OptionValues = std::array<OptionValue, 128>;

struct OptionV1
{
    const char* key;
    const char* title;
    const char* remark;
    OptionValues values;
    const char* initial;
};

struct OptionV2
{
    const char* key;
    const char* title;
    const char* short_title;
    const char* remark;
    const char* short_remark;
    const char* category;
    OptionValues values;
    const char* initial;
};

struct OptionsV2
{
    const void* categories;
    const OptionV2* options; // up to one without a key
};

template <typename List>
struct Translated
{
    const List* english;
    const List* translated;
};

struct Message
{
    const char* text;
    unsigned frames;
};

using LogFunction = void (*)(unsigned level, const char* format, ...);
struct Log
{
    LogFunction write;
};

struct FrameTime
{
    void (*tell)(std::int64_t microseconds);
    std::int64_t usual;
};

using EnvironmentFunction = bool (*)(unsigned request, void* argument);
using VideoFunction = void (*)(const void* picture, unsigned width, unsigned height,
                               std::size_t pitch);
using SampleFunction = void (*)(std::int16_t left, std::int16_t right);
using SamplesFunction = std::size_t (*)(const std::int16_t* samples, std::size_t frames);
using PollFunction = void (*)();
using InputFunction = std::int16_t (*)(unsigned port, unsigned device, unsigned index, unsigned id);

// What the library exports, each as "retro_" and the name in the remark.
struct Exports
{
    unsigned (*version)();                        // api_version
    void (*set_environment)(EnvironmentFunction); // set_environment
    void (*set_video)(VideoFunction);             // set_video_refresh
    void (*set_sample)(SampleFunction);           // set_audio_sample
    void (*set_samples)(SamplesFunction);         // set_audio_sample_batch
    void (*set_poll)(PollFunction);               // set_input_poll
    void (*set_input)(InputFunction);             // set_input_state
    void (*start)();                              // init
    void (*stop)();                               // deinit
    void (*describe)(SystemInfo*);                // get_system_info
    void (*describe_av)(AvInfo*);                 // get_system_av_info
    void (*plug)(unsigned port, unsigned device); // set_controller_port_device
    void (*reset)();                              // reset
    void (*run)();                                // run
    std::size_t (*state_size)();                  // serialize_size
    bool (*save)(void* bytes, std::size_t);       // serialize
    bool (*load)(const void* bytes, std::size_t); // unserialize
    bool (*open)(const Content*);                 // load_game
    void (*close)();                              // unload_game
    void* (*memory)(unsigned id);                 // get_memory_data
    std::size_t (*memory_size)(unsigned id);      // get_memory_size
};

} // namespace netplay_relay::cores::libretro
