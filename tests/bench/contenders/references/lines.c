// IAMAT in C: finds each line, checks its form, keeps the newest of each client in a hash table, and
// answers with the skew. The least that a server with this job can do, and so the limit of what one can
// reach. No flooding, no WHATSAT.

#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "listen.h"

enum { BUFFER = 1 << 16, MAX_LINE = 1024, SLOTS = 1 << 21, MAX_FD = 1 << 16 };

// A client's newest update.
struct record {
  int64_t sent;  // nanoseconds since 1970
  uint16_t id_length, length;
  char body[];  // id, location and time, as they were told
};

// What a connection has sent of a line that is not over.
struct rest {
  size_t length;
  char bytes[MAX_LINE];
};

static struct record *table[SLOTS];
static struct rest *rests[MAX_FD];

static const char *number(const char *at, double limit) {
  double value = 0, unit = 1;
  const char *start = at;
  for (; *at >= '0' && *at <= '9'; at++) value = value * 10 + (*at - '0');
  if (at == start) return NULL;
  if (*at == '.') {
    start = ++at;
    for (; *at >= '0' && *at <= '9'; at++) value += (*at - '0') * (unit /= 10);
    if (at == start) return NULL;
  }
  return value <= limit ? at : NULL;
}

static const char *location(const char *at) {
  static const double limits[] = {90, 180};
  for (int i = 0; at != NULL && i < 2; i++) {
    at = *at == '+' || *at == '-' ? number(at + 1, limits[i]) : NULL;
  }
  return at;
}

static const char *instant(const char *at, int64_t *nanos) {
  const char *start = at;
  int64_t value = 0, unit = 1000000000;
  for (; *at >= '0' && *at <= '9'; at++) value = value * 10 + (*at - '0');
  if (at == start || at - start > 9 + 3) return NULL;
  value *= unit;
  if (*at == '.') {
    start = ++at;
    for (; *at >= '0' && *at <= '9'; at++) value += (*at - '0') * (unit /= 10);
    if (at == start) return NULL;
  }
  *nanos = value;
  return at;
}

static void keep(const char *body, size_t id_length, size_t length, int64_t sent) {
  uint64_t hash = 14695981039346656037u;
  for (size_t i = 0; i < id_length; i++) hash = (hash ^ (unsigned char)body[i]) * 1099511628211u;
  size_t slot = (hash ^ hash >> 32) & (SLOTS - 1);
  struct record *it;
  for (; (it = table[slot]) != NULL; slot = (slot + 1) & (SLOTS - 1)) {
    if (it->id_length == id_length && memcmp(it->body, body, id_length) == 0) break;
  }
  if (it != NULL && it->sent >= sent) return;
  if (it == NULL || it->length < length) {
    table[slot] = it = realloc(it, sizeof *it + length);
    if (it == NULL) abort();
  }
  it->sent = sent;
  it->id_length = (uint16_t)id_length;
  it->length = (uint16_t)length;
  memcpy(it->body, body, length);
}

// Answers one line, which ends with a newline; returns where the reply ends.
static char *answer(const char *line, size_t length, char *reply) {
  static const char command[] = "IAMAT ", name[] = "AT C ";
  const char *id = line + sizeof command - 1, *end = line + length - 1, *at;
  int64_t sent;
  if (length < sizeof command || memcmp(line, command, sizeof command - 1) != 0) goto invalid;
  at = memchr(id, ' ', (size_t)(end - id));
  if (at == NULL || at == id) goto invalid;
  size_t id_length = (size_t)(at - id);
  if ((at = location(at + 1)) == NULL || *at != ' ') goto invalid;
  if ((at = instant(at + 1, &sent)) != end) goto invalid;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  int64_t skew = now.tv_sec * 1000000000 + now.tv_nsec - sent;
  size_t body = (size_t)(end - id);
  keep(id, id_length, body, sent);
  memcpy(reply, name, sizeof name - 1);
  reply += sizeof name - 1;
  *reply++ = skew < 0 ? '-' : '+';
  uint64_t size = skew < 0 ? -(uint64_t)skew : (uint64_t)skew;
  char digits[24], *digit = digits + sizeof digits;
  for (int i = 0; i < 10 || size > 0; i++, size /= 10) {
    if (i == 9) *--digit = '.';
    *--digit = (char)('0' + size % 10);
  }
  size_t count = (size_t)(digits + sizeof digits - digit);
  memcpy(reply, digit, count);
  reply += count;
  *reply++ = ' ';
  memcpy(reply, id, body + 1);
  return reply + body + 1;
invalid:
  memcpy(reply, "? ", 2);
  memcpy(reply + 2, line, length);
  return reply + 2 + length;
}

static int send_all(int fd, const char *bytes, const char *end) {
  while (bytes < end) {
    ssize_t written = send(fd, bytes, (size_t)(end - bytes), MSG_NOSIGNAL);
    if (written < 0) return 0;
    bytes += written;
  }
  return 1;
}

// Reads what is there, and answers each line that is over.
static int serve(int fd) {
  static char input[MAX_LINE + BUFFER + 1], output[2 * (MAX_LINE + BUFFER) + MAX_LINE];
  struct rest *rest = rests[fd];
  memcpy(input, rest->bytes, rest->length);
  ssize_t count = recv(fd, input + rest->length, BUFFER, MSG_DONTWAIT);
  if (count < 0 && errno == EAGAIN) return 1;
  if (count <= 0) return 0;
  char *line = input, *end = input + rest->length + count, *reply = output, *newline;
  *end = '\0';
  while ((newline = memchr(line, '\n', (size_t)(end - line))) != NULL) {
    reply = answer(line, (size_t)(newline + 1 - line), reply);
    line = newline + 1;
    if (reply > output + sizeof output / 2) {
      if (!send_all(fd, output, reply)) return 0;
      reply = output;
    }
  }
  rest->length = (size_t)(end - line);
  if (rest->length > MAX_LINE) return 0;
  memcpy(rest->bytes, line, rest->length);
  return send_all(fd, output, reply);
}

static int opened(int fd) {
  if (fd >= MAX_FD || (rests[fd] == NULL && (rests[fd] = malloc(sizeof **rests)) == NULL)) return 0;
  rests[fd]->length = 0;
  return 1;
}

int main(void) { return serve_forever(opened, serve); }
