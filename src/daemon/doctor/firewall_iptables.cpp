#include "daemon/doctor/firewall.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <sstream>
#include <utility>

namespace netplay_relay::daemon::doctor {

namespace {

using Words = std::vector<std::string>;

constexpr std::array targets_that_go_on{"LOG",     "NFLOG", "ULOG",   "MARK", "CONNMARK",
                                        "TCPMSS",  "SET",   "CT",     "TTL",  "TRACE",
                                        "NOTRACK", "AUDIT", "SECMARK"};
constexpr std::array harmless_modules{"tcp",   "comment",   "conntrack",
                                      "state", "multiport", "addrtype"};

template <class List>
bool has(const List& list, std::string_view word)
{
    return std::ranges::find(list, word) != list.end();
}

// Of one line; what is within quotes is one word.
Words words_of(std::string_view line)
{
    Words words;
    std::string word;
    bool quoted = false;
    bool begun = false;
    for (std::size_t at = 0; at < line.size(); ++at) {
        const char letter = line[at];
        if (letter == '\\' && at + 1 < line.size()) {
            word += line[++at];
        } else if (letter == '"') {
            quoted = !quoted;
            begun = true;
        } else if (letter == ' ' && !quoted) {
            if (begun || !word.empty()) words.push_back(std::exchange(word, {}));
            begun = false;
        } else {
            word += letter;
        }
    }
    if (begun || !word.empty()) words.push_back(word);
    return words;
}

// "55435", "55000:56000", "22,80,1000:2000"
Match of_ports(std::string_view list, std::uint16_t port)
{
    for (std::size_t at = 0; at < list.size();) {
        const std::size_t end = std::min(list.find(',', at), list.size());
        const std::string_view one = list.substr(at, end - at);
        const std::size_t colon = std::min(one.find(':'), one.size());
        unsigned first = 0;
        unsigned last = 65535;
        const bool is_first =
            std::from_chars(one.data(), one.data() + colon, first).ec == std::errc();
        if (!is_first && colon > 0) return Match::maybe;
        if (colon == one.size())
            last = first;
        else if (colon + 1 < one.size())
            (void)std::from_chars(one.data() + colon + 1, one.data() + one.size(), last);
        if (first <= port && port <= last) return Match::yes;
        at = end + 1;
    }
    return Match::no;
}

Match of_states(const std::string& list)
{
    return ("," + list + ",").find(",NEW,") != std::string::npos ? Match::yes : Match::no;
}

Match of_source(const std::string& network)
{
    if (network.starts_with("127.") || network.starts_with("::1")) return Match::no;
    return network == "0.0.0.0/0" || network == "::/0" ? Match::yes : Match::maybe;
}

Match of_destination(const std::string& network)
{
    const bool is_many = network.starts_with("224.") || network.starts_with("239.") ||
                         network.starts_with("255.") || network.starts_with("ff");
    return is_many ? Match::no : of_source(network);
}

Match of_type(const std::string& type)
{
    return type == "LOCAL" ? Match::yes : type == "UNICAST" ? Match::maybe : Match::no;
}

// What one option with its value says; `taken`: how many words.
Match of_option(const std::string& option, const std::string& value, const Packet& packet,
                std::size_t& taken)
{
    taken = 2;
    if (option == "-p") return value == "tcp" || value == "all" ? Match::yes : Match::no;
    if (option == "-i") return value == "lo" ? Match::no : Match::maybe;
    if (option == "--dport" || option == "--dports") return of_ports(value, packet.port);
    if (option == "--ctstate" || option == "--state") return of_states(value);
    if (option == "-s") return of_source(value);
    if (option == "-d") return of_destination(value);
    if (option == "--dst-type") return of_type(value);
    if (option == "--comment") return Match::yes;
    if (option == "-m") return has(harmless_modules, value) ? Match::yes : Match::maybe;
    taken = 1;
    return option == "--syn" ? Match::yes : Match::maybe;
}

Rule rule_of(const Words& words, const std::string& table, const Packet& packet)
{
    Rule rule;
    for (std::size_t at = 2; at < words.size();) {
        const bool negated = words[at] == "!";
        if (negated) ++at;
        if (at + 1 >= words.size()) {
            rule.match = both(rule.match, Match::maybe);
            break;
        }
        if (words[at] == "-j" || words[at] == "-g") {
            const std::string& target = words[at + 1];
            rule.chain = table + target;
            rule.verdict = target == "ACCEPT"                       ? Verdict::accept
                           : target == "DROP" || target == "REJECT" ? Verdict::drop
                           : target == "RETURN"                     ? Verdict::give_back
                           : has(targets_that_go_on, target)        ? Verdict::none
                           : words[at] == "-g"                      ? Verdict::go_to
                                                                    : Verdict::jump;
            break; // what follows is the target's
        }
        std::size_t taken = 0;
        const Match match = of_option(words[at], words[at + 1], packet, taken);
        rule.match = both(rule.match, negated ? !match : match);
        at += taken;
    }
    return rule;
}

} // namespace

void read_iptables(std::string_view text, const Packet& packet, Chains& chains)
{
    const std::string family = packet.is_ipv4 ? "ip " : "ip6 ";
    std::string table;
    std::istringstream lines{std::string(text)};
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with('*')) table = family + line.substr(1) + " ";
        const Words words = words_of(line);
        if (words.size() < 2) continue;
        if (line.starts_with(':')) {
            const std::string name = words[0].substr(1);
            Chain& chain = chains[table + name];
            chain.is_base = name == "INPUT" || name == "PREROUTING";
            chain.drops = words[1] == "DROP";
        } else if (words[0] == "-A") {
            chains[table + words[1]].rules.push_back(rule_of(words, table, packet));
        }
    }
}

} // namespace netplay_relay::daemon::doctor
