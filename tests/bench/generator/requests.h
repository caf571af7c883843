// The lines that a load sends, and whether a reply is the right one for a line. Every reply is looked
// at in full: a server that answers fast and wrong gets no figure.

#ifndef HERD_REQUESTS_H
#define HERD_REQUESTS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum kind { IAMAT, INVALID, WHATSAT, ECHO, PUT, GET, NEAR };
enum { MAX_REQUEST = 256 };

// What the lines are made of. `IAMAT c000000001234 +34.068930-118.445127 1520023934.918963997`: a
// client out of `clients`, a random place near Los Angeles, the present time and never the same twice.
struct source {
  enum kind kind;
  uint64_t first, clients;
  bool in_order;
  uint64_t made;
  uint64_t random;
  uint64_t last_time_ns;
  const char *tail;  // What follows the client of a WHATSAT; further parameters of NEAR.
};

static inline uint64_t clock_ns(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static inline uint64_t monotonic_ns(void) { return clock_ns(CLOCK_MONOTONIC); }

// Xorshift64* (Vigna, 2016).
static inline uint64_t next_random(struct source *it) {
  uint64_t x = it->random;
  x ^= x >> 12;
  x ^= x << 25;
  x ^= x >> 27;
  it->random = x;
  return x * 0x2545f4914f6cdd1du;
}

// Writes a number below 2^32 with leading zeros.
static inline char *put_digits(char *at, uint32_t value, int digits) {
  for (int i = digits - 1; i >= 0; i--) {
    at[i] = (char)('0' + value % 10);
    value /= 10;
  }
  return at + digits;
}

static inline char *put_text(char *at, const char *text) {
  return stpcpy(at, text);
}

static inline char *put_client(char *at, struct source *it) {
  uint64_t offset = it->in_order ? it->made % it->clients : (next_random(it) >> 11) % it->clients;
  at = put_text(at, "c0000");
  return put_digits(at, (uint32_t)(it->first + offset), 8);
}

// The present time, and never the same twice.
static inline void next_time(struct source *it, uint64_t now_ns) {
  it->last_time_ns = now_ns > it->last_time_ns ? now_ns : it->last_time_ns + 1;
}

static inline char *put_time(char *at, const struct source *it) {
  at = put_digits(at, (uint32_t)(it->last_time_ns / 1000000000u), 10);
  *at++ = '.';
  return put_digits(at, (uint32_t)(it->last_time_ns % 1000000000u), 9);
}

// Where the client is in the requests of HTTP that name one.
enum { HTTP_CLIENT_AT = 16, TIME_BYTES = 20 };

// Writes a request of the HTTP API: tells a client's location, asks for it, or for who is near.
static inline char *put_http(char *at, struct source *it) {
  uint64_t place = next_random(it);
  uint32_t north = (uint32_t)(place >> 8) % 1000000, west = (uint32_t)(place >> 40) % 1000000;
  if (it->kind == NEAR) {
    at = put_text(at, "GET /v1/clients?near=34.");
    at = put_text(put_digits(at, north, 6), ",-118.");
    at = put_text(put_digits(at, west, 6), "&");
    at = put_text(at, it->tail);
  } else {
    at = put_text(at, it->kind == PUT ? "PUT /v1/clients/" : "GET /v1/clients/");
    at = put_client(at, it);
    if (it->kind == PUT) at = put_text(at, "/location");
  }
  at = put_text(at, " HTTP/1.1\r\nHost: 127.0.0.1\r\n");
  if (it->kind != PUT) return put_text(at, "\r\n");
  at = put_text(at, "Content-Type: application/json\r\nContent-Length: 65\r\n\r\n{\"lat\":34.");
  at = put_text(put_digits(at, north, 6), ",\"lon\":-118.");
  at = put_text(put_digits(at, west, 6), ",\"time\":\"");
  return put_text(put_time(at, it), "\"}");
}

// Writes the next request, of lines with its newline, to `line`; returns its length. `now_ns` is POSIX
// time.
static inline uint32_t make_request(struct source *it, uint64_t now_ns, char *line) {
  char *at = line;
  if (it->kind >= PUT) {
    next_time(it, now_ns);
    at = put_http(at, it);
    it->made++;
    return (uint32_t)(at - line);
  }
  if (it->kind == WHATSAT) {
    at = put_text(at, "WHATSAT ");
    at = put_client(at, it);
    *at++ = ' ';
    at = put_text(at, it->tail);
  } else {
    uint64_t place = next_random(it);
    next_time(it, now_ns);
    at = put_text(at, it->kind == INVALID ? "IAMAS " : "IAMAT ");
    at = put_client(at, it);
    at = put_text(at, " +34.");
    at = put_digits(at, (uint32_t)(place >> 8) % 1000000, 6);
    at = put_text(at, "-118.");
    at = put_digits(at, (uint32_t)(place >> 40) % 1000000, 6);
    *at++ = ' ';
    at = put_time(at, it);
  }
  *at++ = '\n';
  it->made++;
  return (uint32_t)(at - line);
}

enum { INCOMPLETE = 0, WRONG = -1 };

static inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Whether the bytes are `AT <server> <sign><seconds>.<nine digits> ` and then `rest`.
static inline bool is_at_line(const char *line, size_t length, const char *rest, size_t rest_length) {
  if (length < rest_length + 16 || memcmp(line, "AT ", 3) != 0) return false;
  const char *skew_end = line + length - rest_length - 1;
  if (*skew_end != ' ' || memcmp(skew_end + 1, rest, rest_length) != 0) return false;
  const char *at = memchr(line + 3, ' ', (size_t)(skew_end - line - 3));
  if (at == NULL || at == line + 3) return false;
  if (*++at != '+' && *at != '-') return false;
  at++;
  const char *dot = skew_end - 10;
  if (dot <= at || *dot != '.') return false;
  for (; at < dot; at++) {
    if (!is_digit(*at)) return false;
  }
  for (at = dot + 1; at < skew_end; at++) {
    if (!is_digit(*at)) return false;
  }
  return true;
}

// Whether the AT line of a WHATSAT's reply is about the client that was asked for.
static inline bool is_about(const char *line, size_t length, const char *client) {
  const char *space = line;
  for (int i = 0; i < 3; i++) {
    space = memchr(space, ' ', (size_t)(line + length - space));
    if (space == NULL) return false;
    space++;
  }
  return (size_t)(line + length - space) > 13 && memcmp(space, client, 13) == 0;
}

// The number behind a field of an HTTP head, or -1.
static inline long field_number(const char *head, size_t length, const char *name) {
  size_t name_length = strlen(name);
  for (const char *at = head; (at = memchr(at, '\n', (size_t)(head + length - at))) != NULL;) {
    if ((size_t)(head + length - ++at) <= name_length) return -1;
    if (strncasecmp(at, name, name_length) == 0) return atol(at + name_length);
  }
  return -1;
}

// Whether JSON has a text under a key: `"key":"text"`.
static inline bool has_text(const char *json, size_t length, const char *key, const char *text,
                            size_t text_length) {
  const char *at = memmem(json, length, key, strlen(key));
  if (at == NULL) return false;
  at += strlen(key);
  return (size_t)(json + length - at) > text_length && memcmp(at, text, text_length) == 0;
}

// The same of a reply of HTTP: 200, with the length of its body in its head.
static inline int64_t check_http(enum kind kind, const char *request, uint32_t request_length,
                                 const char *bytes, size_t available) {
  const char *end = memmem(bytes, available, "\r\n\r\n", 4);
  if (end == NULL) return INCOMPLETE;
  size_t head_length = (size_t)(end - bytes) + 4;
  if (memcmp(bytes, "HTTP/1.1 200 ", 13) != 0) return WRONG;
  long body_length = field_number(bytes, head_length, "content-length:");
  if (body_length < 0) return WRONG;
  if (available < head_length + (size_t)body_length) return INCOMPLETE;
  const char *body = bytes + head_length;
  size_t length = (size_t)body_length;
  bool right;
  if (kind == NEAR) {
    right = length > 13 && memcmp(body, "{\"clients\":[", 12) == 0 && body[length - 1] == '}';
  } else {
    right = has_text(body, length, "\"id\":\"", request + HTTP_CLIENT_AT, 13);
    const char *time = request + request_length - 2 - TIME_BYTES;
    if (kind == PUT) right = right && has_text(body, length, "\"time\":\"", time, TIME_BYTES);
  }
  return right ? (int64_t)(head_length + length) : WRONG;
}

// The length of the reply that `bytes` begins with, or INCOMPLETE, or WRONG.
static inline int64_t check_reply(enum kind kind, const char *request, uint32_t request_length,
                                  const char *bytes, size_t available) {
  if (kind >= PUT) return check_http(kind, request, request_length, bytes, available);
  if (kind == ECHO) {
    if (available < request_length) return INCOMPLETE;
    return memcmp(bytes, request, request_length) == 0 ? (int64_t)request_length : WRONG;
  }
  const char *newline = memchr(bytes, '\n', available);
  if (newline == NULL) return INCOMPLETE;
  size_t length = (size_t)(newline - bytes) + 1;
  if (kind == IAMAT) {
    return is_at_line(bytes, length, request + 6, request_length - 6) ? (int64_t)length : WRONG;
  }
  if (kind == INVALID) {
    bool right = length == request_length + 2 && memcmp(bytes, "? ", 2) == 0 &&
                 memcmp(bytes + 2, request, request_length) == 0;
    return right ? (int64_t)length : WRONG;
  }
  if (!is_about(bytes, length, request + 8)) return WRONG;
  const char *end = memmem(newline + 1, available - length, "\n\n", 2);
  if (end == NULL) return INCOMPLETE;
  // The JSON ends with its status: `"status" : "OK"` or `"ZERO_RESULTS"` and a brace.
  size_t whole = (size_t)(end - bytes) + 2;
  const char *from = end - 40 > newline ? end - 40 : newline;
  bool right = newline[1] == '{' && end[-1] == '}' &&
               (memmem(from, (size_t)(end - from), "\"OK\"", 4) != NULL ||
                memmem(from, (size_t)(end - from), "\"ZERO_RESULTS\"", 14) != NULL);
  return right ? (int64_t)whole : WRONG;
}

#endif
