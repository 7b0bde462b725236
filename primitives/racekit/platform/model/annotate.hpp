// SPDX-License-Identifier: MIT
// The model needs no annotations of locks: it finds the deadlock itself.
#pragma once

#include <racekit/platform/silent_annotate.hpp>
