#include "cores/libretro_environment.hpp"

#include "rollback/core.hpp"

#include <cstdio>
#include <string_view>

namespace netplay_relay::cores {

using libretro::Request;

namespace {

template <typename Value>
bool give(void* argument, Value value)
{
    if (argument == nullptr) return false;
    *static_cast<Value*>(argument) = value;
    return true;
}

void log_nothing(unsigned, const char*, ...) {}

[[gnu::format(printf, 2, 3)]] void log_to_standard_error(unsigned level, const char* format, ...)
{
    std::fprintf(stderr, "core (%u): ", level);
    std::va_list arguments;
    va_start(arguments, format);
    std::vfprintf(stderr, format, arguments);
    va_end(arguments);
}

unsigned devices_we_have()
{
    using namespace libretro;
    return 1U << joypad | 1U << mouse | 1U << keyboard | 1U << light_gun | 1U << analog;
}

} // namespace

bool LibretroEnvironment::answer(unsigned request, void* argument)
{
    const auto known = static_cast<Request>(request);
    return answer_question(known, argument) || take_note(known, argument) ||
           take_options(known, argument);
}

void LibretroEnvironment::begin_frame() const
{
    if (frame_time_.tell != nullptr) frame_time_.tell(frame_time_.usual);
}

int LibretroEnvironment::audio_video_wanted() const
{
    switch (doing_) {
    case Doing::new_frame: return headless ? 0 : libretro::video_wanted | libretro::audio_wanted;
    case Doing::repeated_frame: return 0;
    case Doing::saving:
    case Doing::loading: return libretro::fast_states_wanted;
    }
    return 0;
}

bool LibretroEnvironment::answer_question(Request request, void* argument)
{
    switch (request) {
    case Request::get_overscan: return give(argument, false);
    case Request::get_can_repeat_picture: return give(argument, true);
    case Request::get_system_directory:
    case Request::get_assets_directory: return give(argument, system_directory.c_str());
    case Request::get_save_directory: return give(argument, save_directory.c_str());
    case Request::get_core_path: return give(argument, core_path.c_str());
    case Request::get_options_changed: return give(argument, false);
    case Request::get_input_devices: return give(argument, std::uint64_t{devices_we_have()});
    case Request::get_log:
        return give(argument, libretro::Log{logs ? log_to_standard_error : log_nothing});
    case Request::get_language: return give(argument, 0U); // English
    case Request::get_audio_video_wanted: return give(argument, audio_video_wanted());
    case Request::get_state_purpose:
        return give(argument, doing_ == Doing::saving || doing_ == Doing::loading
                                  ? libretro::state_for_netplay
                                  : libretro::state_for_the_player);
    case Request::get_fast_forwarding: return give(argument, false);
    case Request::get_refresh_rate: return give(argument, 60.0F);
    case Request::get_has_joypad_mask: return true;
    case Request::get_options_version: return give(argument, 2U);
    case Request::get_disk_control_version: return give(argument, 1U);
    case Request::get_message_version: return give(argument, 1U);
    case Request::get_players_max: return give(argument, unsigned{rollback::ports_max});
    case Request::get_option:
        return argument != nullptr && give_option(*static_cast<libretro::Option*>(argument));
    default: return false;
    }
}

bool LibretroEnvironment::take_note(Request request, void* argument)
{
    switch (request) {
    case Request::set_pixel_format:
        if (argument == nullptr || *static_cast<unsigned*>(argument) >= libretro::pixel_formats)
            return false;
        pixel_size_ = *static_cast<unsigned*>(argument) == libretro::pixel_of_32_bits ? 4 : 2;
        return true;
    case Request::set_message:
        if (logs && argument != nullptr)
            std::fprintf(stderr, "core: %s\n", static_cast<libretro::Message*>(argument)->text);
        return true;
    case Request::set_runs_without_content:
        runs_without_content_ = argument != nullptr && *static_cast<bool*>(argument);
        return true;
    case Request::set_frame_time_callback:
        frame_time_ = argument == nullptr ? libretro::FrameTime{}
                                          : *static_cast<libretro::FrameTime*>(argument);
        return true;
    case Request::set_av_info:
        if (argument == nullptr) return false;
        set_frames_per_second(static_cast<libretro::AvInfo*>(argument)->frames_per_second);
        return true;
    case Request::set_state_quirks:
        if (argument == nullptr) return false;
        if (auto& quirks = *static_cast<std::uint64_t*>(argument);
            (quirks & libretro::quirk_size_varies) != 0)
            quirks |= libretro::quirk_size_may_vary;
        return true;
    case Request::set_rotation:
    case Request::shut_down:
    case Request::set_performance_level:
    case Request::set_input_descriptors:
    case Request::set_disk_control:
    case Request::set_disk_control_v1:
    case Request::set_subsystems:
    case Request::set_controllers:
    case Request::set_memory_maps:
    case Request::set_geometry:
    case Request::set_has_achievements:
    case Request::set_message_v1:
    case Request::set_audio_latency:
    case Request::set_options_visibility:
    case Request::set_options_visibility_callback: return true; // nothing to show it on
    default: return false;
    }
}

bool LibretroEnvironment::take_options(Request request, const void* argument)
{
    using namespace libretro;
    switch (request) {
    case Request::set_options_v0: take_v0(static_cast<const Option*>(argument)); return true;
    case Request::set_options_v1: take_list(static_cast<const OptionV1*>(argument)); return true;
    case Request::set_options_v1_translated:
        if (argument != nullptr)
            take_list(static_cast<const Translated<OptionV1>*>(argument)->english);
        return true;
    case Request::set_options_v2:
        if (argument != nullptr) take_list(static_cast<const OptionsV2*>(argument)->options);
        return true;
    case Request::set_options_v2_translated:
        if (argument == nullptr) return true;
        if (const auto* english = static_cast<const Translated<OptionsV2>*>(argument)->english)
            take_list(english->options);
        return true;
    case Request::set_option: // no argument: whether a core may do that at all
        if (const auto* option = static_cast<const Option*>(argument);
            option != nullptr && option->key != nullptr && option->value != nullptr)
            options_[option->key] = option->value;
        return true;
    default: return false;
    }
}

void LibretroEnvironment::add_option(const char* key, const char* initial)
{
    const auto chosen = chosen_options.find(key);
    if (chosen != chosen_options.end())
        options_[key] = chosen->second;
    else
        options_[key] = initial == nullptr ? "" : initial;
}

void LibretroEnvironment::take_v0(const libretro::Option* options)
{
    for (; options != nullptr && options->key != nullptr; ++options) {
        std::string_view values = options->value == nullptr ? "" : options->value;
        if (const auto begin = values.find("; "); begin != std::string_view::npos)
            values.remove_prefix(begin + 2);
        add_option(options->key, std::string(values.substr(0, values.find('|'))).c_str());
    }
}

template <typename OptionWithValues>
void LibretroEnvironment::take_list(const OptionWithValues* options)
{
    for (; options != nullptr && options->key != nullptr; ++options)
        add_option(options->key,
                   options->initial != nullptr ? options->initial : options->values[0].value);
}

bool LibretroEnvironment::give_option(libretro::Option& wanted) const
{
    wanted.value = nullptr;
    if (wanted.key == nullptr) return false;
    const auto found = options_.find(wanted.key);
    if (found == options_.end()) return false;
    wanted.value = found->second.c_str();
    return true;
}

} // namespace netplay_relay::cores
