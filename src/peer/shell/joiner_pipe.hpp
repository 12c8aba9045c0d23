// The messages between a sync test and a process in which somebody joins: both are this program.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace netplay_relay::peer {

enum class JoinerWord : std::uint8_t
{
    join = 'j',    // to it: the devices of all ports, a state
    run = 'r',     // to it: the words of all ports
    give = 's',    // to it: nothing
    glimpse = 'g', // from it: a Glimpse
    state = 'b',   // from it: the state
    fault = 'f',   // from it: a sentence
};

struct JoinerMessage
{
    JoinerWord word{};
    std::vector<std::uint8_t> bytes;
};

// One end of a stream socket, which it owns. Bytes are in this machine's order.
class JoinerPipe
{
public:
    explicit JoinerPipe(int descriptor) : descriptor_(descriptor) {}
    ~JoinerPipe();
    JoinerPipe(const JoinerPipe&) = delete;
    JoinerPipe& operator=(const JoinerPipe&) = delete;

    // False if the other end is gone, or takes nothing for so long; 0 is without end. What came is
    // at most state_max bytes.
    [[nodiscard]] bool send(JoinerWord word, std::span<const std::uint8_t> bytes,
                            std::chrono::milliseconds limit);
    [[nodiscard]] std::optional<JoinerMessage> receive(std::chrono::milliseconds limit);

    // The other end is gone.
    [[nodiscard]] bool has_ended() const { return ended_; }

    static constexpr std::size_t state_max = std::size_t{256} << 20U;

private:
    [[nodiscard]] bool move(std::uint8_t* bytes, std::size_t size, bool out,
                            std::chrono::milliseconds limit);

    int descriptor_;
    bool ended_ = false;
};

} // namespace netplay_relay::peer
