// SPDX-License-Identifier: MIT
#include "object_expression.hpp"

#include <algorithm>
#include <cctype>
#include <vector>

namespace racekit {
namespace {

constexpr auto npos = std::string_view::npos;

bool is_space(char letter) { return std::isspace(static_cast<unsigned char>(letter)) != 0; }
bool is_word(char letter) {
    return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_';
}

char closing(char opening) {
    return opening == '(' ? ')' : opening == '[' ? ']' : opening == '{' ? '}' : '>';
}

std::string trimmed(std::string_view text) {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return std::string(text);
}

/// Words that a macro may be given in front of an object, and that name none.
bool is_of_a_type(std::string_view word) {
    constexpr std::string_view words[] = {
        "void",     "bool",   "char",  "short",    "int",    "long",  "unsigned", "signed",
        "float",    "double", "const", "volatile", "struct", "union", "enum",     "class",
        "typename", "auto",   "uchar", "ushort",   "uint",   "ulong"};
    return std::find(std::begin(words), std::end(words), word) != std::end(words) ||
           (word.size() > 2 && word.ends_with("_t"));
}

std::string_view first_word(std::string_view text) {
    std::size_t begin = 0;
    while (begin < text.size() && is_space(text[begin])) ++begin;
    std::size_t end = begin;
    while (end < text.size() && is_word(text[end])) ++end;
    return text.substr(begin, end - begin);
}

/// `unsigned int`, `cell*`
bool is_type(std::string_view text) {
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return is_of_a_type(first_word(text)) ||
           (!text.empty() && (text.back() == '*' || text.back() == '&'));
}

/// A type, a number or a letter in quotes has no name.
object_expression named(std::string name, std::string index) {
    if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0])) != 0 ||
        is_of_a_type(name))
        return {};
    while (!name.empty() && name.back() == '_') name.pop_back();
    return {std::move(name), std::move(index)};
}

bool contains(std::string_view methods, std::string_view name) {
    for (std::size_t begin = 0; begin <= methods.size();) {
        std::size_t const end = std::min(methods.find('|', begin), methods.size());
        std::string_view const one = methods.substr(begin, end - begin);
        // `wait*` stands for wait, wait_for and wait_until.
        bool const prefix = !one.empty() && one.back() == '*';
        if (prefix ? name.starts_with(one.substr(0, one.size() - 1)) : name == one) return true;
        begin = end + 1;
    }
    return false;
}

bool is_macro(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char each) {
        return std::isupper(each) != 0 || std::isdigit(each) != 0 || each == '_';
    });
}

/// Reads a postfix expression from left to right.
class reader {
public:
    reader(std::string_view text, std::size_t at, std::size_t target, std::string_view methods)
        : text_(text), at_(at), target_(target), methods_(methods) {}

    object_expression read() {
        skip_prefix();
        if (peek() == '(') {
            std::string_view const inside = bracketed();
            if (is_type(inside)) return read();  // a conversion
            object_expression const inner = either_or_one(inside);
            name_ = inner.name;
            index_ = inner.index;
        } else {
            read_name();
        }
        while (read_postfix()) {
            if (!found_.empty()) return found_;
        }
        if (!last_call_.empty()) return last_call_;
        return is_call_ ? object_expression{} : named(name_, index_);
    }

private:
    char peek() {
        while (at_ < text_.size() && is_space(text_[at_])) ++at_;
        return at_ < text_.size() ? text_[at_] : '\0';
    }
    void skip_prefix() {
        while (peek() != '\0' && std::string_view("*&!~+-").find(text_[at_]) != npos) ++at_;
    }
    std::string word() {
        (void)peek();
        std::size_t const begin = at_;
        while (at_ < text_.size() && is_word(text_[at_])) ++at_;
        return std::string(text_.substr(begin, at_ - begin));
    }
    /// What stands between the bracket here and its partner, and goes on behind it.
    std::string_view bracketed() {
        char const opening = text_[at_];
        std::size_t const begin = ++at_;
        for (int depth = 1; at_ < text_.size(); ++at_) {
            if (text_[at_] == opening) ++depth;
            if (text_[at_] == closing(opening) && --depth == 0) break;
        }
        std::string_view const inside = text_.substr(begin, at_ - begin);
        if (at_ < text_.size()) ++at_;
        return inside;
    }
    /// `(c ? one : other)` may be either: which one it is the text does not say.
    [[nodiscard]] object_expression either_or_one(std::string_view inside) const {
        std::size_t const question = outside_brackets(inside, '?', 0);
        std::size_t const colon =
            question == npos ? npos : outside_brackets(inside, ':', question + 1);
        if (colon == npos) return reader(inside, 0, npos, methods_).read();
        object_expression one = either_or_one(inside.substr(question + 1, colon - question - 1));
        object_expression const other = either_or_one(inside.substr(colon + 1));
        if (one.name != other.name) return {one.name + " or " + other.name, ""};
        if (one.index != other.index) one.index.clear();
        return one;
    }
    /// Where the letter stands alone (`::` does not count) and in no bracket.
    static std::size_t outside_brackets(std::string_view text, char letter, std::size_t from) {
        int depth = 0;
        for (std::size_t at = from; at < text.size(); ++at) {
            char const here = text[at];
            if (here == '(' || here == '[' || here == '{') ++depth;
            if (here == ')' || here == ']' || here == '}') --depth;
            if (here == ':' && text.substr(at).starts_with("::")) ++at;
            else if (here == letter && depth == 0) return at;
        }
        return npos;
    }
    /// A name with what qualifies it: only the last part counts.
    void read_name() {
        do name_ = word();
        while (name_ == "delete" || name_ == "return" || name_ == "co_await");
        while (peek() == ':' && text_.substr(at_).starts_with("::")) {
            at_ += 2;
            name_ = word();
        }
        if (peek() == '<' && text_.substr(at_).find('>') != npos) {
            std::size_t const here = at_;
            (void)bracketed();
            if (peek() != '(' && peek() != '{' && peek() != ':') at_ = here;  // a comparison
        }
        index_.clear();
    }
    bool read_postfix() {
        char const next = peek();
        if (next == '[') {
            index_ = trimmed(bracketed());
            return true;
        }
        bool const arrow = text_.substr(at_).starts_with("->");
        if (next == '.' || arrow) {
            at_ += arrow ? 2 : 1;
            (void)peek();
            object_ = named(name_, index_);
            is_member_ = true;
            bool const is_target = at_ == target_;
            name_ = word();
            index_.clear();
            is_call_ = false;
            if (is_target && (peek() == '(' || peek() == '<')) found_ = object_;
            return true;
        }
        if (next != '(' && next != '{') return false;
        return read_call();
    }
    /// A function or a guard acts on what it is given first. A macro may be given a type or a part
    /// of a name before that.
    [[nodiscard]] object_expression acted_on(std::string_view arguments) const {
        object_expression first;
        for (std::size_t begin = 0; begin < arguments.size();) {
            std::size_t const end =
                std::min(outside_brackets(arguments, ',', begin), arguments.size());
            std::string_view const one = arguments.substr(begin, end - begin);
            begin = end + 1;
            if (is_type(one)) continue;
            object_expression found = reader(one, 0, npos, methods_).read();
            if (found.empty()) continue;
            bool const is_address = one.find_first_of("&.") != npos || one.find("->") != npos;
            if (is_address || !is_macro(name_)) return found;
            if (first.empty()) first = std::move(found);
        }
        return first;
    }
    bool read_call() {
        std::string_view const arguments = bracketed();
        if (is_member_) {
            if (contains(methods_, name_)) found_ = object_;
            last_call_ = object_;
        } else {
            object_expression const first = acted_on(arguments);
            if (!first.empty()) found_ = first;
            is_call_ = !arguments.empty();  // of numbers and types: its name is no object's
        }
        is_member_ = false;
        return true;
    }

    std::string_view text_;
    std::size_t at_;
    std::size_t target_;
    std::string_view methods_;
    std::string name_, index_;
    bool is_member_ = false;
    bool is_call_ = false;
    object_expression object_, last_call_, found_;
};

std::size_t before_spaces(std::string_view text, std::size_t at) {
    while (at > 0 && is_space(text[at - 1])) --at;
    return at;
}

/// Where the bracket opens that closes in front of `at`.
std::size_t opening_before(std::string_view text, std::size_t at) {
    char const close = text[at - 1];
    char const open = close == ')' ? '(' : '[';
    int depth = 0;
    while (at > 0) {
        --at;
        if (text[at] == close) ++depth;
        if (text[at] == open && --depth == 0) break;
    }
    return at;
}

/// Where the postfix expression begins that ends in front of `at`.
std::size_t beginning_before(std::string_view text, std::size_t at) {
    for (;;) {
        at = before_spaces(text, at);
        while (at > 0 && (text[at - 1] == ']' || text[at - 1] == ')')) {
            at = before_spaces(text, opening_before(text, at));
        }
        while (at > 0 && is_word(text[at - 1])) --at;
        std::size_t const name = at;
        at = before_spaces(text, at);
        if (at > 1 && (text.substr(at - 2, 2) == "->" || text.substr(at - 2, 2) == "::")) {
            at -= 2;
        } else if (at > 0 && text[at - 1] == '.') {
            at -= 1;
        } else {
            return name;
        }
    }
}

/// The objects of the calls of these member functions, or of all, in the text.
std::vector<object_expression> called(std::string_view text, std::string_view methods, bool all) {
    std::vector<object_expression> found;
    for (std::size_t at = 0; at < text.size(); ++at) {
        bool const arrow = text.substr(at).starts_with("->");
        if (text[at] != '.' && !arrow) continue;
        std::size_t const begin = at + (arrow ? 2 : 1);
        std::size_t end = begin;
        while (end < text.size() && is_word(text[end])) ++end;
        if (end == text.size() || text[end] != '(') continue;
        std::string_view const name = text.substr(begin, end - begin);
        if (all || contains(methods, name))
            found.push_back(reader(text, beginning_before(text, begin), begin, name).read());
    }
    return found;
}

/// The object of the one call of these member functions, else of the one call of any: the operation
/// is inside it. Empty if there are several, between which nothing distinguishes.
object_expression only_call(std::string_view text, std::string_view methods) {
    auto found = called(text, methods, false);
    if (found.empty()) found = called(text, methods, true);
    return found.size() == 1 ? found.front() : object_expression{};
}

/// Of an argument of a macro the compiler gives the column of the bracket that ends the macro.
object_expression in_macro_ending_at(std::string_view text, std::size_t at,
                                     std::string_view methods) {
    std::size_t const open = opening_before(text, at + 1);
    std::size_t const name = beginning_before(text, open);
    if (text[open] != '(' || !is_macro(text.substr(name, open - name))) return {};
    return only_call(text.substr(open + 1, at - open - 1), methods);
}

}  // namespace

object_expression object_at_column(std::string_view text, int column, std::string_view methods) {
    if (column < 1 || static_cast<std::size_t>(column) > text.size()) return {};
    std::size_t const at = static_cast<std::size_t>(column) - 1;
    if (text[at] == ')') return in_macro_ending_at(text, at, methods);
    std::size_t const before = before_spaces(text, at);
    bool const behind_operand =
        before > 0 && (is_word(text[before - 1]) || text[before - 1] == ']' ||
                       text[before - 1] == ')');
    bool const is_member =
        before > 0 && is_word(text[at]) &&
        (text[before - 1] == '.' || text.substr(0, before).ends_with("->"));
    bool const is_operator = std::string_view("+-=|&^").find(text[at]) != npos && behind_operand;
    if (is_operator) return reader(text.substr(0, at), beginning_before(text, at), npos, "").read();
    if (is_member) return reader(text, beginning_before(text, at), at, methods).read();
    return reader(text, at, npos, methods).read();
}

}  // namespace racekit
