/* list.h - walk a list of words split by commas
 * SPDX-License-Identifier: MIT */
#ifndef NAI_LIST_H
#define NAI_LIST_H

#include <stddef.h>
#include <string.h>

/*
 * nai_list_next - the next word of a list, or NULL after the last.
 *
 * at  in,out  where the walk stands; starts as the list, NULL at the end
 * n   out     length of the word, which is not terminated; an empty word has length 0
 */
static inline const char *nai_list_next(const char **at, size_t *n)
{
    const char *const word = *at;

    if (!word)
        return NULL;
    *n = strcspn(word, ",");
    *at = word[*n] ? word + *n + 1 : NULL;
    return word;
}

/* nai_list_count - how many words; 0 for NULL. */
static inline size_t nai_list_count(const char *list)
{
    size_t words = 0, n;

    while (nai_list_next(&list, &n))
        words++;
    return words;
}

#endif
