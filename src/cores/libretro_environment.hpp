// What a libretro core finds around it: a frontend with no screen, no sound and no settings.
#pragma once

#include "cores/libretro_api.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace netplay_relay::cores {

// Answers every core in the same way, whatever the machine: what differs between two players'
// environments would make their games differ. Hence no clock, no language and no user's name.
class LibretroEnvironment
{
public:
    std::string core_path;
    std::string system_directory; // where BIOS files are
    std::string save_directory;
    std::map<std::string, std::string> chosen_options; // instead of the core's defaults
    bool logs = false;                                 // the core's remarks go to standard error
    bool headless = false;                             // nobody sees and hears the frames

    // One call of the core; false if we do not know the request or have no such thing.
    [[nodiscard]] bool answer(unsigned request, void* argument);

    [[nodiscard]] bool runs_without_content() const { return runs_without_content_; }
    [[nodiscard]] std::size_t pixel_size() const { return pixel_size_; } // bytes
    [[nodiscard]] double frames_per_second() const { return frames_per_second_; }
    void set_frames_per_second(double rate) { frames_per_second_ = rate; }
    void begin_frame() const; // tells the core how much time a frame has, if it wants to know

    // What the core is asked to do now. Some keep in their states what they were told (Snes9x
    // does), so every answer that depends on it is RetroArch's.
    enum class Doing
    {
        new_frame,
        repeated_frame,
        saving,
        loading,
    };
    void set_doing(Doing doing) { doing_ = doing; }

private:
    [[nodiscard]] int audio_video_wanted() const;
    [[nodiscard]] bool answer_question(libretro::Request request, void* argument);
    [[nodiscard]] bool take_note(libretro::Request request, void* argument);
    [[nodiscard]] bool take_options(libretro::Request request, const void* argument);
    void add_option(const char* key, const char* initial);
    void take_v0(const libretro::Option* options);
    template <typename OptionWithValues>
    void take_list(const OptionWithValues* options);
    [[nodiscard]] bool give_option(libretro::Option& wanted) const;

    std::map<std::string, std::string> options_;
    libretro::FrameTime frame_time_{};
    double frames_per_second_ = 60;
    bool runs_without_content_ = false;
    std::size_t pixel_size_ = 2;
    Doing doing_ = Doing::new_frame;
};

} // namespace netplay_relay::cores
