// SPDX-License-Identifier: MIT
#include "mutation.hpp"

#include "model/runtime/crash_guard.hpp"

#include <racekit/enrolment.hpp>

#include <algorithm>
#include <cstddef>
#include <deque>

namespace racekit::mutation {
namespace {

/// A scenario keeps pointers to its texts; these last as long as the program.
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

struct catcher {
    std::size_t client = 0;
    bool passes = true;
};

/// The client of the pair: the first that catches the mutant.
catcher catching_client(mutant const& which) {
    model::crash_guard const watching;
    trial until(true, trial::mode::deciding);
    which.clients(until);
    if (!until.caught()) return {};
    return {until.results().size() - 1, until.results().back().passes};
}

std::vector<enlisted> clients_over(clients_of orders) {
    trial none(true, trial::mode::none);
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
        catcher const caught = matters ? catching_client(each) : catcher();
        enlisted const racy = clients_over(each.clients).at(caught.client);
        pair.count = racy.config.threads;
        pair.spawned = racy.config.spawned;
        pair.mortal = racy.config.mortal;
        pair.racy = racy.maker;
        pair.fixed = fixed.at(caught.client).maker;
        bool const is_step = std::string(each.to) == "left out";
        pair.about.title = kept(std::string(each.name) + " " + each.from + " -> " + each.to +
                                (matters ? ", caught by '" + racy.client + "'" : ""));
        pair.about.bug_class = is_step ? "step left out" : "memory order";
        // An order matters only in some executions; without a step all of them may fail.
        if (is_step && !caught.passes)
            pair.about.never_passes = "without the step every execution fails";
        bool const is_beyond = *each.beyond != '\0';
        pair.about.model = is_beyond ? static_cast<promise const&>(blind) : finds;
        pair.about.blind_why = each.beyond;
        pair.about.stress = absent("a pair of orders is for the model only");
        pair.about.tsan = absent("a pair of orders is for the model only");
        enrolled const done(pair);
    }
}

}  // namespace racekit::mutation
