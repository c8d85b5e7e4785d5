/* nearest.h - which known word a misspelt one is meant to be
 * SPDX-License-Identifier: MIT */
#ifndef NAI_NEAREST_H
#define NAI_NEAREST_H

/* nai_nearest - the word most like `word`, or NULL when none is near. words: NULL-terminated. */
const char *nai_nearest(const char *word, const char *const *words);

/* nai_did_you_mean - " (did you mean 'x'?)" or "", in buf. Returns buf. */
const char *nai_did_you_mean(char buf[static 320], const char *word, const char *const *words);

#endif
