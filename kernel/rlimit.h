/* Resource limits. */
#pragma once

#include "kernel/task.h"

struct space;

/* The limits that the first task begins with: Linux's. */
void rlimits_init(struct rlimit limits[RLIM_NLIMITS]);
/* Write the limits that concern memory through to a space: after setrlimit, and for the new space of exec. */
void rlimits_apply(const struct rlimit limits[RLIM_NLIMITS], struct space *space);
