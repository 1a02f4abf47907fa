/*
 * A bar on a terminal, for what takes long.
 */

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "consentctl.h"


#define CONSENTCTL_WAIT    1000     /* milliseconds before the first bar */
#define CONSENTCTL_REDRAW  100
#define CONSENTCTL_LOOK    256      /* lines between looks at the clock */
#define CONSENTCTL_WIDTH   30


static uint64_t consentctl_now(void);
static void consentctl_progress_draw(consentctl_progress_t *progress,
    uint64_t now);


void
consentctl_progress_start(consentctl_progress_t *progress, FILE *in)
{
    const char   *term;
    struct stat   st;

    memset(progress, 0, sizeof(consentctl_progress_t));

    term = getenv("TERM");

    if (!isatty(STDERR_FILENO) || isatty(STDOUT_FILENO) || isatty(fileno(in))
        || term == NULL || strcmp(term, "dumb") == 0)
    {
        return;
    }

    if (fstat(fileno(in), &st) == 0 && S_ISREG(st.st_mode)) {
        progress->total = (uint64_t) st.st_size;
    }

    progress->on = 1;
    progress->start = consentctl_now();
    progress->last = progress->start + CONSENTCTL_WAIT - CONSENTCTL_REDRAW;
}


static uint64_t
consentctl_now(void)
{
    struct timespec  ts;

    if (clock_gettime(CLOCK_MONOTONIC, &ts) != 0) {
        return 0;
    }

    return (uint64_t) ts.tv_sec * 1000 + (uint64_t) ts.tv_nsec / 1000000;
}


/* Of input that comes slowly, each line is a reason to look at the clock. */

void
consentctl_progress_line(consentctl_progress_t *progress, size_t n)
{
    uint64_t  now;

    if (!progress->on) {
        return;
    }

    progress->lines++;
    progress->bytes += n;

    if (progress->total && progress->lines % CONSENTCTL_LOOK != 0) {
        return;
    }

    now = consentctl_now();

    if (now >= progress->last + CONSENTCTL_REDRAW) {
        progress->last = now;
        consentctl_progress_draw(progress, now);
    }
}


static void
consentctl_progress_draw(consentctl_progress_t *progress, uint64_t now)
{
    unsigned  i, filled;
    uint64_t  passed, left;

    passed = now - progress->start;
    progress->drawn = 1;

    fputs("\r\033[K", stderr);

    if (progress->total && progress->bytes
        && progress->bytes <= progress->total)
    {
        filled = (unsigned) (progress->bytes * CONSENTCTL_WIDTH
                             / progress->total);
        left = passed * (progress->total - progress->bytes)
               / progress->bytes / 1000;

        putc('[', stderr);

        for (i = 0; i < CONSENTCTL_WIDTH; i++) {
            putc(i < filled ? '#' : '.', stderr);
        }

        fprintf(stderr, "] %3u %%  %u:%02u left  ",
                (unsigned) (progress->bytes * 100 / progress->total),
                (unsigned) (left / 60), (unsigned) (left % 60));
    }

    fprintf(stderr, "%lu lines, %lu a second", progress->lines,
            (unsigned long) (progress->lines * 1000
                             / (passed ? passed : 1)));
}


void
consentctl_progress_clear(consentctl_progress_t *progress)
{
    if (progress->drawn) {
        fputs("\r\033[K", stderr);
        progress->drawn = 0;
    }
}
