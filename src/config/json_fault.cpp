#include "config/json_fault.hpp"

#include "config/letters.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace netplay_relay::config {

namespace {

enum class Token : unsigned char
{
    open,  // { or [
    close, // } or ]
    colon,
    comma,
    text,
    number, // or true, false, null
    word,   // anything else of letters, digits and such
    sign,   // a single other character
    end
};

enum class Wanted : unsigned char
{
    value,
    value_or_close, // behind [
    key,
    key_or_close, // behind {
    colon,
    comma_or_close,
    nothing // behind the whole
};

// Reads token by token until something is wrong.
class Reading
{
public:
    explicit Reading(std::string_view text) : text_(text) {}

    std::string find_fault();

private:
    struct Bracket
    {
        char letter = 0;
        std::size_t line = 0;
    };

    void skip_blanks();
    Token next();
    void read_text();
    void read_word();
    void take(Token token);
    void take_value(Token token);
    void take_key(Token token);
    void take_close();
    void after_value();
    void miss_comma();
    void end();
    void complain(std::string problem)
    {
        if (fault_.empty()) fault_ = std::move(problem);
    }
    [[nodiscard]] std::string here() const { return "line " + std::to_string(line_); }
    [[nodiscard]] bool is_open(char letter) const
    {
        return !brackets_.empty() && brackets_.back().letter == letter;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t line_ = 1;      // of what was read last, where it begins
    std::size_t read_line_ = 1; // where reading has come to
    std::size_t line_before_ = 1;
    std::size_t column_ = 1;
    std::size_t line_start_ = 0;
    char letter_ = 0;
    bool after_comma_ = false;
    Wanted wanted_ = Wanted::value;
    std::vector<Bracket> brackets_;
    std::string word_;
    std::string fault_;
};

std::string Reading::find_fault()
{
    if (text_.starts_with("\xff\xfe") || text_.starts_with("\xfe\xff"))
        return "it is UTF-16: save it as UTF-8";
    if (text_.starts_with("\xef\xbb\xbf")) at_ = 3; // a mark that editors put before UTF-8
    while (fault_.empty()) {
        line_before_ = read_line_;
        const Token token = next();
        if (!fault_.empty()) break;
        if (token == Token::end) {
            end();
            break;
        }
        take(token);
    }
    return fault_;
}

// Comments are blanks too.
void Reading::skip_blanks()
{
    while (at_ < text_.size()) {
        const std::string_view rest = text_.substr(at_);
        if (rest.front() == '\n') {
            ++read_line_;
            line_start_ = at_ + 1;
        }
        if (blanks.find(rest.front()) != std::string_view::npos) {
            ++at_;
        } else if (rest.starts_with("//")) {
            at_ = std::min(text_.find('\n', at_), text_.size());
        } else if (rest.starts_with("/*")) {
            const std::size_t close = rest.find("*/", 2);
            if (close == std::string_view::npos) {
                line_ = read_line_;
                return complain("the comment that begins in " + here() + " has no */");
            }
            const std::string_view comment = rest.substr(0, close);
            read_line_ += static_cast<std::size_t>(std::ranges::count(comment, '\n'));
            at_ += close + 2;
        } else {
            return;
        }
    }
}

Token Reading::next()
{
    skip_blanks();
    line_ = read_line_;
    column_ = at_ >= line_start_ ? at_ - line_start_ + 1 : 1;
    if (!fault_.empty() || at_ >= text_.size()) return Token::end;
    letter_ = text_[at_];
    switch (letter_) {
    case '{':
    case '[': ++at_; return Token::open;
    case '}':
    case ']': ++at_; return Token::close;
    case ':': ++at_; return Token::colon;
    case ',': ++at_; return Token::comma;
    case '"': read_text(); return Token::text;
    default: break;
    }
    read_word();
    if (word_.empty()) {
        ++at_;
        return Token::sign;
    }
    const bool is_number = word_.find_first_of(digits) == (word_.front() == '-' ? 1U : 0U);
    const bool is_known = word_ == "true" || word_ == "false" || word_ == "null";
    return is_number || is_known ? Token::number : Token::word;
}

void Reading::read_text()
{
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
        const auto letter = static_cast<unsigned char>(text_[at_]);
        if (letter == '\n') break;
        if (letter < 0x20)
            return complain("in " + here() +
                            " a text has a tabulator or another control "
                            "character: write \\t for a tabulator");
        if (letter != '\\') continue;
        if (++at_ >= text_.size() || text_[at_] == '\n') break;
        if (std::string_view("\"\\/bfnrtu").find(text_[at_]) == std::string_view::npos)
            return complain("in " + here() + " a \\ means nothing: write \\\\ for a single one");
    }
    if (at_ >= text_.size() || text_[at_] != '"')
        return complain("the text in " + here() + " has no closing \"");
    ++at_;
}

void Reading::read_word()
{
    const std::size_t begin = at_;
    const auto belongs = [](char letter) {
        const bool is_letter = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
        return is_letter || digits.find(letter) != std::string_view::npos ||
               std::string_view("-+._").find(letter) != std::string_view::npos ||
               static_cast<unsigned char>(letter) >= 0x80;
    };
    while (at_ < text_.size() && belongs(text_[at_]))
        ++at_;
    word_ = text_.substr(begin, at_ - begin);
}

void Reading::take(Token token)
{
    const bool was_comma = after_comma_;
    if (token == Token::sign && letter_ == '\'')
        return complain("in " + here() + " there is a ' where a \" must be");
    if (token == Token::sign && letter_ == '#')
        return complain("in " + here() + " a comment begins with #: write //");
    switch (wanted_) {
    case Wanted::value:
    case Wanted::value_or_close: take_value(token); break;
    case Wanted::key:
    case Wanted::key_or_close: take_key(token); break;
    case Wanted::colon:
        if (token != Token::colon)
            complain("missing colon behind a key in line " + std::to_string(line_before_));
        wanted_ = Wanted::value;
        break;
    case Wanted::comma_or_close:
        if (token == Token::close) {
            take_close();
        } else if (token == Token::comma) {
            wanted_ = is_open('{') ? Wanted::key : Wanted::value;
            after_comma_ = true;
        } else {
            miss_comma();
        }
        break;
    case Wanted::nothing:
        complain(token == Token::close
                     ? "one closing bracket too many in " + here()
                     : here() + " goes on behind the closing bracket of the whole");
        break;
    }
    if (was_comma) after_comma_ = false;
}

void Reading::take_value(Token token)
{
    if (token == Token::open) {
        brackets_.push_back({letter_, line_});
        wanted_ = letter_ == '{' ? Wanted::key_or_close : Wanted::value_or_close;
    } else if (token == Token::text || token == Token::number) {
        if (token == Token::number && brackets_.empty()) return after_value();
        after_value();
        const bool is_zero_led =
            token == Token::number && word_.size() > 1 && word_.find_first_not_of("-0") != 0 &&
            (word_.starts_with("0") || word_.starts_with("-0")) && word_.find('.') != 1;
        const bool is_odd = token == Token::number && word_ != "true" && word_ != "false" &&
                            word_ != "null" &&
                            word_.find_first_not_of("0123456789-+.eE") != std::string::npos;
        if (is_zero_led || is_odd) complain("the number in " + here() + " is not written as one");
    } else if (token == Token::close && wanted_ == Wanted::value_or_close) {
        take_close();
    } else if (after_comma_ && (token == Token::close || token == Token::comma)) {
        complain("one comma too many in line " + std::to_string(line_before_));
    } else if (token == Token::word || token == Token::sign) {
        complain(brackets_.empty() ? "it does not begin with {"
                                   : "in " + here() + " a text has no \" around it");
    } else {
        complain(brackets_.empty() ? "it does not begin with {"
                                   : "missing value in line " + std::to_string(line_before_));
    }
}

void Reading::take_key(Token token)
{
    if (token == Token::text) {
        wanted_ = Wanted::colon;
    } else if (token == Token::close && wanted_ == Wanted::key_or_close) {
        take_close();
    } else if (after_comma_ && (token == Token::close || token == Token::comma)) {
        complain("one comma too many in line " + std::to_string(line_before_));
    } else if (token == Token::word || token == Token::number) {
        complain("in " + here() + " a key has no \" around it");
    } else {
        complain("in " + here() + " a key is missing");
    }
}

void Reading::take_close()
{
    if (brackets_.empty()) return complain("one closing bracket too many in " + here());
    const Bracket opened = brackets_.back();
    const char needed = opened.letter == '{' ? '}' : ']';
    if (letter_ != needed)
        return complain(std::string("in ") + here() + " there is a " + letter_ + " where a " +
                        needed + " must close the " + opened.letter + " of line " +
                        std::to_string(opened.line));
    brackets_.pop_back();
    after_value();
}

void Reading::after_value()
{
    wanted_ = brackets_.empty() ? Wanted::nothing : Wanted::comma_or_close;
}

void Reading::miss_comma()
{
    if (letter_ == ':')
        return complain("in " + here() + " a colon is where a comma or a closing bracket must be");
    if (line_before_ != line_) return complain("missing comma before " + here());
    complain("missing comma in " + here() + " before column " + std::to_string(column_));
}

void Reading::end()
{
    if (!brackets_.empty())
        return complain(std::string("the ") + brackets_.back().letter + " of line " +
                        std::to_string(brackets_.back().line) + " is never closed");
    if (wanted_ == Wanted::value) complain("it is empty");
}

} // namespace

std::string json_fault(std::string_view text) { return Reading(text).find_fault(); }

std::size_t line_of(std::string_view text, std::size_t position)
{
    const std::string_view before = text.substr(0, std::min(position, text.size()));
    return static_cast<std::size_t>(std::ranges::count(before, '\n')) + 1;
}

} // namespace netplay_relay::config
