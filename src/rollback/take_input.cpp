#include "take_input.hpp"

namespace netplay_relay::rollback {

TakenInput take_input(Timeline& timeline, std::uint32_t protocol, std::uint32_t client,
                      const wire::Input& input, SessionCounts& counts)
{
    const auto fault = [](CloseReason end) { return TakenInput{end, Receipt::ended, {}, false}; };
    const std::size_t size = timeline.input_size(timeline.seats(), client);
    const std::size_t given = input.words.size();
    if (protocol > 4 ? given != size : given < size) return fault(CloseReason::input_size);

    const Frame expected = timeline.read(client);
    TakenInput taken;
    if (input.frame < expected) {
        ++counts.inputs_ignored;
        return taken;
    }
    if (input.frame > expected) return fault(CloseReason::input_out_of_order);
    if (!timeline.has_room(input.frame)) {
        taken.receipt = Receipt::later;
        return taken;
    }
    if (input.frame >= frame_end) return fault(CloseReason::input_out_of_order);
    taken.late = input.frame < timeline.run();
    ++counts.inputs_received;
    if (taken.late) ++counts.inputs_late;
    taken.words = InputWords(input.words.view().first(size));
    timeline.put_input(client, *taken.words);
    return taken;
}

} // namespace netplay_relay::rollback
