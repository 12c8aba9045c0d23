// Control groups as the kernel shows them, in a folder of our own.
#pragma once

#include "daemon/control_groups.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

namespace netplay_relay::tests {

class GroupFiles
{
public:
    GroupFiles()
        : root_(std::filesystem::temp_directory_path() /
                ("group_files-" + std::to_string(getpid())))
    {
        write("own", "1:name=systemd:/other\n0::/system.slice/relay.service\n");
    }
    GroupFiles(const GroupFiles&) = delete;
    GroupFiles& operator=(const GroupFiles&) = delete;
    ~GroupFiles() { std::filesystem::remove_all(root_); }

    void write(const std::string& file, const std::string& text) const
    {
        const auto path = root_ / file;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path) << text;
    }

    [[nodiscard]] daemon::ControlGroups groups() const
    {
        return {root_.string(), (root_ / "own").string()};
    }

private:
    std::filesystem::path root_;
};

} // namespace netplay_relay::tests
