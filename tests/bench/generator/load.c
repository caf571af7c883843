// Loads servers of lines, or of HTTP, over many connections, checks every reply, and prints what it measured as
// one line of JSON. Two ways to send: so many requests under way on each connection (`--depth`), or
// so many a second (`--rate`), where latency counts from when a request was due, sent or not, so that
// a server that stalls is not spared the requests that it kept from being sent.

#define _GNU_SOURCE
#include "histogram.h"
#include "requests.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_PORTS = 64, MAX_EVENTS = 256, MAX_WAITING = 1024, REPLY_BYTES = 1 << 18 };
enum { PATIENCE_MS = 10000 };

struct waiting {
  uint64_t due_ns;
  uint32_t length;
  char line[MAX_REQUEST];
};

struct connection {
  int fd, port;
  bool wants_out;
  struct waiting *ring;  // Requests without a reply yet, `head` the oldest.
  uint32_t head, count;
  char *out, *in;
  size_t out_at, out_end, in_end;
};

static struct {
  struct source source;
  int ports[MAX_PORTS], port_count;
  uint32_t connections, depth;
  double seconds, warmup, rate;
  uint64_t requests;
} options = {.source = {.kind = IAMAT, .clients = 10000, .tail = "10 20"},
             .connections = 1,
             .depth = 1,
             .seconds = 1};

static struct connection *connections;
static int epoll;
static struct histogram latencies;
static uint64_t sent, answered;
static bool sending = true;

static void fail(const char *what, const char *detail) {
  fprintf(stderr, "load: %s: %s\n", what, detail);
  exit(1);
}

static void fail_reply(const struct connection *it, const char *request, const char *reply) {
  size_t length = strcspn(reply, "\n");
  fprintf(stderr, "load: wrong reply from port %d to '%.*s': '%.*s'\n", it->port,
          (int)strcspn(request, "\n"), request, (int)(length < 200 ? length : 200), reply);
  exit(1);
}

static void open_connection(struct connection *it, int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  it->port = port;
  it->fd = socket(AF_INET, SOCK_STREAM, 0);
  if (it->fd < 0 || connect(it->fd, (struct sockaddr *)&address, sizeof address) != 0) {
    fail("cannot connect", strerror(errno));
  }
  int on = 1;
  setsockopt(it->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  it->ring = calloc(MAX_WAITING, sizeof *it->ring);
  it->out = malloc((size_t)MAX_WAITING * MAX_REQUEST);
  it->in = malloc(REPLY_BYTES + 1);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = it};
  if (it->ring == NULL || it->out == NULL || it->in == NULL ||
      epoll_ctl(epoll, EPOLL_CTL_ADD, it->fd, &event) != 0) {
    fail("cannot open a connection", strerror(errno));
  }
}

static void watch_out(struct connection *it, bool wanted) {
  if (it->wants_out == wanted) return;
  it->wants_out = wanted;
  struct epoll_event event = {.events = EPOLLIN | (wanted ? EPOLLOUT : 0), .data.ptr = it};
  epoll_ctl(epoll, EPOLL_CTL_MOD, it->fd, &event);
}

static void flush(struct connection *it) {
  while (it->out_at < it->out_end) {
    ssize_t count = send(it->fd, it->out + it->out_at, it->out_end - it->out_at,
                         MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0 && errno == EAGAIN) return watch_out(it, true);
    if (count < 0) fail("cannot send", strerror(errno));
    it->out_at += (size_t)count;
  }
  it->out_at = it->out_end = 0;
  watch_out(it, false);
}

// Puts one request, due at `due_ns`, into the connection's buffer.
static void add_request(struct connection *it, uint64_t due_ns, uint64_t now_ns) {
  struct waiting *next = &it->ring[(it->head + it->count++) % MAX_WAITING];
  next->due_ns = due_ns;
  next->length = make_request(&options.source, now_ns, next->line);
  memcpy(it->out + it->out_end, next->line, next->length);
  it->out_end += next->length;
  sent++;
}

static bool may_send(void) {
  return sending && (options.requests == 0 || sent < options.requests);
}

static void send_depth(struct connection *it) {
  uint64_t due_ns = monotonic_ns(), now_ns = clock_ns(CLOCK_REALTIME);
  while (it->count < options.depth && may_send()) add_request(it, due_ns, now_ns);
  flush(it);
}

// Takes all whole replies out of what was read.
static void take_replies(struct connection *it) {
  uint64_t now = monotonic_ns();
  size_t at = 0;
  while (at < it->in_end) {
    struct waiting *oldest = &it->ring[it->head];
    it->in[it->in_end] = 0;
    if (it->count == 0) fail_reply(it, "(nothing was asked)", it->in + at);
    int64_t length = check_reply(options.source.kind, oldest->line, oldest->length, it->in + at,
                                 it->in_end - at);
    if (length == WRONG) fail_reply(it, oldest->line, it->in + at);
    if (length == INCOMPLETE) break;
    record(&latencies, now - oldest->due_ns);
    at += (size_t)length;
    it->head = (it->head + 1) % MAX_WAITING;
    it->count--;
    answered++;
  }
  it->in_end -= at;
  if (it->in_end > 0) memmove(it->in, it->in + at, it->in_end);
  if (it->in_end == REPLY_BYTES) fail("a reply does not end", "");
}

static void receive(struct connection *it) {
  ssize_t count = recv(it->fd, it->in + it->in_end, REPLY_BYTES - it->in_end, MSG_DONTWAIT);
  if (count < 0 && errno == EAGAIN) return;
  if (count < 0) fail("cannot receive", strerror(errno));
  if (count == 0) fail("the server closed a connection", "");
  it->in_end += (size_t)count;
  take_replies(it);
  if (options.rate == 0 && it->count == 0) send_depth(it);
}

// Sends what is due by now, in turns over the connections; returns when the next one is due.
static uint64_t send_due(uint64_t start_ns) {
  static uint64_t scheduled;
  double interval_ns = 1e9 / options.rate;
  for (;;) {
    uint64_t due_ns = start_ns + (uint64_t)((double)scheduled * interval_ns);
    if (due_ns > monotonic_ns() || !may_send()) return due_ns;
    struct connection *it = &connections[scheduled % options.connections];
    // A connection that holds as much as it can waits, and with it all after it: they stay due.
    if (it->count == MAX_WAITING) return due_ns + 100000;
    add_request(it, due_ns, clock_ns(CLOCK_REALTIME));
    if (it->out_at == 0) flush(it);
    scheduled++;
  }
}

static void wait_for_events(uint64_t until_ns) {
  struct epoll_event events[MAX_EVENTS];
  uint64_t now = monotonic_ns();
  uint64_t wait_ns = until_ns > now ? until_ns - now : 0;
  struct timespec timeout = {.tv_sec = (time_t)(wait_ns / 1000000000u),
                             .tv_nsec = (long)(wait_ns % 1000000000u)};
  int count = epoll_pwait2(epoll, events, MAX_EVENTS, &timeout, NULL);
  for (int i = 0; i < count; i++) {
    struct connection *it = events[i].data.ptr;
    if (events[i].events & EPOLLOUT) flush(it);
    if (events[i].events & ~(uint32_t)EPOLLOUT) receive(it);
  }
}

static void run_until(uint64_t end_ns, uint64_t start_ns) {
  while (may_send()) {
    uint64_t now = monotonic_ns();
    if (now >= end_ns) return;
    uint64_t next = options.rate > 0 ? send_due(start_ns) : end_ns;
    wait_for_events(next < end_ns ? next : end_ns);
  }
}

static void wait_for_rest(void) {
  sending = false;
  uint64_t deadline = monotonic_ns() + PATIENCE_MS * 1000000ull;
  while (answered < sent) {
    if (monotonic_ns() > deadline) fail("replies are missing", "waited 10 s");
    wait_for_events(monotonic_ns() + 100000000u);
  }
}

static double cpu_seconds(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static enum kind parse_kind(const char *text) {
  static const char *const names[] = {"iamat", "invalid", "whatsat", "echo",
                                      "put",   "get",     "near"};
  for (int i = 0; i < 7; i++) {
    if (strcmp(text, names[i]) == 0) return (enum kind)i;
  }
  fail("unknown kind", text);
  return IAMAT;
}

static void parse_option(const char *name, char *value) {
  if (strcmp(name, "--kind") == 0) options.source.kind = parse_kind(value);
  else if (strcmp(name, "--connections") == 0) options.connections = (uint32_t)atol(value);
  else if (strcmp(name, "--depth") == 0) options.depth = (uint32_t)atol(value);
  else if (strcmp(name, "--seconds") == 0) options.seconds = atof(value);
  else if (strcmp(name, "--warmup") == 0) options.warmup = atof(value);
  else if (strcmp(name, "--rate") == 0) options.rate = atof(value);
  else if (strcmp(name, "--requests") == 0) options.requests = strtoull(value, NULL, 10);
  else if (strcmp(name, "--first") == 0) options.source.first = strtoull(value, NULL, 10);
  else if (strcmp(name, "--clients") == 0) options.source.clients = strtoull(value, NULL, 10);
  else if (strcmp(name, "--in-order") == 0) options.source.in_order = strcmp(value, "yes") == 0;
  else if (strcmp(name, "--tail") == 0) options.source.tail = value;
  else if (strcmp(name, "--ports") == 0) {
    for (char *port = strtok(value, ","); port != NULL; port = strtok(NULL, ",")) {
      if (options.port_count < MAX_PORTS) options.ports[options.port_count++] = atoi(port);
    }
  } else fail("unknown option", name);
}

int main(int count, char **arguments) {
  for (int i = 1; i + 1 < count; i += 2) parse_option(arguments[i], arguments[i + 1]);
  if (options.port_count == 0 || options.connections == 0) fail("nothing to load", "give --ports");
  if (options.depth > MAX_WAITING) fail("too many under way", "--depth");
  options.source.random = clock_ns(CLOCK_REALTIME) | 1;
  epoll = epoll_create1(0);
  connections = calloc(options.connections, sizeof *connections);
  for (uint32_t i = 0; i < options.connections; i++) {
    open_connection(&connections[i], options.ports[i % (uint32_t)options.port_count]);
  }
  uint64_t start_ns = monotonic_ns();
  if (options.rate == 0) {
    for (uint32_t i = 0; i < options.connections; i++) send_depth(&connections[i]);
  }
  uint64_t measured_ns = start_ns + (uint64_t)(options.warmup * 1e9);
  run_until(measured_ns, start_ns);
  clear(&latencies);
  uint64_t answered_before = answered;
  double cpu_before = cpu_seconds();
  measured_ns = monotonic_ns();
  run_until(options.requests > 0 ? UINT64_MAX : measured_ns + (uint64_t)(options.seconds * 1e9),
            start_ns);
  if (options.requests > 0) wait_for_rest();
  double seconds = (double)(monotonic_ns() - measured_ns) / 1e9;
  uint64_t requests = answered - answered_before;
  double cpu = cpu_seconds() - cpu_before;
  wait_for_rest();
  printf("{\"requests\":%llu,\"allRequests\":%llu,\"seconds\":%.6f,\"cpuSeconds\":%.6f,",
         (unsigned long long)requests, (unsigned long long)answered, seconds, cpu);
  print_histogram(&latencies);
  printf("}\n");
  return 0;
}
