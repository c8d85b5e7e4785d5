/* threads.h - how many threads there are to use
 * SPDX-License-Identifier: MIT */
#ifndef NAI_THREADS_H
#define NAI_THREADS_H

/* nai_threads_default - the CPUs this process may run on, at least 1. */
int nai_threads_default(void);

#endif
