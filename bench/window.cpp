#include "modes.hpp"

namespace bench {

void Window::open(std::uint64_t count)
{
    count_ = count;
    cpu_ = cpu_ns(target_);
    own_cpu_ = own_cpu_ns();
    started_ = now_ns();
}

void Window::close(std::uint64_t count)
{
    count_ = count - count_;
    elapsed_ = now_ns() - started_;
    own_cpu_ = own_cpu_ns() - own_cpu_;
    if (cpu_) cpu_ = *cpu_ns(target_) - *cpu_;
}

double Window::seconds() const
{
    return static_cast<double>(elapsed_) / static_cast<double>(ns_per_second);
}

std::optional<double> Window::cpu_seconds() const
{
    if (!cpu_) return std::nullopt;
    return static_cast<double>(*cpu_) / static_cast<double>(ns_per_second);
}

void Window::report(nlohmann::json& out, const std::string& noun) const
{
    const auto count = static_cast<double>(count_);
    out["seconds"] = seconds();
    out[noun] = count_;
    out[noun + "_per_second"] = count / seconds();
    out["generator_cpu_share"] = static_cast<double>(own_cpu_) / static_cast<double>(elapsed_);
    if (const auto cpu = cpu_seconds()) {
        out["cpu_seconds"] = *cpu;
        out["cpu_share"] = *cpu / seconds();
        if (*cpu > 0) out[noun + "_per_cpu_second"] = count / *cpu;
    }
}

} // namespace bench
