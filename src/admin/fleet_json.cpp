#include "admin/fleet_json.hpp"

#include "admin/json_writer.hpp"

#include <array>
#include <cstddef>
#include <nlohmann/json.hpp>

namespace netplay_relay::admin {

namespace {

using nlohmann::json;

// Of `use`: what adds up over nodes.
constexpr std::array counted{"connections", "sessions", "links",   "waiting_joins",
                             "rooms",       "members",  "parties", "peers"};
// Of them: who plays, or waits for players.
constexpr std::array people{"sessions", "links", "members", "peers"};

// Reads on value by value. Says false where it makes no sense, and then nothing more comes.
class SummaryReader final : public json::json_sax_t
{
public:
    NodeSummary summary;
    bool is_relay = false;

    bool null() override { return true; }
    bool boolean(bool so) override
    {
        if (depth_ == 1 && outer_ == "takes_new") summary.takes_new = so;
        return true;
    }
    bool number_integer(number_integer_t) override { return true; }
    bool number_unsigned(number_unsigned_t number) override
    {
        if (depth_ == 2 && outer_ == "use" && summary.use.size() < use_words_max)
            summary.use[inner_] = number;
        return true;
    }
    bool number_float(number_float_t, const string_t&) override { return true; }
    bool string(string_t& text) override
    {
        if (depth_ == 1 && outer_ == "state") summary.state = text;
        if (depth_ == 1 && outer_ == "program") is_relay = text == "netplay-relay";
        return depth_ > 0;
    }
    bool binary(binary_t&) override { return false; }
    bool start_object(std::size_t) override { return ++depth_ <= depth_max; }
    bool end_object() override
    {
        --depth_;
        return true;
    }
    bool start_array(std::size_t) override { return depth_ > 0 && ++depth_ <= depth_max; }
    bool end_array() override
    {
        --depth_;
        return true;
    }
    bool key(string_t& word) override
    {
        if (depth_ == 1) outer_ = word;
        if (depth_ == 2) inner_ = word;
        return true;
    }
    bool parse_error(std::size_t, const std::string&, const json::exception&) override
    {
        return false;
    }

private:
    static constexpr int depth_max = 32;
    static constexpr std::size_t use_words_max = 64;

    int depth_ = 0;
    std::string outer_;
    std::string inner_;
};

const char* state_word(const std::optional<NodeSummary>& summary)
{
    if (!summary) return "down";
    if (summary->state != "running") return "draining";
    return summary->takes_new ? "up" : "closed";
}

struct Sums
{
    std::map<std::string, std::uint64_t> use;
    std::map<std::string, std::size_t> states;

    void add(const std::optional<NodeSummary>& summary)
    {
        ++states[state_word(summary)];
        if (!summary) return;
        for (const auto& [what, count] : summary->use)
            use[what] += count;
    }
};

void write_totals(JsonWriter& out, std::size_t nodes, Sums& sums)
{
    out.member("nodes", nodes);
    for (const char* state : {"up", "closed", "draining", "down"})
        out.member(state, sums.states[state]);
    std::uint64_t players = 0;
    for (const char* what : people)
        players += sums.use[what];
    out.member("people", players);
    for (const char* what : counted)
        out.member(what, sums.use[what]);
}

} // namespace

std::optional<NodeSummary> read_summary(std::string_view status)
{
    SummaryReader reader;
    if (!json::sax_parse(status, &reader) || !reader.is_relay) return std::nullopt;
    return std::move(reader.summary);
}

std::string fleet_json(std::vector<net::NodeAnswer> answers)
{
    std::size_t bytes = 4096;
    for (const net::NodeAnswer& one : answers)
        bytes += one.status.size() + 512;
    std::string text;
    text.reserve(bytes);
    JsonWriter out(text);
    Sums sums;
    out.begin_object();
    out.list("nodes", [&] {
        for (net::NodeAnswer& one : answers) {
            const auto summary =
                one.problem.empty() ? read_summary(one.status) : std::optional<NodeSummary>();
            if (!summary && one.problem.empty()) one.problem = "what it tells is no status";
            sums.add(summary);
            out.begin_object();
            out.member("node", one.node);
            out.member("own", one.is_own);
            out.member("address", one.address);
            out.member("state", state_word(summary));
            const std::string& problem = summary ? one.warning : one.problem;
            out.key("problem");
            if (problem.empty())
                out.value(nullptr);
            else
                out.value(problem);
            out.key("status");
            if (summary)
                text.append(one.status, 0, one.status.find_last_not_of(" \r\n") + 1);
            else
                out.value(nullptr);
            out.end_object();
            one.status = {}; // it is there twice no longer than it has to be
        }
    });
    out.object("totals", [&] { write_totals(out, answers.size(), sums); });
    out.end_object();
    text += '\n';
    return text;
}

} // namespace netplay_relay::admin
