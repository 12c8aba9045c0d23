// The files of the pages, as the build has put them into the program.
#pragma once

#include <span>
#include <string_view>

namespace netplay_relay::admin {

struct PageFile
{
    std::string_view name;
    std::string_view content_type;
    std::string_view etag; // weak: of both forms
    std::string_view plain;
    std::string_view gzipped;
};

// The first is the page itself.
[[nodiscard]] std::span<const PageFile> page_files();
// Of the page for everybody.
[[nodiscard]] std::span<const PageFile> public_page_files();

} // namespace netplay_relay::admin
