// SPDX-License-Identifier: MIT
#include "litmus_file.hpp"

#include "litmus_words.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

namespace racekit::oracle {
namespace {

using kind = term::kind;
using part = condition_term::kind;

struct operation {
    std::string_view name;  // without "atomic_" and "_explicit"
    verb what;
    change how;
    int values;   // arguments after the object
    int orders;
};
constexpr operation operations[] = {
    {"load", verb::load, change::add, 0, 1},
    {"store", verb::store, change::add, 1, 1},
    {"exchange", verb::modify, change::exchange, 1, 1},
    {"fetch_add", verb::modify, change::add, 1, 1},
    {"fetch_sub", verb::modify, change::subtract, 1, 1},
    {"fetch_or", verb::modify, change::bit_or, 1, 1},
    {"fetch_and", verb::modify, change::bit_and, 1, 1},
    {"fetch_xor", verb::modify, change::exclusive_or, 1, 1},
    {"compare_exchange_strong", verb::strong_cas, change::add, 2, 2},
    {"compare_exchange_weak", verb::weak_cas, change::add, 2, 2},
};

/// What a parameter of a thread is.
enum class parameter : std::uint8_t { atomic, plain };

class reader {
public:
    reader(std::string_view text, std::string const& name) : name_(name) {
        // The first line is not C: "C" and a name of any characters.
        std::size_t const end = std::min(text.find('\n'), text.size());
        std::string_view first = text.substr(0, end);
        if (!first.starts_with("C ") && !first.starts_with("C\t"))
            fail_at(1, "a litmus file of the C dialect begins with \"C\" and a name");
        first.remove_prefix(2);
        first.remove_suffix(first.size() - std::min(first.find_last_not_of(" \t\r") + 1,
                                                    first.size()));
        made_.what.name = std::string(first);
        words_ = litmus_words(text.substr(end), name, 1);
        last_line_ = words_.empty() ? 1 : words_.back().line;
    }

    litmus_file read() {
        while (at_ < words_.size() && word() != "{") ++at_;  // a title, or key=value lines
        initial();
        while (word().starts_with("P") && is_number(word().substr(1))) thread();
        if (made_.what.threads.empty()) fail("a thread: P0 (...) { ... }");
        if (word() == "locations") locations();
        if (word() == "filter")
            fail_here("\"filter\" is not understood: put it into the condition");
        final_condition();
        if (at_ < words_.size()) fail("the end of the file");
        return std::move(made_);
    }

private:
    // Words ---------------------------------------------------------------------------------------

    [[nodiscard]] std::string const& word(std::size_t further = 0) const {
        static std::string const end;
        return at_ + further < words_.size() ? words_[at_ + further].text : end;
    }
    [[nodiscard]] int line() const {
        return at_ < words_.size() ? words_[at_].line : last_line_;
    }
    [[noreturn]] void fail_at(int line, std::string const& what) const {
        litmus_error(name_, line, what);
    }
    [[noreturn]] void fail_here(std::string const& what) const { fail_at(line(), what); }
    [[noreturn]] void fail(std::string const& wanted) const {
        fail_here("expected " + wanted + ", found " +
                  (word().empty() ? "the end" : "\"" + word() + "\""));
    }
    bool take(std::string_view what) {
        if (word() != what) return false;
        ++at_;
        return true;
    }
    void need_word(std::string_view what) {
        if (!take(what)) fail("\"" + std::string(what) + "\"");
    }
    std::string need_name(char const* what) {
        if (!is_name(word())) fail(what);
        return words_[at_++].text;
    }
    int need_number() {
        bool const negative = take("-");
        if (!is_number(word())) fail("a number");
        int const value = std::stoi(words_[at_++].text);
        return negative ? -value : value;
    }

    // The initial state ---------------------------------------------------------------------------

    void initial() {
        need_word("{");
        while (!take("}")) {
            if (take(";")) continue;
            bool const bracketed = take("[");
            while (!bracketed && is_name(word()) && (is_name(word(1)) || word(1) == "*")) ++at_;
            if (take("*")) fail_here("initial pointers are not understood");
            if (is_number(word()))
                fail_here("initial registers are not understood: begin the thread with them");
            std::string const object = need_name("the name of an object");
            if (bracketed) need_word("]");
            if (word() != ";") {
                need_word("=");
                first_values_[object] = need_number();
            }
            if (word() != ";" && word() != "}") fail("\";\" or \"}\"");
        }
    }

    int object_named(std::string const& name, parameter type) {
        auto& objects = made_.what.objects;
        auto const found = std::ranges::find(objects, name, &object::name);
        bool const is_atomic = type == parameter::atomic;
        if (found != objects.end()) {
            if (found->is_atomic != is_atomic)
                fail_here("\"" + name +
                          "\" is atomic in one thread and not in another: C++ has no such object");
            return static_cast<int>(found - objects.begin());
        }
        auto const first = first_values_.find(name);
        objects.push_back({name, is_atomic, first == first_values_.end() ? 0 : first->second});
        return static_cast<int>(objects.size()) - 1;
    }

    // Threads -------------------------------------------------------------------------------------

    void thread() {
        int const number = std::stoi(word().substr(1));
        if (number != static_cast<int>(made_.what.threads.size()))
            fail_here("threads are numbered from P0 on, one after another");
        ++at_;
        made_.what.threads.emplace_back();
        locals_.clear();
        shared_.clear();
        need_word("(");
        while (!take(")")) {
            if (take(",")) continue;
            one_parameter();
        }
        need_word("{");
        while (!take("}")) statement();
    }

    void one_parameter() {
        bool atomic = false;
        std::string last;
        while (is_name(word()) || word() == "*") {
            atomic = atomic || word().starts_with("atomic_") || word() == "_Atomic";
            last = word();
            ++at_;
            if (word() == "(" ) fail("a parameter: atomic_int* x or int* x");
        }
        if (!is_name(last)) fail("a parameter: atomic_int* x or int* x");
        shared_[last] = object_named(last, atomic ? parameter::atomic : parameter::plain);
    }

    std::vector<instruction>& code() { return made_.what.threads.back(); }

    int fresh(std::string const& name) {
        made_.what.registers.push_back(std::to_string(made_.what.threads.size() - 1) + ":" + name);
        return static_cast<int>(made_.what.registers.size()) - 1;
    }
    int temporary() { return fresh("$" + std::to_string(temporaries_++)); }

    int local(std::string const& name, bool make) {
        auto const found = locals_.find(name);
        if (found != locals_.end()) return found->second;
        if (!make) fail_here("\"" + name + "\" is neither a parameter nor a local variable");
        return locals_[name] = fresh(name);
    }

    [[nodiscard]] static bool is_type(std::string const& word) {
        constexpr std::string_view types[] = {"int", "unsigned", "long", "bool", "_Bool",
                                              "short", "char", "signed", "const"};
        return std::ranges::find(types, word) != std::end(types) ||
               (word.starts_with("int") && word.ends_with("_t")) ||
               (word.starts_with("uint") && word.ends_with("_t"));
    }

    void statement() {
        if (word().empty()) fail("\"}\"");
        if (take(";")) return;
        if (word() == "while" || word() == "for" || word() == "do" || word() == "goto")
            fail_here("loops are not understood: unroll it, or ask for the round that ends it");
        if (take("if")) return guard();
        if (take("{")) {
            while (!take("}")) statement();
            return;
        }
        bool declares = false;
        while (is_type(word())) {
            declares = true;
            ++at_;
        }
        if (declares && word() == "*") fail_here("local pointers are not understood");
        if (take("*")) store_through();
        else if (is_name(word()) && word(1) == "=") {
            std::string const name = need_name("a variable");
            int const into = shared_.contains(name) ? -1 : local(name, true);
            if (into < 0) fail_here("\"" + name + "\" is a pointer: write *" + name);
            ++at_;
            assign(into);
        } else if (declares) {
            (void)local(need_name("a variable"), true);
        } else {
            (void)sum();  // a call whose value nobody wants
        }
        need_word(";");
    }

    void assign(int into) {
        std::size_t const before = code().size();
        expression const value = either();
        // A single operation, done last, reads into the register itself.
        if (code().size() > before && value.size() == 1 && value[0].what == kind::variable &&
            is_temporary(value[0].value)) {
            instruction& last = code().back();
            for (int instruction::*result : {&instruction::target, &instruction::succeeded}) {
                if (last.*result != value[0].value) continue;
                last.*result = into;
                return;
            }
        }
        instruction made;
        made.what = verb::set;
        made.target = into;
        made.value = value;
        code().push_back(std::move(made));
    }

    [[nodiscard]] bool is_temporary(int which) const {
        return made_.what.registers[static_cast<std::size_t>(which)].find('$') !=
               std::string::npos;
    }

    int pointed() {
        std::string const name = need_name("a parameter");
        auto const found = shared_.find(name);
        if (found == shared_.end()) fail_here("\"" + name + "\" is no parameter of this thread");
        return found->second;
    }

    [[nodiscard]] bool is_atomic(int object) const {
        return made_.what.objects[static_cast<std::size_t>(object)].is_atomic;
    }

    void store_through() {
        instruction made;
        made.object = pointed();
        need_word("=");
        made.value = either();
        made.what = is_atomic(made.object) ? verb::store : verb::write;
        made.order = std::memory_order_seq_cst;  // C11, 7.17.7.1: as the function without _explicit
        code().push_back(std::move(made));
    }

    void guard() {
        need_word("(");
        instruction decision;
        decision.what = verb::set;
        decision.value = either();
        need_word(")");
        decision.target = temporary();
        int const decided = decision.target;
        code().push_back(std::move(decision));
        guarded(variable(decided));
        if (!take("else")) return;
        expression otherwise = variable(decided);
        otherwise.push_back({kind::negate, 0});
        guarded(std::move(otherwise));
    }

    void guarded(expression value) {
        std::size_t const place = code().size();
        instruction made;
        made.what = verb::skip;
        made.value = std::move(value);
        code().push_back(std::move(made));
        statement();
        code()[place].length = static_cast<int>(code().size() - place) - 1;
    }

    // Expressions ---------------------------------------------------------------------------------

    expression joined(expression left, expression const& right, kind how) {
        left.insert(left.end(), right.begin(), right.end());
        left.push_back({how, 0});
        return left;
    }

    /// The right side of && and || is evaluated only sometimes: no operation may stand there.
    expression right_side(expression (reader::*read)()) {
        std::size_t const before = code().size();
        int const where = line();
        expression made = (this->*read)();
        if (code().size() != before)
            fail_at(where, "an operation on memory right of && or ||: write a second if");
        return made;
    }

    expression either() {
        expression made = both();
        while (take("||")) made = joined(made, right_side(&reader::both), kind::either);
        return made;
    }
    expression both() {
        expression made = bits();
        while (take("&&")) made = joined(made, right_side(&reader::bits), kind::both);
        return made;
    }
    expression bits() {
        expression made = comparison();
        for (;;) {
            if (take("|")) made = joined(made, comparison(), kind::bit_or);
            else if (take("^")) made = joined(made, comparison(), kind::exclusive_or);
            else if (take("&")) made = joined(made, comparison(), kind::bit_and);
            else return made;
        }
    }
    expression comparison() {
        expression made = sum();
        struct sign {
            char const* text;
            kind what;
        };
        for (sign const each : {sign{"==", kind::equal}, sign{"!=", kind::unequal},
                                sign{"<=", kind::at_most}, sign{">=", kind::at_least},
                                sign{"<", kind::less}, sign{">", kind::greater}}) {
            if (take(each.text)) return joined(made, sum(), each.what);
        }
        return made;
    }
    expression sum() {
        expression made = product();
        for (;;) {
            if (take("+")) made = joined(made, product(), kind::add);
            else if (take("-")) made = joined(made, product(), kind::subtract);
            else return made;
        }
    }
    expression product() {
        expression made = single();
        while (take("*")) made = joined(made, single(), kind::multiply);
        return made;
    }

    expression single() {
        if (take("(")) {
            expression made = either();
            need_word(")");
            return made;
        }
        if (take("!")) {
            expression made = single();
            made.push_back({kind::negate, 0});
            return made;
        }
        if (word() == "-" || is_number(word())) return constant(need_number());
        if (take("*")) return load_through();
        if (is_name(word()) && word(1) == "(") return call();
        if (!is_name(word())) fail("a value");
        if (shared_.contains(word()))
            fail_here("\"" + word() + "\" is a pointer: write *" + word());
        int const which = local(word(), false);
        ++at_;
        return variable(which);
    }

    expression load_through() {
        instruction made;
        made.object = pointed();
        made.what = is_atomic(made.object) ? verb::load : verb::read;
        made.order = std::memory_order_seq_cst;
        made.target = temporary();
        int const into = made.target;
        code().push_back(std::move(made));
        return variable(into);
    }

    // Operations ----------------------------------------------------------------------------------

    std::memory_order order() {
        static std::map<std::string, std::memory_order> const known = {
            {"memory_order_relaxed", std::memory_order_relaxed},
            {"memory_order_acquire", std::memory_order_acquire},
            {"memory_order_release", std::memory_order_release},
            {"memory_order_acq_rel", std::memory_order_acq_rel},
            {"memory_order_seq_cst", std::memory_order_seq_cst}};
        if (word() == "memory_order_consume")
            fail_here("memory_order_consume is not understood: C++26 has it no more");
        auto const found = known.find(word());
        if (found == known.end()) fail("a memory order");
        ++at_;
        return found->second;
    }

    void check_order(std::memory_order which, bool may_acquire, bool may_release, int where) {
        bool const acquires = which == std::memory_order_acquire;
        bool const releases = which == std::memory_order_release;
        bool const is_both = which == std::memory_order_acq_rel;
        if ((acquires && !may_acquire) || (releases && !may_release) ||
            (is_both && !(may_acquire && may_release)))
            fail_at(where, std::string("an operation that does not ") +
                               (may_acquire ? "store" : "load") + " cannot be " + to_text(which));
    }

    expression call() {
        int const where = line();
        std::string name = need_name("a function");
        need_word("(");
        if (name == "atomic_thread_fence" || name == "fence") {
            instruction made;
            made.what = verb::fence;
            made.order = order();
            need_word(")");
            code().push_back(std::move(made));
            return constant(0);
        }
        bool const is_explicit = name.ends_with("_explicit");
        if (is_explicit) name.resize(name.size() - std::string_view("_explicit").size());
        for (operation const& each : operations) {
            if (name == "atomic_" + std::string(each.name)) return called(each, is_explicit, where);
        }
        fail_at(where, "\"" + name + "\" is not understood");
    }

    expression called(operation const& which, bool is_explicit, int where) {
        instruction made;
        made.what = which.what;
        made.how = which.how;
        (void)take("&");
        made.object = pointed();
        if (!is_atomic(made.object))
            fail_at(where, "\"" + made_.what.objects[static_cast<std::size_t>(made.object)].name +
                               "\" is not atomic: its parameter is no atomic_int*");
        bool const exchanges = which.orders == 2;
        std::optional<int> expected_object;
        if (exchanges) {
            need_word(",");
            expected_object = expected(made);
        }
        if (which.values > 0) {
            need_word(",");
            made.value = either();
        }
        made.order = made.failure = std::memory_order_seq_cst;
        if (is_explicit) {
            need_word(",");
            made.order = order();
            if (exchanges) {
                need_word(",");
                made.failure = order();
            }
        }
        need_word(")");
        check_order(made.order, which.what != verb::store, which.what != verb::load, where);
        if (exchanges) check_order(made.failure, true, false, where);
        return finish(std::move(made), expected_object);
    }

    /// &r, a local variable; or e, a pointer to a plain object. Sets what is compared with.
    std::optional<int> expected(instruction& made) {
        if (take("&")) {
            made.target = local(need_name("a local variable"), false);
            made.expected = variable(made.target);
            return std::nullopt;
        }
        int const object = pointed();
        if (is_atomic(object)) fail_here("what a compare_exchange expects is not atomic");
        instruction before;
        before.what = verb::read;
        before.object = object;
        before.target = temporary();
        made.target = before.target;
        made.expected = variable(before.target);
        code().push_back(std::move(before));
        return object;
    }

    expression finish(instruction made, std::optional<int> expected_object) {
        if (made.what == verb::store) {
            code().push_back(std::move(made));
            return constant(0);
        }
        if (made.what == verb::load || made.what == verb::modify) {
            made.target = temporary();
            int const into = made.target;
            code().push_back(std::move(made));
            return variable(into);
        }
        made.succeeded = temporary();
        int const succeeded = made.succeeded;
        int const seen = made.target;
        code().push_back(std::move(made));
        if (expected_object) {  // where it fails, what was seen is written back
            instruction skip;
            skip.what = verb::skip;
            skip.value = variable(succeeded);
            skip.value.push_back({kind::negate, 0});
            skip.length = 1;
            code().push_back(std::move(skip));
            instruction write;
            write.what = verb::write;
            write.object = *expected_object;
            write.value = variable(seen);
            code().push_back(std::move(write));
        }
        return variable(succeeded);
    }

    // The condition -------------------------------------------------------------------------------

    void locations() {
        while (word() != "]") {
            if (word().empty()) fail("\"]\"");
            ++at_;
        }
        ++at_;
    }

    void final_condition() {
        bool const negated = take("~");
        made_.about_text = "true";
        if (at_ == words_.size() && !negated) return;
        made_.about_text.clear();
        if (take("exists")) made_.how = negated ? quantifier::not_exists : quantifier::exists;
        else if (!negated && take("forall")) made_.how = quantifier::forall;
        else fail("\"exists\", \"~exists\" or \"forall\"");
        std::size_t const begun = at_;
        any();
        for (std::size_t each = begun; each < at_; ++each)
            made_.about_text += (each == begun ? "" : " ") + words_[each].text;
    }

    void any() {
        all();
        while (take("\\/")) {
            all();
            made_.about.push_back({part::either});
        }
    }
    void all() {
        one();
        while (take("/\\")) {
            one();
            made_.about.push_back({part::both});
        }
    }
    void one() {
        if (take("(")) {
            any();
            need_word(")");
        } else if (take("~") || take("not")) {
            one();
            made_.about.push_back({part::negate});
        } else if (take("true")) {
            made_.about.push_back({part::always});
        } else if (take("false")) {
            made_.about.push_back({part::never});
        } else {
            atom();
        }
    }

    void atom() {
        condition_term made{part::equals, -1, 0};
        if (is_number(word()) && word(1) == ":") {
            std::string const name = word() + ":" + word(2);
            auto const& registers = made_.what.registers;
            auto const found = std::ranges::find(registers, name);
            if (found == registers.end()) fail_here("no thread has a register " + name);
            made.place = static_cast<int>(found - registers.begin());
            at_ += 3;
        } else {
            bool const bracketed = take("[");
            std::string const name = need_name("a register (0:r0) or an object");
            if (bracketed) need_word("]");
            auto const found = std::ranges::find(made_.what.objects, name, &object::name);
            if (found == made_.what.objects.end()) fail_here("no thread has an object " + name);
            made.place = static_cast<int>(made_.what.registers.size()) +
                         static_cast<int>(found - made_.what.objects.begin());
        }
        bool const differs = take("!=");
        if (!differs && !take("==")) need_word("=");
        made.value = need_number();
        made_.about.push_back(made);
        if (differs) made_.about.push_back({part::negate});
    }

    std::string name_;
    std::vector<litmus_word> words_;
    std::size_t at_ = 0;
    int last_line_ = 1;
    litmus_file made_;
    std::map<std::string, int> first_values_;
    std::map<std::string, int> shared_;  // of this thread: its parameters
    std::map<std::string, int> locals_;
    int temporaries_ = 0;
};

}  // namespace

bool holds(condition const& what, outcome const& ends) {
    std::vector<bool> stack;
    for (condition_term const& each : what) {
        if (each.what == part::equals)
            stack.push_back(ends[static_cast<std::size_t>(each.place)] == each.value);
        else if (each.what == part::always || each.what == part::never)
            stack.push_back(each.what == part::always);
        else if (each.what == part::negate) stack.back() = !stack.back();
        else {
            bool const right = stack.back();
            stack.pop_back();
            stack.back() = each.what == part::both ? stack.back() && right : stack.back() || right;
        }
    }
    return stack.empty() || stack.back();
}

litmus_file read_litmus(std::string_view text, std::string const& name) {
    return reader(text, name).read();
}

bool litmus_verdict::is_true(quantifier how) const {
    if (how == quantifier::exists) return positive > 0;
    return how == quantifier::not_exists ? positive == 0 : negative == 0;
}

litmus_verdict judge_litmus(litmus_file const& file, std::set<outcome> const& all) {
    litmus_verdict made;
    for (outcome const& each : all) ++(holds(file.about, each) ? made.positive : made.negative);
    return made;
}

std::string to_text(litmus_file const& file, outcome const& ends) {
    std::string text;
    for (std::size_t each = 0; each < ends.size(); ++each) {
        auto const& registers = file.what.registers;
        std::string const& name = each < registers.size()
                                      ? registers[each]
                                      : file.what.objects[each - registers.size()].name;
        if (name.find('$') != std::string::npos) continue;
        text += (text.empty() ? "" : " ") + name + "=" + std::to_string(ends[each]);
    }
    return text;
}

}  // namespace racekit::oracle
