// A private copy of a core's shared library, and a directory of its own beside it.
#pragma once

#include "cores/libretro_api.hpp"

#include <filesystem>
#include <string>

namespace netplay_relay::cores {

// A fresh directory, removed with all that is in it.
class PrivateDirectory
{
public:
    PrivateDirectory();
    ~PrivateDirectory();
    PrivateDirectory(const PrivateDirectory&) = delete;
    PrivateDirectory& operator=(const PrivateDirectory&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const
    {
        return path_;
    } // empty: none to be had

private:
    std::filesystem::path path_;
};

// libretro's callbacks carry no pointer of ours: a core's state is that of its library, and a
// second instance takes a second copy of the file, since one file is loaded once only.
class LibretroLibrary
{
public:
    LibretroLibrary() = default;
    ~LibretroLibrary();
    LibretroLibrary(const LibretroLibrary&) = delete;
    LibretroLibrary& operator=(const LibretroLibrary&) = delete;

    // Returns what is wrong, or an empty text.
    [[nodiscard]] std::string open(const std::filesystem::path& library);

    [[nodiscard]] const libretro::Exports& exports() const { return exports_; }
    [[nodiscard]] const std::filesystem::path& directory() const { return directory_.path(); }

private:
    [[nodiscard]] std::string find_exports();

    PrivateDirectory directory_; // outlives the library that was loaded from it
    void* handle_ = nullptr;
    libretro::Exports exports_{};
};

} // namespace netplay_relay::cores
