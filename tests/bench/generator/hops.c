// How long news travels: tells one server a client's location, and from its reply on asks another one
// for that client, again and again, until the answer has the new time. Prints the times as one line
// of JSON. What is measured includes the last question's way there and back.

#define _GNU_SOURCE
#include "histogram.h"
#include "requests.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REPLY_BYTES = 1 << 16, PATIENCE_MS = 10000 };

static void fail(const char *what, const char *detail) {
  fprintf(stderr, "hops: %s: %s\n", what, detail);
  exit(1);
}

static int open_connection(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  int on = 1;
  if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) {
    fail("cannot connect", strerror(errno));
  }
  return fd;
}

// Sends a line and reads until the reply ends with `ending`.
static size_t ask(int fd, const char *line, size_t length, const char *ending, char *reply) {
  if (send(fd, line, length, MSG_NOSIGNAL) != (ssize_t)length) fail("cannot send", line);
  size_t end = 0, ending_length = strlen(ending);
  for (;;) {
    ssize_t count = recv(fd, reply + end, REPLY_BYTES - end, 0);
    if (count <= 0) fail("no reply to", line);
    end += (size_t)count;
    // An invalid request comes back as one line: the server does not know the client yet.
    bool is_refused = reply[0] == '?' && reply[end - 1] == '\n';
    bool is_whole = end >= ending_length &&
                    memcmp(reply + end - ending_length, ending, ending_length) == 0;
    if (is_refused || is_whole) return end;
  }
}

// One sample, in nanoseconds from the first server's reply.
static uint64_t measure(int from, int to, struct source *source) {
  static char request[MAX_REQUEST + 1], question[MAX_REQUEST + 1], reply[REPLY_BYTES];
  uint32_t length = make_request(source, clock_ns(CLOCK_REALTIME), request);
  size_t replied = ask(from, request, length, "\n", reply);
  if (check_reply(IAMAT, request, length, reply, replied) != (int64_t)replied) {
    fail("wrong reply", reply);
  }
  uint64_t start_ns = monotonic_ns();
  // The news is there when an AT line ends with the client, location and time that were sent.
  const char *news = request + 6;
  size_t news_length = length - 6;
  int asked = snprintf(question, sizeof question, "WHATSAT %.13s 0 0\n", news);
  for (;;) {
    size_t end = ask(to, question, (size_t)asked, "\n\n", reply);
    uint64_t now_ns = monotonic_ns();
    if (memmem(reply, end, news, news_length) != NULL) return now_ns - start_ns;
    if (now_ns - start_ns > PATIENCE_MS * 1000000ull) fail("news did not arrive", request);
  }
}

int main(int count, char **arguments) {
  if (count != 6) fail("usage", "hops <from port> <to port> <samples> <pause us> <first client>");
  int from = open_connection(atoi(arguments[1])), to = open_connection(atoi(arguments[2]));
  int samples = atoi(arguments[3]);
  useconds_t pause_us = (useconds_t)atoi(arguments[4]);
  struct source source = {.kind = IAMAT, .in_order = true, .clients = UINT64_MAX,
                          .first = strtoull(arguments[5], NULL, 10),
                          .random = clock_ns(CLOCK_REALTIME) | 1};
  static struct histogram times;
  for (int i = 0; i < samples; i++) {
    record(&times, measure(from, to, &source));
    usleep(pause_us);
  }
  printf("{");
  print_histogram(&times);
  printf("}\n");
  return 0;
}
