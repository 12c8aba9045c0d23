#include "spelling/spelling.hpp"

#include <algorithm>
#include <vector>

namespace netplay_relay::spelling {

namespace {

// Longer than any key, option or variable of ours; comparing takes the product of both lengths.
constexpr std::size_t length_max = 80;
// A word of so many letters may be the beginning of another.
constexpr std::size_t beginning_least = 3;
// One mistake for so many letters, and no more than some in all.
constexpr std::size_t letters_for_a_mistake = 3;
constexpr std::size_t mistakes_max = 3;

std::string folded(std::string_view word)
{
    std::string all(word);
    for (char& letter : all) {
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
        if (letter == '-') letter = '_';
    }
    return all;
}

// Letters left out, put in, put in another's place, or two that changed places.
std::size_t mistakes_between(std::string_view one, std::string_view other)
{
    std::vector<std::size_t> before_last;
    std::vector<std::size_t> last(other.size() + 1);
    for (std::size_t column = 0; column < last.size(); ++column)
        last[column] = column;
    for (std::size_t row = 1; row <= one.size(); ++row) {
        std::vector<std::size_t> now(other.size() + 1, row);
        for (std::size_t column = 1; column <= other.size(); ++column) {
            const bool same = one[row - 1] == other[column - 1];
            now[column] = std::min(
                {last[column] + 1, now[column - 1] + 1, last[column - 1] + (same ? 0 : 1)});
            const bool swapped = row > 1 && column > 1 && one[row - 1] == other[column - 2] &&
                                 one[row - 2] == other[column - 1];
            if (swapped) now[column] = std::min(now[column], before_last[column - 2] + 1);
        }
        before_last = std::move(last);
        last = std::move(now);
    }
    return last.back();
}

} // namespace

std::string closest(std::string_view word, std::span<const std::string> known)
{
    if (word.empty() || word.size() > length_max) return {};
    const std::string wanted = folded(word);
    const std::size_t allowed =
        std::clamp(wanted.size() / letters_for_a_mistake, std::size_t{1}, mistakes_max);
    std::string best;
    std::size_t best_mistakes = allowed + 1;
    for (const std::string& one : known) {
        if (one.size() > length_max) continue;
        const std::string candidate = folded(one);
        std::size_t mistakes = mistakes_between(wanted, candidate);
        // A word of two letters is one mistake away from half of all others.
        if (mistakes >= std::max(wanted.size(), candidate.size()) - 1 && mistakes > 0) continue;
        if (wanted.size() >= beginning_least && candidate.starts_with(wanted))
            mistakes = std::min(mistakes, allowed);
        if (mistakes >= best_mistakes) continue;
        best_mistakes = mistakes;
        best = one;
    }
    return best;
}

std::string did_you_mean(std::string_view word, std::span<const std::string> known)
{
    const std::string best = closest(word, known);
    return best.empty() ? "" : "; did you mean \"" + best + "\"?";
}

} // namespace netplay_relay::spelling
