#include "cores/libretro_library.hpp"

#include <dlfcn.h>
#include <stdlib.h>

#include <system_error>

namespace netplay_relay::cores {

namespace fs = std::filesystem;

PrivateDirectory::PrivateDirectory()
{
    std::error_code fault;
    std::string wanted = (fs::temp_directory_path(fault) / "netplay-peer-XXXXXX").string();
    if (!fault && mkdtemp(wanted.data()) != nullptr) path_ = wanted;
}

PrivateDirectory::~PrivateDirectory()
{
    std::error_code ignored; // what cannot be removed stays for the system to clear
    if (!path_.empty()) fs::remove_all(path_, ignored);
}

LibretroLibrary::~LibretroLibrary()
{
    if (handle_ != nullptr) dlclose(handle_);
}

std::string LibretroLibrary::open(const fs::path& library)
{
    std::error_code fault;
    if (!fs::is_regular_file(library, fault)) return "there is no file " + library.string();
    if (directory().empty()) return "no private directory could be made for the core";
    const fs::path copy = directory() / library.filename();
    fs::copy_file(library, copy, fault);
    if (fault) return "cannot copy " + library.string() + ": " + fault.message();
    handle_ = dlopen(copy.c_str(), RTLD_NOW | RTLD_LOCAL);
    // What is loaded stays without its file, so a process that is killed leaves no copies behind.
    fs::remove(copy, fault);
    if (handle_ == nullptr) {
        const char* reason = dlerror();
        return "cannot load " + library.string() + ": " + (reason == nullptr ? "" : reason);
    }
    if (const std::string missing = find_exports(); !missing.empty())
        return library.string() + " is not a libretro core: it has no " + missing;
    return {};
}

std::string LibretroLibrary::find_exports()
{
    std::string missing;
    const auto find = [&](auto& function, const std::string& name) {
        const std::string symbol = "retro_" + name;
        void* address = dlsym(handle_, symbol.c_str());
        if (address == nullptr && missing.empty()) missing = symbol;
        function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(address);
    };
    libretro::Exports& its = exports_;
    find(its.version, "api_version");
    find(its.set_environment, "set_environment");
    find(its.set_video, "set_video_refresh");
    find(its.set_sample, "set_audio_sample");
    find(its.set_samples, "set_audio_sample_batch");
    find(its.set_poll, "set_input_poll");
    find(its.set_input, "set_input_state");
    find(its.start, "init");
    find(its.stop, "deinit");
    find(its.describe, "get_system_info");
    find(its.describe_av, "get_system_av_info");
    find(its.plug, "set_controller_port_device");
    find(its.reset, "reset");
    find(its.run, "run");
    find(its.state_size, "serialize_size");
    find(its.save, "serialize");
    find(its.load, "unserialize");
    find(its.open, "load_game");
    find(its.close, "unload_game");
    find(its.memory, "get_memory_data");
    find(its.memory_size, "get_memory_size");
    return missing;
}

} // namespace netplay_relay::cores
