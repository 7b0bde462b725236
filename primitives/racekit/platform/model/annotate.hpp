// SPDX-License-Identifier: MIT
// Lock-order annotations mean nothing to the model, which finds the deadlock itself.
#pragma once

#include <racekit/platform/silent_annotate.hpp>
