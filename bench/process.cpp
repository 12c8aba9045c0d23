#include "process.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace bench {

void prepare_process()
{
    prctl(PR_SET_TIMERSLACK, 1UL);
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
}

} // namespace bench
