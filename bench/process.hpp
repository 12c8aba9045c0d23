// What every load generator asks of its own process.
#pragma once

namespace bench {

// All files we may have, and timers that are not late on purpose (the default is 50 us).
void prepare_process();

} // namespace bench
