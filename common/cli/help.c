/* help.c - --help, --version and shell completion, from the option table
 * SPDX-License-Identifier: MIT */
#include "cli_internal.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>
#include <zstd.h>

#include "blas.h"

/* Everything printed is checked: a full disk is an error here too. */
_Noreturn static void finish(const struct nai_cli *c)
{
    const int failed = ferror(stdout);

    if (fclose(stdout) != 0 || failed) {
        fprintf(stderr, "%s: <stdout>: write failed\n", c->tool->name);
        exit(NAI_ESYSTEM);
    }
    exit(NAI_OK);
}

static void print_option(char key, const char *name, const char *arg, const char *help)
{
    char left[80];
    int n;

    n = snprintf(left, sizeof left, "%c%c%s--%s%s%s", key ? '-' : ' ', key ? key : ' ',
                 key ? ", " : "  ", name, arg ? " " : "", arg ? arg : "");
    if (n > 30)
        printf("  %s\n  %-30s %s\n", left, "", help);
    else
        printf("  %-30s %s\n", left, help);
}

_Noreturn void nai_help(const struct nai_cli *c, const struct nai_opt *all, size_t n)
{
    const struct nai_tool *const t = c->tool;

    printf("Usage: %s %s\n%s\n\n", t->name, t->synopsis, t->summary);
    for (size_t i = 0; i < n; i++)
        print_option(all[i].key, all[i].name, all[i].arg, all[i].help);
    print_option('h', "help", NULL, "print this help and exit");
    print_option('V', "version", NULL, "print the version and exit");
    if (t->example)
        printf("\nExample:\n  %s\n", t->example);
    printf("\nExit status: 0 complete, 1 system, 2 usage, 3 bad input, 4 numerical. See nai(7).\n");
    finish(c);
}

_Noreturn void nai_version(const struct nai_cli *c)
{
    char blas[160];

    printf("%s %s\n", c->tool->name, NAI_VERSION);
    printf("NTS 1.0, zstd %s, xxHash %u, jansson %s\n", ZSTD_versionString(), XXH_versionNumber(),
           jansson_version_str());
    if (c->tool->uses & NAI_USES_BLAS)
        printf("%s\n", nai_blas_text(blas));
    printf("devices: cpu\n");
    finish(c);
}

/* ---- completion ---- */

static void bash(const struct nai_tool *t, const struct nai_opt *all, size_t n)
{
    char fn[64];

    snprintf(fn, sizeof fn, "_%s", t->name);
    for (char *p = fn; *p; p++)
        *p = *p == '-' ? '_' : *p;
    printf("%s() {\n  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n", fn);
    printf("  case $prev in\n");
    for (size_t i = 0; i < n; i++)
        if (all[i].type == NAI_CHOICE) {
            printf("  --%s) COMPREPLY=($(compgen -W '", all[i].name);
            for (const char *p = all[i].arg; *p; p++)
                putchar(*p == '|' ? ' ' : *p);
            printf("' -- \"$cur\")); return;;\n");
        }
    printf("  esac\n  if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W '");
    for (size_t i = 0; i < n; i++)
        printf("--%s ", all[i].name);
    printf("--help --version' -- \"$cur\")); return; fi\n");
    if (t->operands) {
        printf("  if [[ $COMP_CWORD == 1 ]]; then COMPREPLY=($(compgen -W '");
        for (const char *p = t->operands; *p; p++)
            putchar(*p == '|' ? ' ' : *p);
        printf("' -- \"$cur\")); return; fi\n");
    }
    printf("  local IFS=$'\\n'; COMPREPLY=($(compgen -f -- \"$cur\"))\n}\ncomplete -o filenames -F "
           "%s %s\n",
           fn, t->name);
}

/* Text for a shell's single quotes, with `also` escaped by a backslash too. */
static void quoted(const char *s, const char *also)
{
    for (; *s; s++) {
        if (*s == '\'') {
            fputs("'\\''", stdout);
            continue;
        }
        if (strchr(also, *s))
            putchar('\\');
        putchar(*s);
    }
}

static void zsh(const struct nai_tool *t, const struct nai_opt *all, size_t n)
{
    printf("#compdef %s\n_arguments -s \\\n", t->name);
    for (size_t i = 0; i < n; i++) {
        if (all[i].key)
            printf("  '(-%c --%s)'{-%c,--%s}'[", all[i].key, all[i].name, all[i].key, all[i].name);
        else
            printf("  '--%s[", all[i].name);
        quoted(all[i].help, "[]:");
        putchar(']');
        if (all[i].type == NAI_CHOICE) {
            printf(":%s:(", all[i].name);
            for (const char *p = all[i].arg; *p; p++)
                putchar(*p == '|' ? ' ' : *p);
            putchar(')');
        } else if (all[i].type != NAI_FLAG) {
            printf(":%s:%s", all[i].arg, strcmp(all[i].arg, "FILE") == 0 ? "_files" : " ");
        }
        printf("' \\\n");
    }
    printf("  '(-h --help)'{-h,--help}'[print help]' '(-V --version)'{-V,--version}'[print the "
           "version]' \\\n");
    if (t->operands) {
        printf("  '1:kind:(");
        for (const char *p = t->operands; *p; p++)
            putchar(*p == '|' ? ' ' : *p);
        printf(")' \\\n");
    }
    printf("  '*:file:_files'\n");
}

static void fish(const struct nai_tool *t, const struct nai_opt *all, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        printf("complete -c %s -l %s", t->name, all[i].name);
        if (all[i].key)
            printf(" -s %c", all[i].key);
        if (all[i].type == NAI_CHOICE) {
            printf(" -x -a '");
            for (const char *p = all[i].arg; *p; p++)
                putchar(*p == '|' ? ' ' : *p);
            putchar('\'');
        } else if (all[i].type != NAI_FLAG) {
            printf(strcmp(all[i].arg, "FILE") == 0 ? " -r" : " -x");
        }
        printf(" -d '");
        quoted(all[i].help, "");
        printf("'\n");
    }
    if (t->operands) {
        printf("complete -c %s -n __fish_is_first_arg -a '", t->name);
        for (const char *p = t->operands; *p; p++)
            putchar(*p == '|' ? ' ' : *p);
        printf("'\n");
    }
    printf("complete -c %s -s h -l help -d 'print help'\n", t->name);
    printf("complete -c %s -s V -l version -d 'print the version'\n", t->name);
}

_Noreturn void nai_completion(const struct nai_cli *c, const struct nai_opt *all, size_t n,
                              const char *shell)
{
    if (strcmp(shell, "bash") == 0)
        bash(c->tool, all, n);
    else if (strcmp(shell, "zsh") == 0)
        zsh(c->tool, all, n);
    else if (strcmp(shell, "fish") == 0)
        fish(c->tool, all, n);
    else
        nai_usage(c, "--completion: '%.60s' is not one of bash|zsh|fish", shell);
    finish(c);
}
