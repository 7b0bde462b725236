// SPDX-License-Identifier: MIT
#include "mutation.hpp"

#include "model/runtime/crash_guard.hpp"

#include <racekit/enrolment.hpp>

#include <algorithm>
#include <cstddef>
#include <deque>

namespace racekit::mutation {
namespace {

/// Scenarios are told by pointers; these last as long as the program.
char const* kept(std::string text) {
    static std::deque<std::string> all;
    return all.emplace_back(std::move(text)).c_str();
}

std::string name_of(subject const& what, mutant const& which) {
    auto const same = [&](mutant const& each) { return std::string(each.name) == which.name; };
    std::string const name = std::string(what.name) + "." + which.name;
    bool const alone = std::count_if(what.mutants.begin(), what.mutants.end(), same) == 1;
    return alone ? name : name + "." + which.to;
}

struct teller {
    std::size_t client = 0;
    bool passes = true;
};

/// Which client tells the pair: the first that catches the mutant.
teller teller_of(mutant const& which) {
    model::crash_guard const watching;
    trial until(true, trial::playing::telling);
    which.clients(until);
    if (!until.caught()) return {};
    return {until.results().size() - 1, until.results().back().passes};
}

std::vector<enlisted> clients_over(clients_of orders) {
    trial none(true, trial::playing::none);
    orders(none);
    return none.clients();
}

}  // namespace

void enrol_pairs(subject const& what, char const* wanted) {
    std::vector<enlisted> const fixed = clients_over(what.original);
    for (mutant const& each : what.mutants) {
        scenario pair;
        pair.name = kept(name_of(what, each));
        pair.family = what.family;
        pair.file = what.file;
        bool const matters = pair.id() == wanted || std::string(pair.name) == wanted;
        teller const told = matters ? teller_of(each) : teller();
        enlisted const racy = clients_over(each.clients).at(told.client);
        pair.count = racy.config.threads;
        pair.mortal = racy.config.mortal;
        pair.racy = racy.maker;
        pair.fixed = fixed.at(told.client).maker;
        bool const is_step = std::string(each.to) == "left out";
        pair.about.title = kept(std::string(each.name) + " " + each.from + " -> " + each.to +
                                (matters ? ", told by '" + racy.client + "'" : ""));
        pair.about.bug_class = is_step ? "step left out" : "memory order";
        // Orders matter only in some executions; without a step it may be wrong in all.
        if (is_step && !told.passes)
            pair.about.never_passes = "without the step it is wrong whatever the others do";
        bool const is_beyond = *each.beyond != '\0';
        pair.about.model = is_beyond ? blind : finds;
        pair.about.blind_why = each.beyond;
        pair.about.stress = absent("a pair of orders is told to the model");
        pair.about.tsan = absent("a pair of orders is told to the model");
        enrolled const done(pair);
    }
}

}  // namespace racekit::mutation
