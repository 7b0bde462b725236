// SPDX-License-Identifier: MIT
// Programs as text, in the notation of the litmus table, and expressions as values.
#include "program.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <stdexcept>

namespace racekit::oracle {
namespace {

using kind = term::kind;

struct spelling {
    kind what;
    char const* text;
};
constexpr spelling operators[] = {
    {kind::add, "+"},      {kind::subtract, "-"}, {kind::multiply, "*"}, {kind::exclusive_or, "^"},
    {kind::bit_and, "&"},  {kind::bit_or, "|"},   {kind::equal, "=="},   {kind::unequal, "!="},
    {kind::less, "<"},     {kind::greater, ">"},  {kind::at_most, "<="}, {kind::at_least, ">="},
    {kind::both, "and"},   {kind::either, "or"},
};

int apply(kind what, int left, int right) {
    switch (what) {
        case kind::add: return left + right;
        case kind::subtract: return left - right;
        case kind::multiply: return left * right;
        case kind::exclusive_or: return left ^ right;
        case kind::bit_and: return left & right;
        case kind::bit_or: return left | right;
        case kind::equal: return left == right ? 1 : 0;
        case kind::unequal: return left != right ? 1 : 0;
        case kind::less: return left < right ? 1 : 0;
        case kind::greater: return left > right ? 1 : 0;
        case kind::at_most: return left <= right ? 1 : 0;
        case kind::at_least: return left >= right ? 1 : 0;
        case kind::both: return left != 0 && right != 0 ? 1 : 0;
        default: return left != 0 || right != 0 ? 1 : 0;
    }
}

/// Reads one program.
class reader {
public:
    explicit reader(std::string_view text) {
        std::string word;
        auto const finish = [&] {
            if (!word.empty()) words_.push_back(word);
            word.clear();
        };
        for (char const each : text) {
            if (std::isspace(static_cast<unsigned char>(each)) != 0) finish();
            else if (each == ';' || each == '{' || each == '}') {
                finish();
                words_.emplace_back(1, each);
            } else word += each;
        }
        finish();
    }

    program read() {
        made_.threads.emplace_back();
        while (at_ < words_.size()) {
            if (word() == "||") {
                ++at_;
                made_.threads.emplace_back();
            } else statement();
        }
        return std::move(made_);
    }

private:
    [[nodiscard]] std::string const& word(std::size_t further = 0) const {
        static std::string const end;
        return at_ + further < words_.size() ? words_[at_ + further] : end;
    }

    [[noreturn]] void fail() const {
        std::string text;
        for (std::size_t each = begun_; each < words_.size() && each < begun_ + 9; ++each)
            text += (text.empty() ? "" : " ") + words_[each];
        throw std::invalid_argument("not a statement: " + text);
    }

    [[nodiscard]] static bool is_register(std::string const& name) {
        return name.size() == 1 && name[0] >= 'a' && name[0] <= 'o';
    }
    [[nodiscard]] static bool is_plain(std::string const& name) {
        return name.size() == 1 && name[0] >= 'p' && name[0] <= 't';
    }
    [[nodiscard]] static bool is_atomic(std::string const& name) {
        return name.size() == 1 && name[0] >= 'u' && name[0] <= 'z';
    }

    int register_named(std::string const& name) {
        if (!is_register(name)) fail();
        auto const found = std::ranges::find(made_.registers, name);
        if (found != made_.registers.end())
            return static_cast<int>(found - made_.registers.begin());
        made_.registers.push_back(name);
        return static_cast<int>(made_.registers.size()) - 1;
    }

    int object_named(std::string const& name) {
        auto const found = std::ranges::find(made_.objects, name, &object::name);
        if (found != made_.objects.end()) return static_cast<int>(found - made_.objects.begin());
        made_.objects.push_back({name, is_atomic(name), 0});
        return static_cast<int>(made_.objects.size()) - 1;
    }

    std::memory_order order() {
        constexpr std::memory_order all[] = {
            std::memory_order_relaxed, std::memory_order_acquire, std::memory_order_release,
            std::memory_order_acq_rel, std::memory_order_seq_cst};
        for (std::memory_order const each : all) {
            if (word() != to_text(each)) continue;
            ++at_;
            return each;
        }
        fail();
    }

    expression operand() {
        std::string const& text = words_.at(at_ < words_.size() ? at_ : words_.size() - 1);
        ++at_;
        if (is_register(text)) return variable(register_named(text));
        try {
            return constant(std::stoi(text));
        } catch (std::exception const&) {
            fail();
        }
    }

    /// "a", "1" or "a == 1".
    expression sum() {
        expression made = operand();
        for (spelling const& each : operators) {
            if (word() != each.text) continue;
            ++at_;
            expression const right = operand();
            made.insert(made.end(), right.begin(), right.end());
            made.push_back({each.what, 0});
            break;
        }
        return made;
    }

    void statement() {
        begun_ = at_;
        if (word() == ";") {
            ++at_;
            return;
        }
        if (word() == "if") return guard();
        instruction made;
        if (word() == "fence") {
            ++at_;
            made.what = verb::fence;
            made.order = order();
        } else if (word(1) != "=") {
            fail();
        } else if (is_atomic(word()) || is_plain(word())) {
            bool const atomic = is_atomic(word());
            made.what = atomic ? verb::store : verb::write;
            made.object = object_named(word());
            at_ += 2;
            made.value = operand();
            if (atomic) made.order = order();
        } else {
            made.target = register_named(word());
            at_ += 2;
            if (is_atomic(word())) from_atomic(made);
            else if (is_plain(word())) {
                made.what = verb::read;
                made.object = object_named(word());
                ++at_;
            } else {
                made.what = verb::set;
                made.value = sum();
            }
        }
        made_.threads.back().push_back(std::move(made));
    }

    void from_atomic(instruction& made) {
        made.object = object_named(word());
        ++at_;
        if (word() == "cas" || word() == "weak") {
            made.what = word() == "cas" ? verb::strong_cas : verb::weak_cas;
            ++at_;
            made.expected = operand();
            made.value = operand();
            made.order = order();
            made.failure = order();
        } else if (word() == "+=" || word() == "<-") {
            made.what = verb::modify;
            made.how = word() == "+=" ? change::add : change::exchange;
            ++at_;
            made.value = operand();
            made.order = order();
        } else {
            made.order = order();
        }
    }

    void guard() {
        ++at_;
        instruction made;
        made.what = verb::skip;
        made.value = sum();
        if (word() != "{") fail();
        ++at_;
        auto& into = made_.threads.back();
        std::size_t const place = into.size();
        into.push_back(std::move(made));
        while (word() != "}") {
            if (at_ >= words_.size() || word() == "||") fail();
            statement();
        }
        ++at_;
        into[place].length = static_cast<int>(into.size() - place) - 1;
    }

    std::vector<std::string> words_;
    std::size_t at_ = 0;
    std::size_t begun_ = 0;
    program made_;
};

std::string in_words(program const& within, expression const& what) {
    std::vector<std::string> parts;
    for (term const& each : what) {
        if (each.what == kind::constant) parts.push_back(std::to_string(each.value));
        else if (each.what == kind::variable)
            parts.push_back(within.registers[static_cast<std::size_t>(each.value)]);
        else if (each.what == kind::negate) parts.back() = "not " + parts.back();
        else {
            std::string const right = parts.back();
            parts.pop_back();
            for (spelling const& known : operators) {
                if (known.what == each.what) parts.back() += std::string(" ") + known.text;
            }
            parts.back() += " " + right;
        }
    }
    return parts.empty() ? "0" : parts.back();
}

std::string in_words(program const& within, instruction const& what) {
    auto const name = [&](int which) {
        return which < 0 ? std::string("_")
                         : within.registers[static_cast<std::size_t>(which)];
    };
    auto const order = [](std::memory_order which) { return std::string(" ") + to_text(which); };
    std::string const value = in_words(within, what.value);
    if (what.what == verb::fence) return "fence" + order(what.order);
    if (what.what == verb::set) return name(what.target) + " = " + value;
    std::string const subject = within.objects[static_cast<std::size_t>(what.object)].name;
    std::string const into = name(what.target) + " = " + subject;
    constexpr char const* signs[] = {"<-", "+=", "-=", "|=", "&=", "^="};
    switch (what.what) {
        case verb::load: return into + order(what.order);
        case verb::store: return subject + " = " + value + order(what.order);
        case verb::modify:
            return into + " " + signs[static_cast<int>(what.how)] + " " + value +
                   order(what.order);
        case verb::read: return into;
        case verb::write: return subject + " = " + value;
        default:
            return into + (what.what == verb::strong_cas ? " cas " : " weak ") +
                   in_words(within, what.expected) + " " + value + order(what.order) +
                   order(what.failure) +
                   (what.succeeded < 0 ? "" : " (success: " + name(what.succeeded) + ")");
    }
}

std::string in_words(program const& within, std::vector<instruction> const& thread) {
    std::string text;
    std::vector<std::size_t> ends;
    for (std::size_t at = 0; at <= thread.size(); ++at) {
        while (!ends.empty() && ends.back() == at) {
            text += " }";
            ends.pop_back();
        }
        if (at == thread.size()) break;
        if (!text.empty()) text += text.back() == '{' ? " " : "; ";
        if (thread[at].what != verb::skip) {
            text += in_words(within, thread[at]);
            continue;
        }
        text += "if " + in_words(within, thread[at].value) + " {";
        ends.push_back(at + 1 + static_cast<std::size_t>(thread[at].length));
    }
    return text;
}

}  // namespace

int changed(change how, int old, int operand) {
    switch (how) {
        case change::add: return old + operand;
        case change::subtract: return old - operand;
        case change::bit_or: return old | operand;
        case change::bit_and: return old & operand;
        case change::exclusive_or: return old ^ operand;
        default: return operand;
    }
}

int evaluate(expression const& what, std::span<int const> registers) {
    std::array<int, 32> stack{};
    std::size_t depth = 0;
    for (term const& each : what) {
        if (each.what == kind::constant) stack.at(depth++) = each.value;
        else if (each.what == kind::variable)
            stack.at(depth++) = registers[static_cast<std::size_t>(each.value)];
        else if (each.what == kind::negate) stack[depth - 1] = stack[depth - 1] == 0 ? 1 : 0;
        else {
            --depth;
            stack[depth - 1] = apply(each.what, stack[depth - 1], stack[depth]);
        }
    }
    return depth == 0 ? 0 : stack[0];
}

program parse(std::string_view text) { return reader(text).read(); }

char const* to_text(std::memory_order order) {
    switch (order) {
        case std::memory_order_relaxed: return "rlx";
        case std::memory_order_release: return "rel";
        case std::memory_order_acq_rel: return "ar";
        case std::memory_order_seq_cst: return "sc";
        default: return "acq";
    }
}

std::string to_text(program const& what) {
    std::string text;
    for (auto const& thread : what.threads)
        text += (text.empty() ? "" : " || ") + in_words(what, thread);
    return text;
}

std::string to_text(program const& within, instruction const& what) {
    return in_words(within, what);
}

std::string to_text(program const& what, outcome const& ends) {
    std::string text;
    for (std::size_t each = 0; each < ends.size(); ++each) {
        std::string const& name = each < what.registers.size()
                                      ? what.registers[each]
                                      : what.objects[each - what.registers.size()].name;
        text += (text.empty() ? "" : " ") + name + "=" + std::to_string(ends[each]);
    }
    return text;
}

}  // namespace racekit::oracle
