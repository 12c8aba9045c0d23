// Somebody who joins in a process of its own, as a RetroArch that has just been started would: what
// a core keeps outside of its states is not there, its addresses are others, and memory that it
// does not set holds something else (glibc fills it with a byte of our choice).
#pragma once

#include "peer/run_settings.hpp"
#include "peer/shell/joiner_pipe.hpp"
#include "rollback/joiner.hpp"

#include <memory>
#include <string>

#include <sys/types.h>

namespace netplay_relay::peer {

// Ends with the object; what does not answer is killed.
class JoinerProcess : public rollback::Joiner
{
public:
    explicit JoinerProcess(const RunSettings& settings);
    ~JoinerProcess() override;

    [[nodiscard]] std::optional<rollback::Glimpse>
    join(const rollback::Devices& devices, std::span<const std::uint8_t> state) override;
    [[nodiscard]] std::optional<rollback::Glimpse> run(const rollback::FrameInput& input) override;
    [[nodiscard]] std::vector<std::uint8_t> state() override;
    [[nodiscard]] std::string fault() const override { return fault_; }

private:
    [[nodiscard]] std::optional<JoinerMessage> ask(JoinerWord word,
                                                   std::span<const std::uint8_t> bytes);
    [[nodiscard]] std::optional<rollback::Glimpse> look(JoinerWord word,
                                                        std::span<const std::uint8_t> bytes);
    void end();

    std::unique_ptr<JoinerPipe> pipe_; // none: it could not be started, or has ended
    pid_t process_ = -1;
    std::string fault_;
};

// The process itself: answers at its standard input until that ends. Returns the exit code.
int run_joiner(const RunSettings& settings);

} // namespace netplay_relay::peer
