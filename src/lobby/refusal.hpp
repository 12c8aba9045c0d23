// What those are told who are refused, in words that their frontend shows.
#pragma once

#include "lobby/ids.hpp"
#include "wire/encode.hpp"
#include "wire/message.hpp"

namespace netplay_relay::lobby {

// What a guest can be told in words its frontend shows; `none` where no such words are true.
[[nodiscard]] wire::RefusalReply refusal_reply_for(CloseReason reason);

// The same for a peer of our own, which can say more; untold where nothing is told.
[[nodiscard]] wire::ToldReason told_reason_for(CloseReason reason);

[[nodiscard]] CloseReason close_reason_for(wire::Refusal refusal);

} // namespace netplay_relay::lobby
