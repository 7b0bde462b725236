// SPDX-License-Identifier: MIT
#include "refusal.hpp"

#include "places.hpp"

#include "model/core/execution.hpp"
#include "model/runtime/heap.hpp"

namespace racekit::unmodified {

void refuse(std::string const& what) {
    model::heap::outside const out;
    site const here = program_place();
    model::active().broken({"test body error",
                            model::no_object,
                            what,
                            {{"called here", here.file, here.line, false}}});
}

}  // namespace racekit::unmodified
