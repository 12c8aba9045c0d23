// What AddressSanitizer keeps to tell a fault apart afterwards costs more than looking for it: most
// of a run's time. A fault is repeated with more: ASAN_OPTIONS=malloc_context_size=30.
extern "C" const char* __asan_default_options();

extern "C" const char* __asan_default_options()
{
    return "quarantine_size_mb=8:thread_local_quarantine_size_kb=64:malloc_context_size=3:"
           "allocator_release_to_os_interval_ms=-1";
}
