#include "room_member.hpp"

#include "netplay/savestate.hpp"

#include <algorithm>
#include <random>

namespace bench {

std::uint32_t word_at(const unsigned char* in)
{
    std::uint32_t word = 0;
    for (int i = 0; i < 4; ++i)
        word = word << 8U | in[i];
    return word;
}

std::uint32_t Member::input_word(std::size_t room, std::uint32_t number, Frame frame)
{
    std::uint32_t word = frame * 0x9E3779B1U ^ static_cast<std::uint32_t>(room << 6U | number);
    word = (word ^ word >> 16U) * 0x85EBCA6BU;
    return word ^ word >> 13U;
}

StateCommand::StateCommand(std::size_t size, double random_share, std::uint64_t seed)
{
    // Blocks of 4 KiB of which the first part is random: as sprites among empty memory.
    constexpr std::size_t block = 4096;
    std::vector<std::uint8_t> state(size);
    std::mt19937_64 random(seed);
    for (std::size_t at = 0; at < size; ++at)
        if (static_cast<double>(at % block) < random_share * block)
            state[at] = static_cast<std::uint8_t>(random());
    const std::vector<std::uint8_t> stream = netplay_relay::netplay::compress(state);
    bytes_.resize(savestate_head);
    put_word(&bytes_[0], command_load_savestate);
    put_word(&bytes_[4], static_cast<std::uint32_t>(stream.size() + 8));
    put_word(&bytes_[12], static_cast<std::uint32_t>(size));
    bytes_.insert(bytes_.end(), stream.begin(), stream.end());
}

std::span<const unsigned char> StateCommand::for_frame(Frame frame)
{
    put_word(&bytes_[8], frame);
    return bytes_;
}

std::unique_ptr<netplay_relay::netplay::ClientHandshake> handshake_for(std::size_t room)
{
    netplay_relay::netplay::ClientSettings settings;
    settings.self.nick = "bench";
    settings.self.info.core_name = "Bench";
    settings.self.info.core_version = "1";
    settings.self.info.content_crc = static_cast<std::uint32_t>(room + 1);
    settings.self.implementation = netplay_relay::wire::implementation_magic("1.14.0", 6);
    return std::make_unique<netplay_relay::netplay::ClientHandshake>(std::move(settings));
}

} // namespace bench
