#include "peer/identity.hpp"

namespace netplay_relay::peer {

namespace {

// Protocol 4 demands equal implementation words; later ones only warn when they differ.
const char* version_of(std::uint32_t protocol)
{
    switch (protocol) {
    case 4: return "1.7.0";
    case 5: return "1.9.14";
    case 6: return "1.14.0";
    default: return "1.21.0";
    }
}

} // namespace

netplay::Identity identity_of(const rollback::Core& core, const std::string& nick,
                              std::uint32_t protocol)
{
    const rollback::CoreInfo info = core.info();
    netplay::Identity identity;
    identity.nick = nick;
    identity.info = {info.content_crc, info.name, info.version};
    identity.implementation = wire::implementation_magic(version_of(protocol), protocol);
    return identity;
}

} // namespace netplay_relay::peer
