#include "quantiles.hpp"
#include "rooms.hpp"

namespace bench {

Rooms::Samples Rooms::collect(Group group, std::initializer_list<Phase> phases,
                              std::initializer_list<Kind> kinds) const
{
    Samples all;
    for (const Phase phase : phases) {
        for (const Kind kind : kinds) {
            const Samples& some = const_cast<Rooms*>(this)->samples(group, phase, kind);
            all.insert(all.end(), some.begin(), some.end());
        }
    }
    return all;
}

nlohmann::json Rooms::latencies(Group group, std::initializer_list<Phase> phases) const
{
    nlohmann::json out;
    const auto add = [&](const char* name, std::initializer_list<Kind> kinds) {
        Samples all = collect(group, phases, kinds);
        if (all.empty()) return;
        out[name] = quantiles(all);
        out[name]["count"] = all.size();
    };
    add("inputs", {Kind::owner, Kind::late});
    add("owner", {Kind::owner});
    add("late", {Kind::late});
    add("held", {Kind::held});
    return out;
}

nlohmann::json Rooms::report() const
{
    nlohmann::json out{{"rooms", plan_.plan.sessions}};
    Samples delays = delays_;
    out["send_delay_us"] = quantiles(delays);
    const auto group = [&](Group which) {
        nlohmann::json about;
        const auto index = static_cast<std::size_t>(which);
        Samples no_inputs = no_inputs_[index];
        about["latency_us"] = latencies(which, {Phase::quiet});
        about["no_input_us"] = quantiles(no_inputs);
        about["least_clock"] = least_clock_[index];
        if (plan_.special.joins > 0) {
            about["joining_latency_us"] = latencies(which, {Phase::transfer});
            about["joining_second_latency_us"] = latencies(which, {Phase::near, Phase::transfer});
        }
        return about;
    };
    out["pairs"] = group(Group::pairs);
    if (plan_.beside) {
        for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
            Samples all = lanes_[lane]->latencies;
            out[lane == 0 ? "tunnel_us" : "direct_us"] = quantiles(all);
        }
    }
    if (plan_.special.members > 0) out["special"] = group(Group::special);
    if (plan_.special.joins > 0) {
        out["transfers_ms"] = transfers_ms_;
        out["state_wire_bytes"] = special_state_.data().size();
        if (transfers_ms_.size() != plan_.special.joins)
            throw std::runtime_error("not all newcomers got their state");
    }
    return out;
}

} // namespace bench
