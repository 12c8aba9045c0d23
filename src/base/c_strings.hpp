// Texts as the functions that start programs want them.
#pragma once

#include <string>
#include <vector>

namespace netplay_relay {

// Valid as long as the texts are and do not change; the last is null.
[[nodiscard]] inline std::vector<char*> c_strings(std::vector<std::string>& texts)
{
    std::vector<char*> all;
    for (std::string& text : texts)
        all.push_back(text.data());
    all.push_back(nullptr);
    return all;
}

} // namespace netplay_relay
